internal import Gevent

/// The end of a pool. The rest is the pool's own: one that is closed wants no connections.
extension AnyConnectionPool {
    /// Closes the pool and waits until nothing of it is left: no connection, no greenlet, no timer. Parks the calling
    /// greenlet.
    ///
    /// Borrowers, also those that wait, get `PoolClosed`; idle connections are retired; what is being connected or checked
    /// is interrupted; borrowed connections are retired when they come back. When `timeout` is over, those that are still
    /// borrowed are closed under their borrowers. Does not wait for what the calling greenlet has borrowed itself, nor
    /// for the hook that it is called from. A second call waits too.
    ///
    /// - Parameter timeout: nil, the default: for as long as it takes.
    @available(*, noasync)
    public final func close(timeout: Duration? = nil) throws {
        let me = ObjectIdentifier(AnyGreenlet.current)
        var end = Hub.freshTime.after(Nanoseconds(timeout))
        closeNoWait()
        if try !wait(until: end, { $0.isOver(besides: me) }) {
            closeByForce(besides: me)
            // A hook that cannot be interrupted is not waited for for ever.
            end = Hub.freshTime.after(Nanoseconds(configuration.retireTimeout * 3))
            try wait(until: end) { $0.isOver(besides: me) }
        }
        if let keeper, ObjectIdentifier(keeper) != me { try keeper.join(timeout: configuration.retireTimeout) }
    }

    /// Lets nobody in any more, lends to those that wait already, as long as `timeout` lets it, and then closes as
    /// `close(timeout:)` does, with what is left of the time. Parks the calling greenlet.
    @available(*, noasync)
    public final func closeAfterServing(timeout: Duration? = nil) throws {
        let end = Hub.freshTime.after(Nanoseconds(timeout))
        change { _ in addition(Suspension.self)?.isAdmitting = false }
        try wait(until: end) { $0.waiters.isEmpty || $0.isClosed }
        try close(timeout: timeout.map { _ in .nanoseconds(max(0, end - Hub.freshTime)) })
    }

    /// Begins what `close(timeout:)` does, and does not wait; never parks.
    public final func closeNoWait() {
        guard !isClosed else { return }
        change { now in
            isClosed = true
            dismissWaiters(PoolClosed(pool: name), now)
            for slot in slots {
                switch slot.state {
                case .connecting: stop(slot)
                case .checking: if slot.hasBegun { stop(slot) }
                case .delayed, .idle, .leased, .closing, .gone: break
                }
            }
        }
        if let keeper, keeper !== AnyGreenlet.current { keeper.killNoWait() }
    }

    /// Interrupts what works on a slot, if it is not what runs now.
    private func stop(_ slot: Slot) {
        guard let worker = slot.holder == keeper.map({ ObjectIdentifier($0) }) ? keeper : slot.worker,
            worker !== AnyGreenlet.current
        else { return }
        // One that has not begun looks at the pool first.
        if slot.hasBegun { worker.killNoWait() }
    }

    /// Takes away what is still borrowed, except by `holder`, and interrupts hooks that are still at it.
    private func closeByForce(besides holder: ObjectIdentifier) {
        change { now in
            for slot in slots where slot.holder != holder {
                switch slot.state {
                case .leased: discard(slot, nil, nil, now)
                case .connecting, .checking, .closing: stop(slot)
                case .delayed, .idle, .gone: break
                }
            }
        }
    }

    /// Whether somebody other than a greenlet has a slot.
    private func isOver(besides holder: ObjectIdentifier) -> Bool {
        slots.allSatisfy { $0.state == .gone || $0.holder == holder }
    }
}
