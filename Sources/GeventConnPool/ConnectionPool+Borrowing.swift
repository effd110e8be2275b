internal import Gevent

extension ConnectionPool {
    /// The machine's time for a lease or a return: read from the clock only where something depends on it.
    @inline(__always)
    var leaseTime: Nanoseconds { machine.rules.needsFreshTime ? Hub.freshTime : Hub.cachedTime }

    /// Safe: the machine gave this slot to a borrower, so that it holds a connection.
    @inline(__always)
    func connection(_ slot: Int) -> Connection {
        guard let connection = connections[slot] else { preconditionFailure("a leased slot holds no connection") }
        return connection
    }

    @inline(__always)
    func borrow(_ borrower: AnyGreenlet, _ timeout: Duration?, _ site: BorrowSite) throws -> Int {
        if borrower.hub !== hub { wrongHub() }
        guard let slot = machine.take(leaseTime, ObjectIdentifier(borrower), site) else {
            return try waitForConnection(borrower, timeout ?? configuration.borrowTimeout, site)
        }
        carryOutIfNeeded()
        return slot
    }

    @inline(never)
    private func waitForConnection(_ borrower: AnyGreenlet, _ timeout: Duration?, _ site: BorrowSite) throws -> Int {
        let start = Hub.freshTime
        let waiter = Waiter(borrower, site: site, since: start)
        let refusal = machine.wait(waiter, start)
        carryOutIfNeeded()
        switch refusal {
        case .closed: throw PoolClosed(pool: name)
        case .unavailable: throw PoolUnavailable(lastConnectError: machine.lastConnectError, pool: name)
        case .tooMany: throw exhausted(.zero, .tooManyWaiters(machine.rules.maximumWaiters))
        case nil: break
        }
        let end = start.after(Nanoseconds(timeout))
        while true {
            switch waiter.outcome {
            case .leased(let slot): return slot
            case .refused(let error): throw error
            case .left: preconditionFailure("a waiter that left was not told")
            case .waiting: break
            }
            do {
                let isInTime = try parkCurrent(until: end == .never ? nil : end)
                guard !isInTime, waiter.isWaiting else { continue }
            } catch {
                machine.abandon(waiter, Hub.freshTime)
                carryOutIfNeeded()
                throw error
            }
            let held = machine.leases(of: ObjectIdentifier(borrower))
            machine.exhaust(waiter)
            carryOutIfNeeded()
            throw exhausted(.nanoseconds(Hub.freshTime - start), .timedOut(heldByCaller: held))
        }
    }

    func exhausted(_ waited: Duration, _ reason: PoolExhausted.Reason) -> PoolExhausted {
        PoolExhausted(
            statistics: statistics, waited: waited, lastConnectError: machine.lastConnectError, pool: name,
            reason: reason)
    }

    @inline(__always)
    func giveBack(_ slot: Int, _ verdict: PoolMachine.Verdict) {
        machine.giveBack(slot, verdict, leaseTime)
        carryOutIfNeeded()
    }

    /// What a borrower's error says about its connection.
    ///
    /// Interrupted is who an interruption was delivered to, whatever the error's type: `withTimeout(throwing:)` and
    /// `kill(throwing:)` throw errors of the user's.
    func verdict(on error: any Error, isInterrupted: Bool) -> PoolMachine.Verdict {
        if isInterrupted, !machine.rules.keepsInterrupted { return .broken(error) }
        if error is any Interruption { return .threw }
        return isConnectionError(error) ? .broken(error) : .threw
    }

    @inline(never)
    private func wrongHub() -> Never {
        preconditionFailure("\(name) belongs to the hub of another thread: use HubThread.run, or a pool for each hub")
    }
}
