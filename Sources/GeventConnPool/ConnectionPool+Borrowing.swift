internal import Gevent

/// What a borrower has: a slot's connection, and how often it had been interrupted when it got it.
@usableFromInline
struct Loan {
    @usableFromInline let slot: Int
    @usableFromInline let interruptions: Int32
}

extension ConnectionPool {
    /// The machine's time for a lease or a return: read from the clock only where something depends on it.
    @inline(__always)
    private func leaseTime(_ borrower: RunningGreenlet) -> Nanoseconds {
        machine.rules.needsFreshTime ? Hub.freshTime : borrower.cachedTime
    }

    @usableFromInline
    func borrow(_ timeout: Duration?, _ file: StaticString, _ line: UInt) throws -> Loan {
        let borrower = RunningGreenlet.current
        if borrower.hub != ObjectIdentifier(hub) { wrongHub() }
        let site = BorrowSite(file: file, line: line)
        if let slot = machine.take(leaseTime(borrower), borrower.identity, site) {
            carryOutIfNeeded()
            return Loan(slot: slot, interruptions: borrower.interruptionCount)
        }
        let greenlet = borrower.greenlet
        let slot = try waitForConnection(greenlet, timeout ?? configuration.borrowTimeout, site)
        return Loan(slot: slot, interruptions: greenlet.interruptionCount)
    }

    @usableFromInline
    func end(_ loan: Loan, isReusable: Bool) {
        let borrower = RunningGreenlet.current
        let isInterrupted = borrower.interruptionCount != loan.interruptions && !machine.rules.keepsInterrupted
        giveBack(loan.slot, isReusable && !isInterrupted ? .good : .broken(nil), leaseTime(borrower))
    }

    @usableFromInline
    func end(_ loan: Loan, throwing error: any Error) {
        let borrower = RunningGreenlet.current
        let isInterrupted = borrower.interruptionCount != loan.interruptions
        giveBack(loan.slot, verdict(on: error, isInterrupted: isInterrupted), leaseTime(borrower))
    }

    /// Takes back what a lease held, on whichever greenlet it ends.
    func giveBack(_ loan: Loan, _ verdict: PoolMachine.Verdict) { giveBack(loan.slot, verdict, Hub.freshTime) }

    @inline(__always)
    private func giveBack(_ slot: Int, _ verdict: PoolMachine.Verdict, _ now: Nanoseconds) {
        machine.giveBack(slot, verdict, now)
        carryOutIfNeeded()
    }

    @inline(never)
    private func waitForConnection(_ borrower: AnyGreenlet, _ timeout: Duration?, _ site: BorrowSite) throws -> Int {
        // Without a timeout the cached time is close enough for a histogram.
        let start = timeout == nil && !machine.rules.needsFreshTime ? Hub.cachedTime : Hub.freshTime
        let waiter = spareWaiters.popLast() ?? Waiter(borrower, site: site, since: start)
        waiter.reuse(borrower, site: site, since: start)
        defer { waiter.rest() }
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
            case .leased(let slot):
                guard machine.slots[slot].state == .inherited else {
                    if spareWaiters.count < 256 { spareWaiters.append(waiter) }
                    return slot
                }
                // Forked meanwhile: it is the parent's.
                machine.takeBackInherited(slot)
                carryOutIfNeeded()
                return try waitForConnection(borrower, timeout, site)
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
