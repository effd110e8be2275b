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

    func runForkHandlers() {
        for entry in forkHandlers { entry.handler?.body() }
    }
}
