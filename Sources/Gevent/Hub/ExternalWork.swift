internal import EventLoop

/// What other threads work on for one hub. It keeps the hub's loop alive, and is known to be lost in a forked child,
/// which does not have those threads. On the hub's thread only.
final class ExternalWork {
    private let loop: EventLoop
    private var pending: [Int: (any Error) -> Void] = [:]
    private var lastIdentifier = 0

    init(_ loop: EventLoop) { self.loop = loop }

    /// Another thread begins to work on something.
    ///
    /// - Parameter onLost: called on the hub, with why, where the work is never to end: in a forked child, or by `lose`.
    /// - Returns: what `end` wants to know.
    func begin(onLost: @escaping (any Error) -> Void) -> Int {
        loop.retainExternal()
        lastIdentifier += 1
        pending[lastIdentifier] = onLost
        return lastIdentifier
    }

    /// It is done. False if it was lost, or ended before.
    @discardableResult
    func end(_ identifier: Int) -> Bool {
        guard pending.removeValue(forKey: identifier) != nil else { return false }
        loop.releaseExternal()
        return true
    }

    /// It never ends. Nothing happens where it has.
    func lose(_ identifier: Int, _ error: any Error) {
        let onLost = pending[identifier]
        if end(identifier) { onLost?(error) }
    }

    /// All that is under way never ends.
    func loseAll(_ error: any Error) {
        for identifier in pending.keys.sorted() { lose(identifier, error) }
    }

    /// The hub goes.
    func close() { pending = [:] }
}

/// What a thread pool or a task was working on when the process forked, in the child, which does not have their threads.
public struct LostInFork: Error, CustomStringConvertible {
    /// What happened.
    public var description: String { "a thread of the parent process worked on it, which a forked child does not have" }
}
