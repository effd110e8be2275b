internal import EventLoop

/// What is to be called in a forked child, for as long as somebody holds it.
package final class ForkHandler {
    fileprivate let body: () -> Void

    fileprivate init(_ body: @escaping () -> Void) { self.body = body }
}

struct WeakForkHandler {
    weak var handler: ForkHandler?
}

extension Hub {
    /// Another number in a forked child than in its parent.
    package static var forkCount: Int { ForkCounter.current }

    /// Calls `body` in a forked child: before `forkProcess` returns there, or in the next poll where it was `fork(2)`.
    package func onFork(_ body: @escaping () -> Void) -> ForkHandler {
        let handler = ForkHandler(body)
        forkHandlers.removeAll { $0.handler == nil }
        forkHandlers.append(WeakForkHandler(handler: handler))
        return handler
    }

    func runForkHandlers() { Self.run(forkHandlers) }

    private static func run(_ handlers: [WeakForkHandler]) {
        for entry in handlers { entry.handler?.body() }
    }

    /// Goes the way that the child will go. What generic code needs is looked up when it first runs, under a lock of
    /// Swift's runtime that another thread may hold at the fork, and then for ever in the child: now it is found.
    func rehearseFork() {
        Self.run([])
        receivePosts()
    }
}
