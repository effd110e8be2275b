/// When slots connect, and what follows from it.
extension PoolMachine {
    /// What a slot's worker does next.
    enum Step: Equatable {
        /// Wait, at the latest until then, and ask again.
        case wait(until: Nanoseconds)
        case connect
        case validate
        case dispose(gracefully: Bool)
        /// Nothing: nobody needs a worker for this slot.
        case end
    }

    func nextStep(_ slot: Int, _ now: Nanoseconds, _ worker: ObjectIdentifier?) -> Step {
        let step = nextStep(slot, now)
        switch step {
        case .connect, .validate, .dispose: slots[slot].holder = worker
        case .wait, .end: break
        }
        return step
    }

    private func nextStep(_ slot: Int, _ now: Nanoseconds) -> Step {
        switch slots[slot].state {
        case .waitingToConnect(let due):
            guard due != .never else { return .wait(until: .never) }
            if restraint != nil {
                if restraint?.prober == nil { restraint?.prober = slot }
                guard let restraint, restraint.prober == slot else { return .wait(until: .never) }
                guard restraint.nextProbe <= now else { return .wait(until: restraint.nextProbe) }
            } else if due > now {
                return .wait(until: due)
            }
            guard connecting < rules.maximumConnects else { return .wait(until: .never) }
            connecting += 1
            lastConnection += 1
            slots[slot].state = .connecting
            slots[slot].connection = lastConnection
            slots[slot].generation = generation
            slots[slot].connectedAt = now
            observe(.connecting, slot)
            return .connect
        case .checking(.validation): return .validate
        case .retiring(let gracefully, _): return .dispose(gracefully: gracefully)
        case .vacant, .connecting, .idle, .leased, .checking(.keepalive), .inherited: return .end
        }
    }

    // MARK: Outcomes

    func connected(_ slot: Int, _ now: Nanoseconds) {
        connecting -= 1
        counters.connects += 1
        live += 1
        downSince = nil
        failuresInARow = 0
        lastConnectError = nil
        if rules.settleTime == 0 { slots[slot].failures = 0 }
        observe(.connected, slot, span: now - slots[slot].connectedAt)
        slots[slot].connectedAt = now
        slots[slot].usedAt = now
        slots[slot].trustedAt = now
        slots[slot].keptAliveAt = .min
        slots[slot].uses = 0
        slots[slot].holder = nil
        slots[slot].expiresAt = now.after(jittered(rules.lifetime, rules.jitter, random))
        slots[slot].idleLimit = jittered(rules.idleLimit, rules.jitter, random)
        noteDue(slots[slot].expiresAt)
        effects.append(.ready)
        liftRestraint(now)
        makeAvailable(slot, now)
        passConnectTurn(now)
    }

    func connectFailed(_ slot: Int, _ error: any Error, isRefusal: Bool, _ now: Nanoseconds) {
        connecting -= 1
        counters.connectFailures += 1
        failuresInARow += 1
        lastConnectError = error
        slots[slot].holder = nil
        observe(.connectFailed(error), slot, span: now - slots[slot].connectedAt)
        let delay = rules.backOff.delay(slots[slot].failures, random)
        slots[slot].failures += 1
        if slots[slot].isDoomed {
            vacate(slot)
        } else {
            slots[slot].state = .waitingToConnect(due: now.after(delay))
            if isRefusal { restrain(.refusal, every: rules.backOff.longest(random), now) }
            openBreakerIfDue(now)
            if let span = restraint?.probeEvery, restraint?.prober == slot { restraint?.nextProbe = now.after(span) }
            if restraint == nil { sleepIfSpare(slot) }
        }
        passConnectTurn(now)
    }

    // MARK: Times

    /// The first time from `wanted` on at which no other slot is to make its first attempt.
    ///
    /// Fidelity: connections that fail at once connect again after the same second as in the original, but then with
    /// the spacing that the start has, not all at the same instant. Retries keep their back-off. See MIGRATION.md.
    func firstFree(_ wanted: Nanoseconds) -> Nanoseconds {
        guard rules.frequency > 0 else { return wanted }
        let taken = slots.compactMap { slot -> Nanoseconds? in
            guard case .waitingToConnect(let due) = slot.state, due != .never, slot.failures == 0 else { return nil }
            return due
        }.sorted()
        var time = wanted
        for due in taken where abs(due - time) < rules.frequency { time = due.after(rules.frequency) }
        return time
    }

    /// Gives a slot that holds nothing its time to connect, or lets it wait for demand.
    func letWait(_ slot: Int, until wanted: Nanoseconds, _ now: Nanoseconds) {
        // Not yet among those that wait: it must not stand in its own way.
        slots[slot].state = .vacant
        let backedOff = slots[slot].failures > 0
        slots[slot].state = .waitingToConnect(due: backedOff ? max(wanted, now) : firstFree(max(wanted, now)))
        sleepIfSpare(slot)
        if downSince == nil, live == 0, dormant < occupied { downSince = now }
        noteBreakerDue()
        effects.append(.work(slot))
    }

    /// A slot above the minimum size waits for demand if there is none.
    private func sleepIfSpare(_ slot: Int) {
        guard let minimum = rules.minimumSize else { return }
        let active = occupied - dormant - 1
        guard active >= minimum, waiters.count <= coming - 1 else { return }
        slots[slot].state = .waitingToConnect(due: .never)
        slots[slot].failures = 0
        dormant += 1
        if dormant == occupied { downSince = nil }
    }

    /// Connections that will be there for waiters without further demand.
    private var coming: Int {
        slots.count { slot in
            switch slot.state {
            case .connecting, .checking, .retiring: true
            case .waitingToConnect(let due): due != .never
            case .vacant, .idle, .leased, .inherited: false
            }
        }
    }

    func wakeDormant(_ now: Nanoseconds) {
        guard dormant > 0, restraint == nil else { return }
        var missing = waiters.count - coming
        for slot in slots.indices where missing > 0 && slots[slot].state == .waitingToConnect(due: .never) {
            wakeDormant(slot, now)
            missing -= 1
        }
    }

    private func wakeDormant(_ slot: Int, _ now: Nanoseconds) {
        dormant -= 1
        slots[slot].state = .waitingToConnect(due: firstFree(now))
        if downSince == nil, live == 0 { downSince = now }
        noteBreakerDue()
        effects.append(.work(slot))
    }

    /// A connect is over: other slots that are due may have waited for their turn. Those due first ask first.
    private func passConnectTurn(_ now: Nanoseconds) {
        guard rules.maximumConnects != .max else { return }
        let due = slots.indices.compactMap { slot -> (slot: Int, due: Nanoseconds)? in
            guard case .waitingToConnect(let due) = slots[slot].state, due <= now else { return nil }
            return (slot, due)
        }
        for next in due.sorted(by: { ($0.due, $0.slot) < ($1.due, $1.slot) }).prefix(rules.maximumConnects - connecting)
        {
            effects.append(.work(next.slot))
        }
    }

    // MARK: One prober

    /// From now on one slot tries, at most every `span`, and the others wait for it.
    private func restrain(_ reason: Restraint.Reason, every span: Nanoseconds, _ now: Nanoseconds) {
        guard var present = restraint else {
            restraint = Restraint(reason: reason, probeEvery: span, nextProbe: now.after(span), prober: nil)
            passProbe()
            return
        }
        // A breaker does not make a pool whose login is refused try more often, nor the other way round.
        if reason == .breaker { present.reason = .breaker }
        present.probeEvery = max(present.probeEvery, span)
        restraint = present
    }

    /// All that wait ask again; the first becomes the prober.
    func passProbe() {
        restraint?.prober = nil
        guard restraint != nil else { return }
        for slot in slots.indices {
            if case .waitingToConnect(let due) = slots[slot].state, due != .never { effects.append(.work(slot)) }
        }
    }

    /// A connect succeeded: the others follow, spaced.
    private func liftRestraint(_ now: Nanoseconds) {
        guard let reason = restraint?.reason else { return }
        restraint = nil
        if reason == .breaker { observe(.breakerClosed) }
        for slot in slots.indices {
            guard case .waitingToConnect(let due) = slots[slot].state, due != .never else { continue }
            slots[slot].failures = 0
            letWait(slot, until: now, now)
        }
    }

    func noteBreakerDue() {
        guard rules.breakerOpensAfter != .never, restraint?.reason != .breaker, let downSince else { return }
        noteDue(downSince.after(rules.breakerOpensAfter))
    }

    /// Opens the breaker once there has been no connection for long enough: borrowers fail, one slot tries.
    func openBreakerIfDue(_ now: Nanoseconds) {
        guard rules.breakerOpensAfter != .never, restraint?.reason != .breaker, !isClosed, live == 0 else { return }
        guard let downSince, now >= downSince.after(rules.breakerOpensAfter) else { return }
        restrain(.breaker, every: rules.probeEvery, now)
        observe(.breakerOpened)
        guard rules.breakerRefuses else { return }
        refuseWaiters(PoolUnavailable(lastConnectError: lastConnectError, pool: name))
    }

    func refuseWaiters(_ error: any Error) {
        while let waiter = waiters.popFirst() {
            waiter.outcome = .refused(error)
            noteWake(waiter)
            observe(.gaveUp)
        }
        noteDemand()
    }
}
