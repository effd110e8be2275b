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
        return try waitForConnection(borrower, timeout ?? configuration.borrowTimeout, site)
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
    private func waitForConnection(
        _ borrower: RunningGreenlet, _ timeout: Duration?, _ site: BorrowSite
    ) throws -> Loan {
        // Without a timeout the cached time is close enough for a histogram.
        let start = timeout == nil && !machine.rules.needsFreshTime ? borrower.cachedTime : Hub.freshTime
        let waiter = spareWaiters.take()
        // Safe: ours from `take` to `put` or `release`; in between it is neither retained nor released.
        waiter._withUnsafeGuaranteedRef { $0.begin(borrower.reference, site: site, since: start) }
        do {
            let slot = try wait(waiter, timeout, start)
            waiter._withUnsafeGuaranteedRef { $0.rest() }
            spareWaiters.put(waiter)
            if let slot { return Loan(slot: slot, interruptions: borrower.interruptionCountNow) }
        } catch {
            waiter._withUnsafeGuaranteedRef { $0.rest() }
            // Not kept: who else knows of it is not looked for.
            waiter.release()
            throw error
        }
        // Forked meanwhile: what it got is the parent's.
        return try waitForConnection(borrower, timeout, site)
    }

    /// The slot that the waiter gets; nil for one that is the parent process's.
    @inline(__always)
    private func wait(_ waiter: Unmanaged<Waiter>, _ timeout: Duration?, _ start: Nanoseconds) throws -> Int? {
        let refusal = waiter._withUnsafeGuaranteedRef { machine.wait($0, start) }
        carryOutIfNeeded()
        switch refusal {
        case .closed: throw PoolClosed(pool: name)
        case .unavailable: throw PoolUnavailable(lastConnectError: machine.lastConnectError, pool: name)
        case .tooMany: throw exhausted(.zero, .tooManyWaiters(machine.rules.maximumWaiters))
        case nil: break
        }
        let end = start.after(Nanoseconds(timeout))
        while true {
            switch waiter._withUnsafeGuaranteedRef({ $0.outcome }) {
            case .leased(let slot):
                guard machine.slots[slot].state == .inherited else { return slot }
                machine.takeBackInherited(slot)
                carryOutIfNeeded()
                return nil
            case .refused(let error): throw error
            case .left: preconditionFailure("a waiter that left was not told")
            case .waiting: break
            }
            do {
                let isInTime = try parkCurrent(until: end == .never ? nil : end)
                if isInTime || !waiter._withUnsafeGuaranteedRef({ $0.isWaiting }) { continue }
            } catch {
                waiter._withUnsafeGuaranteedRef { machine.abandon($0, Hub.freshTime) }
                carryOutIfNeeded()
                throw error
            }
            let held = waiter._withUnsafeGuaranteedRef { waiter in
                machine.exhaust(waiter)
                return waiter.holder.map { machine.leases(of: $0) } ?? 0
            }
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
