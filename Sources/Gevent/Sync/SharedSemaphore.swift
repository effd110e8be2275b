internal import DequeModule
internal import EventLoop

/// A number of permits for several threads: greenlets of any hub, and threads without one. gevent's `Semaphore` across
/// threads.
///
/// A greenlet that has to wait parks on its own hub; a thread that never used a hub is blocked. A release, from anywhere,
/// hands the permit to the one that has waited longest and wakes it at once. What is killed or gives up takes none along.
///
/// Whoever waits may be woken by another thread, so it keeps its hub from running dry, and virtual time from jumping: a
/// deadlock is not reported as a `LoopExit`. Among greenlets of one thread use `CountingSemaphore`, which is cheaper.
///
/// Fidelity: gevent's wakes a waiter, which then takes a permit if it is still there; this one hands it over, for with
/// threads a waiter could lose that race for ever.
public final class SharedSemaphore: Sendable {
    private struct State {
        var permits: Int
        /// In the order in which they came; those that wait no longer included.
        var waiters: Deque<HandOver<Void>> = []
        /// How many of them do so, at most.
        var gone = 0

        /// A waiter has given up. When half of them have, they are taken out.
        mutating func noteGone() {
            gone += 1
            guard gone > waiters.count / 2 else { return }
            waiters.removeAll { $0.isOver }
            gone = 0
        }
    }

    private let state: Lock<State>

    /// A semaphore with `value` permits, one by default. A negative number stops the program.
    public init(_ value: Int = 1) {
        require(value >= 0, "semaphore initial value must be >= 0, not \(value)")
        state = Lock(State(permits: value))
    }

    /// How many permits are free, at the moment of asking.
    public var counter: Int { state.withLock { $0.permits } }

    /// Whether an acquire would have to wait, at the moment of asking.
    public var isLocked: Bool { counter == 0 }

    /// Takes a permit, waiting for one as long as it takes. Parks the calling greenlet, or blocks a thread that has no hub,
    /// unless one is free.
    @available(*, noasync)
    public func acquire() throws { _ = try acquire(timeout: nil) }

    /// Takes a permit, waiting for one until `timeout` is over. Parks the calling greenlet, or blocks a thread that has no
    /// hub, unless one is free.
    ///
    /// - Returns: whether it was taken.
    @available(*, noasync)
    public func acquire(timeout: Duration?) throws -> Bool {
        if acquireNoWait() { return true }
        let waiter = HandOver<Void>()
        let end = waiter.deadline(after: timeout)
        guard enqueue(waiter) else { return true }
        var isTaken = false
        defer { if !isTaken { state.withLock { $0.noteGone() } } }
        isTaken = try waiter.wait(until: end, handOn: { self.release() }) != nil
        return isTaken
    }

    /// False if it has a permit instead.
    private func enqueue(_ waiter: HandOver<Void>) -> Bool {
        state.withLock { state in
            if state.permits > 0 {
                state.permits -= 1
                return false
            }
            state.waiters.append(waiter)
            return true
        }
    }

    /// Takes a permit if one is free; never parks or blocks.
    public func acquireNoWait() -> Bool {
        state.withLock { state in
            guard state.permits > 0 else { return false }
            state.permits -= 1
            return true
        }
    }

    /// Gives a permit back, on whatever thread; never parks.
    public func release() {
        // One that waits no longer, or whose hub or thread is gone, cannot take it: the next one.
        while let waiter = firstWaiter(), !waiter.give(()) {}
    }

    /// nil where nobody waits: then there is one more permit.
    private func firstWaiter() -> HandOver<Void>? {
        state.withLock { state in
            if let waiter = state.waiters.popFirst() { return waiter }
            state.permits += 1
            return nil
        }
    }

    /// Runs `body` with a permit. Parks or blocks until one is free.
    @available(*, noasync)
    public func withPermit<R: ~Copyable>(_ body: () throws -> R) throws -> R {
        try acquire()
        defer { release() }
        return try body()
    }
}
