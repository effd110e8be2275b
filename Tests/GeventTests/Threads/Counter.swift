import Synchronization

/// A number that several threads change.
final class Counter: Sendable {
    private let storage = Mutex(0)

    var value: Int { storage.withLock { $0 } }

    @discardableResult
    func add(_ change: Int) -> Int {
        storage.withLock { value in
            value += change
            return value
        }
    }

    func raise(to least: Int) {
        storage.withLock { $0 = max($0, least) }
    }
}
