internal import EventLoop

/// What other threads work on for one hub. It keeps the hub's loop alive, and is known to be lost in a forked child,
/// which does not have those threads. On the hub's thread only.
final class ExternalWork {
    /// One piece of work, for the thread that does it.
    struct Ticket<Value: Sendable>: Sendable {
        let identifier: Int
        fileprivate let arrival: HubBound<(Value) -> Void>

        /// It is done. From any thread; never parks. Nothing happens where it was lost, or the hub is gone.
        func finish(_ value: Value) { arrival.post { $0(value) } }
    }

    private let loop: EventLoop
    /// What each is told that is lost, and in which process it began.
    private var pending: [Int: (onLost: (any Error) -> Void, forks: Int)] = [:]
    private var lastIdentifier = 0

    init(_ loop: EventLoop) { self.loop = loop }

    /// Another thread begins to work on something.
    ///
    /// - Parameter onEnd: called on the hub, once, with the result, or with why it never comes: in a forked child, or by
    ///   `lose`. Not called where the hub goes first.
    func begin<Value: Sendable>(_ onEnd: @escaping (Result<Value, any Error>) -> Void) -> Ticket<Value> {
        loop.retainExternal()
        lastIdentifier += 1
        let identifier = lastIdentifier
        pending[identifier] = ({ onEnd(.failure($0)) }, ForkCounter.current)
        let arrival = HubBound { [self] (value: Value) in
            if take(identifier) != nil { onEnd(.success(value)) }
        }
        return Ticket(identifier: identifier, arrival: arrival)
    }

    private func take(_ identifier: Int) -> ((any Error) -> Void)? {
        guard let work = pending.removeValue(forKey: identifier) else { return nil }
        loop.releaseExternal()
        return work.onLost
    }

    /// It never ends. Nothing happens where it has.
    func lose(_ identifier: Int, _ error: any Error) { take(identifier)?(error) }

    /// In a forked child: what began in the parent never ends.
    func loseParents() {
        let lost = pending.filter { $0.value.forks != ForkCounter.current }
        for identifier in lost.keys.sorted() { lose(identifier, LostInFork()) }
    }

    /// The hub goes.
    func close() { pending = [:] }
}

/// What a thread pool or a task was working on when the process forked, in the child, which does not have their threads.
public struct LostInFork: Error, CustomStringConvertible {
    /// What happened.
    public var description: String { "a thread of the parent process worked on it, which a forked child does not have" }
}
