internal import EventLoop
internal import Synchronization

/// What other threads want done on a hub, in order.
final class Mailbox: Sendable {
    private struct State {
        var posts: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Lock(State())
    private let waker: Waker
    /// In which process the hub lives: a forked child has the forking thread's hubs only.
    private let forks = Atomic(ForkCounter.current)

    init(_ waker: Waker) { self.waker = waker }

    /// False if the hub is gone.
    func post(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard forks.load(ordering: .relaxed) == ForkCounter.current else { return false }
        let (accepted, isFirst) = state.withLock { state in
            if state.isClosed { return (false, false) }
            state.posts.append(body)
            return (true, state.posts.count == 1)
        }
        if isFirst { waker.wake() }
        return accepted
    }

    /// In a forked child: the hub lives here too.
    func renew() { forks.store(ForkCounter.current, ordering: .relaxed) }

    /// Runs `body` while no other thread is posting.
    func withPostsHeld<Result>(_ body: () -> Result) -> Result { state.withLock { _ in body() } }

    func takeAll() -> [@Sendable () -> Void] {
        state.withLock { state in
            let posts = state.posts
            state.posts = []
            return posts
        }
    }

    /// No more posts; those that wait are the caller's to run.
    func close() -> [@Sendable () -> Void] {
        state.withLock { state in
            state.isClosed = true
            let posts = state.posts
            state.posts = []
            return posts
        }
    }
}
