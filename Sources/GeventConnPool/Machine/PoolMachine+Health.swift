/// Checking connections, dropping and retiring them, and what falls due with time.
extension PoolMachine {
    // MARK: Checks

    /// `validate` has answered: nil if the connection is good.
    func validated(_ slot: Int, _ error: (any Error)?, _ now: Nanoseconds) {
        validations -= 1
        finishCheck(slot, error, reconnectAt: now, now)
    }

    /// What keepalive does now.
    enum KeepaliveStep: Equatable {
        case touch(Int)
        /// All that are idle were touched within the period.
        case skip
        /// Nothing is idle: wait for `Effect.keepalive`.
        case wait
    }

    /// Takes the connection that is idle longest of those that are due, unless borrowers wait.
    ///
    /// - Parameter period: what lies between two keepalives of one connection.
    func takeForKeepalive(_ now: Nanoseconds, period: Nanoseconds, _ holder: ObjectIdentifier?) -> KeepaliveStep {
        guard idleFirst >= 0 else {
            isKeepaliveWaiting = true
            return .wait
        }
        var slot = idleFirst
        while slot >= 0 {
            let last = slots[slot].keptAliveAt
            if last == .min || now - last >= period {
                unlink(slot)
                slots[slot].state = .checking(.keepalive)
                slots[slot].keptAliveAt = now
                slots[slot].holder = holder
                observe(.checking, slot)
                return .touch(slot)
            }
            slot = slots[slot].next
        }
        return .skip
    }

    /// `keepalive` has ended: without an error if the connection is good.
    ///
    /// Fidelity: the original's keepalive greenlet ends for ever at an error that is not among `exc_classes`; here
    /// whatever is thrown drops the connection, and keepalive goes on. See MIGRATION.md.
    func keptAlive(_ slot: Int, _ error: (any Error)?, _ now: Nanoseconds) {
        let delay = jittered(rules.reconnectDelay, rules.jitter, random)
        finishCheck(slot, error, reconnectAt: now.after(delay), now)
    }

    private func finishCheck(_ slot: Int, _ error: (any Error)?, reconnectAt: Nanoseconds, _ now: Nanoseconds) {
        slots[slot].holder = nil
        if let error {
            discard(slot, error, reconnectAt: reconnectAt, now)
        } else {
            slots[slot].trustedAt = now
            observe(.checked, slot)
            // In lifo order the one that was touched must not become the next that is lent.
            makeAvailable(slot, now, isCold: true)
        }
        serve(now)
    }

    // MARK: Letting go

    /// Drops a connection that nobody has any more as broken. The slot connects again at `reconnectAt`, or when the
    /// back-off says so if the connection did not live for `settleTime`.
    func discard(_ slot: Int, _ error: (any Error)?, reconnectAt: Nanoseconds, _ now: Nanoseconds) {
        counters.discards += 1
        suspectedAt = max(suspectedAt, now)
        var time = reconnectAt
        if rules.settleTime > 0 {
            if now - slots[slot].connectedAt < rules.settleTime {
                time = max(time, now.after(rules.backOff.delay(slots[slot].failures, random)))
                slots[slot].failures += 1
            } else {
                slots[slot].failures = 0
            }
        }
        let span = slots[slot].state == .leased ? now - slots[slot].usedAt : nil
        observe(.discarded(error), slot, span: span)
        letGo(slot, gracefully: false, reconnectAt: time, now)
    }

    /// Retires a connection that nobody has any more. The slot connects again when that is done.
    func retire(_ slot: Int, _ now: Nanoseconds) {
        counters.retirements += 1
        if now - slots[slot].connectedAt >= rules.settleTime { slots[slot].failures = 0 }
        observe(.retiring, slot)
        letGo(slot, gracefully: true, reconnectAt: now, now)
    }

    private func letGo(_ slot: Int, gracefully: Bool, reconnectAt: Nanoseconds, _ now: Nanoseconds) {
        slots[slot].state = .retiring(gracefully: gracefully, reconnectAt: reconnectAt)
        slots[slot].holder = nil
        live -= 1
        if live == 0 {
            downSince = now
            noteBreakerDue()
        }
        effects.append(.work(slot))
    }

    /// The hooks are through with a connection.
    func disposed(_ slot: Int, _ now: Nanoseconds) {
        guard case .retiring(_, let reconnectAt) = slots[slot].state else { return }
        observe(.closed, slot)
        slots[slot].holder = nil
        if slots[slot].isDoomed {
            vacate(slot)
        } else {
            letWait(slot, until: reconnectAt, now)
        }
    }

    // MARK: Time

    /// Whether anything ever falls due that `maintain` sees to.
    var needsMaintenance: Bool {
        rules.lifetime != .never || rules.idleLimit != .never || rules.leakThreshold != .never
            || rules.breakerOpensAfter != .never
    }

    /// Retires what is too old or idle too long, reports leases that are held too long, opens the breaker.
    ///
    /// - Returns: when it must be called next; earlier if `Effect.maintain` says so.
    func maintain(_ now: Nanoseconds) -> Nanoseconds {
        var next = Nanoseconds.never
        for slot in slots.indices {
            switch slots[slot].state {
            case .idle:
                let due = min(slots[slot].expiresAt, slots[slot].usedAt.after(slots[slot].idleLimit))
                guard due <= now else {
                    next = min(next, due)
                    continue
                }
                unlink(slot)
                retire(slot, now)
            case .leased where rules.leakThreshold != .never && !slots[slot].isLeakReported:
                let due = slots[slot].usedAt.after(rules.leakThreshold)
                guard due <= now else {
                    next = min(next, due)
                    continue
                }
                slots[slot].isLeakReported = true
                let site = slots[slot].site
                observe(.leaked(file: "\(site.file)", line: site.line), slot)
            default: break
            }
        }
        openBreakerIfDue(now)
        if rules.breakerOpensAfter != .never, restraint?.reason != .breaker, let downSince {
            next = min(next, downSince.after(rules.breakerOpensAfter))
        }
        maintainAt = next
        return next
    }
}
