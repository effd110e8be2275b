internal import EventLoop
internal import Synchronization

/// What other threads want done on a hub, in order.
final class Mailbox: Sendable {
    private struct State {
        var posts: [@Sendable () -> Void] = []
        var isClosed = false
        /// What waits for the hub's end, and whether that is past.
        var last: [@Sendable () -> Void] = []
        var isOver = false
    }

    private let state = Lock(State())
    private let waker: Waker
    /// In which process the hub lives: a forked child has the forking thread's hubs only.
    private let forks = Atomic(ForkCounter.current)

    /// The error of what needs the hub once it is gone.
    let refusal: any Error

    init(_ waker: Waker) {
        self.waker = waker
        refusal = HubDestroyed("the hub is gone")
    }

    /// Of a hub that could not be made.
    init(refusing error: HubUnavailable) {
        waker = Waker()
        refusal = error
        state.withLock { state in
            state.isClosed = true
            state.isOver = true
        }
    }

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

    /// Has `body` let go of what belongs to the hub: there, soon; or where it takes nothing any more, at its end on its
    /// thread; or after that, here.
    func release(_ body: @escaping @Sendable () -> Void) {
        // In a forked child without the hub there is nobody to do it, and the lock may be held for ever.
        if post(body) || forks.load(ordering: .relaxed) != ForkCounter.current { return }
        let isOver = state.withLock { state in
            if !state.isOver { state.last.append(body) }
            return state.isOver
        }
        if isOver { body() }
    }

    /// Whether the hub is gone.
    var isOver: Bool { state.withLock { $0.isOver } }

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

    /// The hub is gone; what was to be released then is the caller's to run.
    func end() -> [@Sendable () -> Void] {
        state.withLock { state in
            state.isOver = true
            let last = state.last
            state.last = []
            return last
        }
    }
}
