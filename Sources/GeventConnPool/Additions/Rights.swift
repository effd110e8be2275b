internal import Gevent
internal import Synchronization

/// Rights to connect, of which an `Allowance` has so many, and what a pool has to do with others that share one with it.
final class Rights: Addition {
    private unowned let pool: AnyConnectionPool
    let allowance: any Allowance
    private var membership: AllowanceMembership?
    /// By slot, and whether it is a connection by now.
    private var held: [ObjectIdentifier: (allowance: any Allowance, isConnected: Bool)] = [:]
    /// What others want of the connections that come back.
    private var recall = SharedAllowance.Returning.nothing
    private var promised = 0
    private var lookDue = Nanoseconds.never

    /// A connection that was idle for so long, or is there for so long, may be given up: no use costs a login.
    private static let (leastIdle, leastStay): (Nanoseconds, Nanoseconds) = (2_000_000, 100_000_000)

    init(_ pool: AnyConnectionPool, _ allowance: any Allowance) {
        self.pool = pool
        self.allowance = allowance
        super.init()
        join()
    }

    deinit {
        // What is held of a shared allowance is free again with the membership.
        for (allowance, _) in held.values where !(allowance is AllowanceMembership) { allowance.release() }
    }

    private func join() {
        membership = (allowance as? SharedAllowance)?.join { [weak self, weak pool] in
            self?.lookDue = .min
            pool?.change { _ in }
        }
    }

    override func acquire(_ slot: Slot) throws {
        if allowance is UnlimitedAllowance { return }
        let allowance: any Allowance = membership ?? allowance
        let forks = Hub.forkCount
        // A shared right may take as long as it takes: nobody fails meanwhile.
        try allowance.acquire(timeout: membership == nil ? connectTimeout : nil)
        guard forks == Hub.forkCount else { return }
        held[ObjectIdentifier(slot)] = (allowance, false)
        // Forked meanwhile, or not wanted any more.
        if slot.state != .connecting { leave(slot) }
    }

    private lazy var connectTimeout = pool.configuration.connectTimeout

    override func leave(_ slot: Slot) {
        guard let (allowance, isConnected) = held.removeValue(forKey: ObjectIdentifier(slot)) else { return }
        if !isConnected, let membership = allowance as? AllowanceMembership {
            membership.neverConnected()
        } else {
            allowance.release()
        }
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connected:
            guard let slot, let one = held[ObjectIdentifier(slot)], !one.isConnected else { return }
            held[ObjectIdentifier(slot)] = (one.allowance, true)
            (one.allowance as? AllowanceMembership)?.didConnect()
        case .retiring("recalled"):
            promised += 1
            (recall, lookDue) = (.nothing, .min)
        default: break
        }
    }

    // MARK: What others want

    override var isJudge: Bool { membership != nil }
    override var needsTime: Bool { recall != .nothing }
    override var isRestless: Bool { membership != nil }

    override func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? {
        // One that was just made is lent first: else nobody would ever get anything.
        guard recall != .nothing, pool.demand == 0 || (recall == .always && slot.uses > 0) else { return nil }
        if now - slot.since >= Self.leastStay { return "recalled" }
        lookAgain(at: now.after(Self.leastIdle))
        return nil
    }

    private func lookAgain(at time: Nanoseconds) {
        lookDue = min(lookDue, time)
        pool.lookAgain(at: time)
    }

    override func look(_ now: Nanoseconds) -> Nanoseconds {
        guard let membership else { return .never }
        withdraw()
        if lookDue <= now {
            lookDue = .never
            giveUp(membership, now)
        }
        return lookDue
    }

    override func lookLast() {
        guard let membership else { return }
        // An open breaker's probe is waited for by all that it refuses.
        let demand = max(pool.demand, pool.liveCount == 0 ? min(1, pool.addition(Outages.self)?.leastWanted ?? 0) : 0)
        let before = membership.demand.waiters.load(ordering: .relaxed)
        guard demand != before else { return }
        membership.demand.waiters.store(demand, ordering: .relaxed)
        if demand > before || demand == 0 { membership.demandChanged() }
    }

    /// What waits for a right that nobody wants any more waits no longer.
    private func withdraw() {
        guard pool.demand == 0, pool.slotCount > pool.floor else { return }
        var excess = pool.slotCount - pool.floor
        for slot in pool.connecting.all where slot.since == .never && slot.hasBegun && !slot.isCondemned && excess > 0 {
            slot.isCondemned = true
            slot.worker?.killNoWait()
            excess -= 1
        }
    }

    private func giveUp(_ membership: AllowanceMembership, _ now: Nanoseconds) {
        let mayGo = pool.idle.all.filter { now - $0.usedAt >= Self.leastIdle || now - $0.since >= Self.leastStay }
        let wanted = membership.recall(idle: mayGo.count, promised: promised)
        promised = 0
        recall = wanted.returning
        for slot in mayGo.prefix(wanted.idle) {
            pool.idle.remove(slot)
            pool.retire(slot, "given up", now)
        }
        if recall != .nothing,
            let first = pool.idle.all.map({ $0.usedAt.after(Self.leastIdle) }).filter({ $0 > now }).min()
        {
            lookDue = first
        }
    }

    override func startAnew() {
        // Not released: they are the parent's.
        (held, recall, promised, lookDue) = ([:], .nothing, 0, .never)
        join()
    }
}

extension AnyConnectionPool {
    /// Is asked before each connect; `UnlimitedAllowance` by default. To be set before the pool's hub first runs others:
    /// connections that were made under another one stay with that.
    public final var allowance: any Allowance {
        get { (additions.last { $0 is Rights } as? Rights)?.allowance ?? UnlimitedAllowance() }
        set { change { _ in add(Rights(self, newValue)) } }
    }
}
