internal import Gevent

extension ConnectionPool {
    // MARK: Looking

    /// How many connections the pool keeps, at most: what it was made with, or what `resize(to:)` said.
    public var size: Int { machine.size }

    /// What the pool has and did. A snapshot; costs a look at each slot.
    public var statistics: PoolStatistics { machine.statistics() }

    /// Whether `close` or `closeNoWait` was called.
    public var isClosed: Bool { machine.isClosed }

    /// Waits until `count` connections are open, borrowed or not. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - count: nil, the default: as many as are kept open without demand.
    ///   - timeout: nil, the default: for as long as it takes.
    /// - Throws: `PoolExhausted` when the timeout is over, `PoolClosed`.
    @available(*, noasync)
    public func waitUntilReady(_ count: Int? = nil, timeout: Duration? = nil) throws {
        let start = Hub.freshTime
        let end = start.after(Nanoseconds(timeout))
        while true {
            if isClosed { throw PoolClosed(pool: name) }
            let wanted = count ?? min(machine.rules.minimumSize ?? size, size)
            if machine.live >= wanted { return }
            let isInTime = try readyBell.wait(until: end)
            guard isInTime || isClosed || machine.live >= wanted else {
                throw exhausted(.nanoseconds(Hub.freshTime - start), .notReady(wanted))
            }
        }
    }

    // MARK: Changing

    /// Changes how many connections are kept, at least 1. More are connected at once, `spawnFrequency` apart; of fewer,
    /// slots without connection go first, then idle connections, which are retired, then others as they come back.
    /// Does nothing to a closed pool.
    public func resize(to size: Int) {
        precondition(size >= 1, "the size of a pool must be at least 1, not \(size)")
        machine.resize(to: size, Hub.freshTime)
        carryOutIfNeeded()
    }

    /// Retires every connection that there is, or is being made: idle ones now, borrowed ones when they come back.
    public func invalidateAll() {
        machine.invalidateAll(Hub.freshTime)
        carryOutIfNeeded()
    }

    /// Lends nothing until `resume()`: borrowers wait, as long as their timeouts let them. Connects go on.
    public func suspend() { machine.suspend() }

    /// Lends again, to those that wait first.
    public func resume() {
        machine.resume(Hub.freshTime)
        carryOutIfNeeded()
    }

    // MARK: Closing

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
    public func close(timeout: Duration? = nil) throws {
        let me = ObjectIdentifier(AnyGreenlet.current)
        var end = Hub.freshTime.after(Nanoseconds(timeout))
        var isForced = false
        closeNoWait()
        while machine.occupied(besides: me) > 0 {
            let isInTime = try drainBell.wait(until: end)
            guard !isInTime, machine.occupied(besides: me) > 0 else { continue }
            // A hook that cannot be interrupted is not waited for for ever.
            guard !isForced else { return }
            isForced = true
            end = Hub.freshTime.after(Nanoseconds(configuration.retireTimeout * 3))
            machine.closeByForce(besides: me, Hub.freshTime)
            carryOutIfNeeded()
        }
        let helpers = [keepaliveWorker?.greenlet, maintenanceWorker?.greenlet].compactMap(\.self)
        for helper in helpers where ObjectIdentifier(helper) != me {
            try helper.join(timeout: configuration.retireTimeout)
        }
    }

    /// Begins what `close(timeout:)` does, and does not wait; never parks.
    public func closeNoWait() {
        guard !isClosed else { return }
        machine.close(Hub.freshTime)
        carryOutIfNeeded()
        keepaliveWorker?.stop()
        maintenanceWorker?.stop()
    }
}
