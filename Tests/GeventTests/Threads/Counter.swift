import Synchronization

/// A number that several threads change.
final class Counter: Sendable {
    private let storage = Atomic(0)

    var value: Int { storage.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add(_ change: Int) -> Int {
        storage.add(change, ordering: .sequentiallyConsistent).newValue
    }

    func raise(to least: Int) {
        storage.max(least, ordering: .sequentiallyConsistent)
    }
}
