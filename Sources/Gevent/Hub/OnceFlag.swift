internal import Synchronization

/// Something that may happen once.
package final class OnceFlag: Sendable {
    private let isRaised = Atomic(false)

    package init() {}

    /// False if it has happened before.
    package func raise() -> Bool { !isRaised.exchange(true, ordering: .relaxed) }
}
