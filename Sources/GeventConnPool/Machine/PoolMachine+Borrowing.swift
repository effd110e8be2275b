/// Lending and taking back.
extension PoolMachine {
    /// What a borrower says about a connection that it brings back.
    enum Verdict {
        /// It is as good as before.
        case good
        /// The body threw, but not what says that the connection is broken.
        case threw
        /// It is broken, for this reason if there is one.
        case broken((any Error)?)
        /// It works, but is to be replaced.
        case usedUp
    }

    /// Lends an idle connection if one can be lent without anybody having to wait; else nil.
    @inline(__always)
    func take(_ now: Nanoseconds, _ holder: ObjectIdentifier?, _ site: BorrowSite) -> Int? {
        guard waiters.isEmpty, isLending else { return nil }
        let slot = nextIdle
        guard slot >= 0, isFit(slot, now) else { return nil }
        unlink(slot)
        counters.waitTimes.record(0)
        lend(slot, now, holder, site, waited: 0)
        return slot
    }

    /// Lets a borrower wait, behind all that do, and does what makes a connection come. It may have its outcome at once.
    func wait(_ waiter: Waiter, _ now: Nanoseconds) -> Refusal? {
        if isClosed { return .closed }
        if restraint?.reason == .breaker, rules.breakerRefuses { return .unavailable }
        waiters.append(waiter)
        serve(now)
        guard waiter.isWaiting else { return nil }
        defer { noteDemand(isMore: true) }
        // Whoever's connection is being checked does not wait for one.
        if waiters.count - validations > rules.maximumWaiters {
            waiters.leave(waiter)
            counters.exhaustions += 1
            observe(.exhausted)
            return .tooMany
        }
        observe(.waiting)
        return nil
    }

    /// A waiter's time is over.
    func exhaust(_ waiter: Waiter) {
        waiters.leave(waiter)
        noteDemand()
        counters.exhaustions += 1
        observe(.exhausted)
    }

    /// A waiter was interrupted. What it was given meanwhile goes to the next.
    func abandon(_ waiter: Waiter, _ now: Nanoseconds) {
        switch waiter.outcome {
        case .waiting:
            waiters.leave(waiter)
            noteDemand()
            observe(.gaveUp)
        case .leased(let slot):
            guard slots[slot].state == .leased else { return takeBackInherited(slot) }
            slots[slot].uses -= 1
            comeBack(slot, now)
        case .refused, .left: break
        }
    }

    /// A borrower brings its connection back. Nothing happens if `close` took it away meanwhile.
    @inline(__always)
    func giveBack(_ slot: Int, _ verdict: Verdict, _ now: Nanoseconds) {
        guard case .leased = slots[slot].state else { return takeBackInherited(slot) }
        counters.useTimes.record(now - slots[slot].usedAt)
        if slots[slot].isLeakReported { clearLeak(slot) }
        if case .good = verdict {
            slots[slot].trustedAt = now
            comeBack(slot, now)
        } else {
            giveBackOther(slot, verdict, now)
        }
    }

    private func giveBackOther(_ slot: Int, _ verdict: Verdict, _ now: Nanoseconds) {
        switch verdict {
        case .good, .threw:
            comeBack(slot, now, isCold: true)
        case .usedUp:
            counters.returns += 1
            observe(.returned, slot, span: now - slots[slot].usedAt)
            retire(slot, now)
        case .broken(let error):
            discard(slot, error, reconnectAt: now.after(jittered(rules.reconnectDelay, rules.jitter, random)), now)
        }
        serve(now)
    }

    @inline(__always)
    private func comeBack(_ slot: Int, _ now: Nanoseconds, isCold: Bool = false) {
        observe(.returned, slot, span: now - slots[slot].usedAt)
        slots[slot].usedAt = now
        slots[slot].holder = nil
        counters.returns &+= 1
        makeAvailable(slot, now, isCold: isCold)
    }

    /// A connection that nobody has any more: retires it, lends it to the first waiter, or lets it be idle.
    @inline(__always)
    func makeAvailable(_ slot: Int, _ now: Nanoseconds, isCold: Bool = false) {
        if mustGo(slot, now) {
            retire(slot, now)
            serve(now)
            return
        }
        // One that was just made is lent first: else nobody would ever get anything.
        if recall != .nothing, waiters.isEmpty || (recall == .always && slots[slot].uses > 0) {
            recall = .nothing
            effects.append(.recalled)
            retire(slot, now)
            serve(now)
            return
        }
        if !waiters.isEmpty, isLending, let waiter = waiters.popFirstUnretained() {
            waiter._withUnsafeGuaranteedRef { lend(slot, to: $0, now) }
            noteDemand()
            return
        }
        if isCold, rules.isLIFO { linkFirst(slot) } else { linkLast(slot) }
        if slots[slot].idleLimit != .never { noteDue(slots[slot].usedAt.after(slots[slot].idleLimit)) }
        // Not seen by a look at what is due that came while it was lent.
        noteDue(slots[slot].expiresAt)
        if isKeepaliveWaiting {
            isKeepaliveWaiting = false
            effects.append(.keepalive)
        }
    }

    /// Serves waiters from the idle list, in order, as long as both last: those that cannot be lent at once are shown
    /// to `validate` first, one for each waiter. Then asks for connections that wait for demand.
    func serve(_ now: Nanoseconds) {
        guard isLending, !waiters.isEmpty else { return }
        while !waiters.isEmpty {
            let slot = nextIdle
            guard slot >= 0 else { break }
            if now >= slots[slot].expiresAt {
                unlink(slot)
                retire(slot, now)
            } else if isTrusted(slot, now) {
                guard let waiter = waiters.popFirst() else { break }
                unlink(slot)
                lend(slot, to: waiter, now)
            } else {
                guard validations < waiters.count else { break }
                unlink(slot)
                slots[slot].state = .checking(.validation)
                validations += 1
                observe(.checking, slot)
                effects.append(.work(slot))
            }
        }
        wakeDormant(now)
        noteDemand()
    }

    private func lend(_ slot: Int, to waiter: Waiter, _ now: Nanoseconds) {
        waiter.outcome = .leased(slot)
        counters.waitTimes.record(now - waiter.since)
        lend(slot, now, waiter.holder, waiter.site, waited: now - waiter.since)
        noteWake(waiter)
    }

    @inline(__always)
    private func lend(
        _ slot: Int, _ now: Nanoseconds, _ holder: ObjectIdentifier?, _ site: BorrowSite, waited: Nanoseconds
    ) {
        slots[slot].state = .leased
        slots[slot].usedAt = now
        slots[slot].uses &+= 1
        slots[slot].holder = holder
        slots[slot].site = site
        counters.leases &+= 1
        observe(.leased, slot, span: waited)
        if rules.leakThreshold != .never { noteDue(now.after(rules.leakThreshold)) }
    }

    @inline(__always)
    private func isFit(_ slot: Int, _ now: Nanoseconds) -> Bool {
        now < slots[slot].expiresAt && isTrusted(slot, now)
    }

    @inline(__always)
    private func isTrusted(_ slot: Int, _ now: Nanoseconds) -> Bool {
        rules.trustWindow == .never
            || (now - slots[slot].trustedAt <= rules.trustWindow && slots[slot].trustedAt > suspectedAt)
    }

    /// Whether a connection must not be lent again.
    @inline(__always)
    func mustGo(_ slot: Int, _ now: Nanoseconds) -> Bool {
        slots[slot].isDoomed || slots[slot].generation != generation || now >= slots[slot].expiresAt
            || slots[slot].uses >= rules.usesLimit
    }

    private func clearLeak(_ slot: Int) {
        slots[slot].isLeakReported = false
        let site = slots[slot].site
        observe(.leakCleared(file: "\(site.file)", line: site.line), slot)
    }
}
