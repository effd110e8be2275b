/// Start, size, generations, suspension, close.
extension PoolMachine {
    /// Slot i connects at i times the frequency; those above the minimum size wait for demand.
    func start(_ size: Int, _ now: Nanoseconds) {
        self.size = size
        for i in 0..<size {
            let isSpare = i >= rules.minimumSize ?? size
            let due = isSpare ? Nanoseconds.never : now.after(Nanoseconds(i) * rules.frequency)
            let slot = add(.waitingToConnect(due: due))
            if isSpare { dormant += 1 } else { effects.append(.work(slot)) }
        }
        if dormant < occupied { downSince = now }
        noteBreakerDue()
    }

    /// Grows with slots that connect at once, spaced; shrinks by those that hold nothing, then by idle connections, and
    /// by others as they come back.
    func resize(to size: Int, _ now: Nanoseconds) {
        guard !isClosed else { return }
        self.size = size
        var excess = slots.count { $0.state != .vacant && $0.state != .inherited && !$0.isDoomed } - size
        for slot in slots.indices where excess < 0 && slots[slot].isDoomed {
            slots[slot].isDoomed = false
            excess += 1
        }
        while excess < 0 {
            let slot = add(.vacant)
            letWait(slot, until: now, now)
            excess += 1
        }
        for rank in 0..<4 {
            for slot in slots.indices.reversed() where excess > 0 {
                guard !slots[slot].isDoomed, Self.rank(slots[slot].state) == rank else { continue }
                doom(slot, now)
                excess -= 1
            }
        }
        serve(now)
    }

    /// In which order a smaller pool gives up slots.
    private static func rank(_ state: SlotState) -> Int? {
        switch state {
        case .waitingToConnect: 0
        case .connecting, .retiring: 1
        case .idle: 2
        case .leased, .checking: 3
        case .vacant, .inherited: nil
        }
    }

    private func doom(_ slot: Int, _ now: Nanoseconds) {
        slots[slot].isDoomed = true
        switch slots[slot].state {
        case .waitingToConnect(let due):
            if due == .never { dormant -= 1 }
            vacate(slot)
            effects.append(.work(slot))
        case .idle:
            unlink(slot)
            retire(slot, now)
        case .vacant, .connecting, .leased, .checking, .retiring, .inherited:
            break
        }
    }

    /// Every connection that was begun before now is retired: idle ones at once, others as they come back.
    func invalidateAll(_ now: Nanoseconds) {
        generation += 1
        while idleFirst >= 0 {
            let slot = idleFirst
            unlink(slot)
            retire(slot, now)
        }
    }

    /// How many connections are idle.
    var idleCount: Int {
        var (slot, count) = (idleFirst, 0)
        while slot >= 0 { (slot, count) = (slots[slot].next, count + 1) }
        return count
    }

    /// Retires the `count` connections that are idle longest.
    func giveUp(_ count: Int, _ now: Nanoseconds) {
        for _ in 0..<count where idleFirst >= 0 {
            let slot = idleFirst
            unlink(slot)
            retire(slot, now)
        }
    }

    /// Lends nothing until `resume`: borrowers wait.
    func suspend() {
        isSuspended = true
        isLending = false
    }

    func resume(_ now: Nanoseconds) {
        isSuspended = false
        isLending = !isClosed
        serve(now)
    }

    /// Refuses borrowers, retires what is idle, interrupts hooks that connect or check, and lets the rest go as it comes
    /// back. Idempotent.
    func close(_ now: Nanoseconds) {
        guard !isClosed else { return }
        isClosed = true
        isLending = false
        restraint = nil
        refuseWaiters(PoolClosed(pool: name))
        for slot in slots.indices where slots[slot].state != .vacant && slots[slot].state != .inherited {
            interrupt(slot, now)
            doom(slot, now)
        }
        effects.append(.ready)
        effects.append(.drained)
    }

    /// Interrupts the hook that connects or checks; a check that has not begun is none.
    private func interrupt(_ slot: Int, _ now: Nanoseconds) {
        switch slots[slot].state {
        case .connecting:
            effects.append(.interrupt(slot))
        case .checking(.validation):
            if slots[slot].holder != nil {
                effects.append(.interrupt(slot))
            } else {
                validations -= 1
                retire(slot, now)
            }
        case .vacant, .waitingToConnect, .idle, .leased, .checking(.keepalive), .retiring, .inherited:
            break
        }
    }

    /// Takes away what is still borrowed, except by `holder`, and interrupts hooks that are still at it.
    func closeByForce(besides holder: ObjectIdentifier, _ now: Nanoseconds) {
        for slot in slots.indices where slots[slot].holder != holder {
            switch slots[slot].state {
            case .leased: discard(slot, nil, reconnectAt: .never, now)
            case .connecting, .checking, .retiring: if slots[slot].holder != nil { effects.append(.interrupt(slot)) }
            case .vacant, .waitingToConnect, .idle, .inherited: break
            }
        }
    }

    // MARK: Fork

    /// In a forked child: all connections are the parent's. Forgets them, those that are borrowed when they come back,
    /// and starts anew with an empty pool; those that wait go on waiting.
    func startAnew(_ now: Nanoseconds) {
        effects.removeAll { effect in
            // Whoever has an outcome still has to hear of it.
            if case .wake = effect { false } else { true }
        }
        for slot in slots.indices {
            switch slots[slot].state {
            case .vacant, .inherited: break
            case .leased: slots[slot].state = .inherited
            case .waitingToConnect, .connecting, .idle, .checking, .retiring:
                slots[slot] = Slot()
                effects.append(.forget(slot))
            }
        }
        (idleFirst, idleLast) = (-1, -1)
        (occupied, live, connecting, validations, dormant) = (0, 0, 0, 0, 0)
        (downSince, restraint, lastConnectError, failuresInARow) = (nil, nil, nil, 0)
        (recall, isKeepaliveWaiting, maintainAt) = (.nothing, false, .never)
        counters = PoolStatistics()
        if isClosed { effects.append(.drained) } else { start(size, now) }
        wakeDormant(now)
    }

    /// A borrower brings back a connection of the parent's.
    func takeBackInherited(_ slot: Int) {
        guard slots[slot].state == .inherited else { return }
        slots[slot] = Slot()
        effects.append(.forget(slot))
    }
}
