/// What the pool does while connecting is in vain: a breaker that refuses borrowers, and refused logins that are not
/// repeated soon. Both are a cap on connects under way and a time before which none begins.
final class Outages: Addition {
    struct Options: PoolOptions {
        var breaker: PoolConfiguration.Breaker?

        func addition(to pool: AnyConnectionPool) -> Addition? { nil }

        func validate(size: Int) throws {
            try ensure(breaker?.openAfter, "breaker.openAfter", zero: true)
            try ensure(breaker?.probeEvery, "breaker.probeEvery")
        }
    }

    private unowned let pool: AnyConnectionPool
    /// Since when there is no connection although connects are under way.
    private var downSince: Nanoseconds?
    private var isOpen = false
    private var nextProbe = Nanoseconds.min
    /// A login was refused, and none has succeeded since.
    private var isRefused = false
    private var refusedUntil = Nanoseconds.min

    private var breaker: PoolConfiguration.Breaker?

    init(_ pool: AnyConnectionPool) {
        self.pool = pool
        breaker = pool.configuration[Options.self].breaker
    }

    override func reconfigured() { breaker = pool.configuration[Options.self].breaker }

    override var mostConnecting: Int { isOpen || isRefused ? 1 : .max }
    override var notBefore: Nanoseconds? {
        isOpen || isRefused ? max(isOpen ? nextProbe : .min, isRefused ? refusedUntil : .min) : nil
    }
    /// An open breaker has somebody try, though nobody may wait for it.
    override var leastWanted: Int { isOpen ? pool.closingCount + 1 : 0 }

    override var mayRefuse: Bool { breaker != nil }
    override func refusal() -> (any Error)? { isOpen && breaker?.refusesBorrowers == true ? unavailable : nil }

    private var unavailable: PoolUnavailable {
        PoolUnavailable(lastConnectError: pool.lastConnectError, pool: pool.name)
    }

    override func look(_ now: Nanoseconds) -> Nanoseconds {
        guard let breaker, !pool.isClosed else { return .never }
        // Waiting for leave to connect is no outage.
        let isTrying = pool.delayedCount > 0 || pool.connecting.first(where: { $0.since != .never }) != nil
        downSince = pool.liveCount == 0 && isTrying ? downSince ?? now : nil
        guard !isOpen, let due = downSince?.after(Nanoseconds(breaker.openAfter)) else { return .never }
        guard due <= now else { return due }
        isOpen = true
        nextProbe = now.after(Nanoseconds(breaker.probeEvery))
        pool.note(.other(PoolEvent.Kind.breakerOpened), nil, now)
        if breaker.refusesBorrowers { pool.dismissWaiters(unavailable, now) }
        return .never
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connected:
            guard isOpen || isRefused else { return }
            let wasOpen = isOpen
            (isOpen, isRefused) = (false, false)
            if wasOpen { pool.note(.other(PoolEvent.Kind.breakerClosed), nil, now) }
            forgiveDelays(now)
        case .connectFailed(_, let isRefusal):
            if isRefusal { isRefused = true }
            if let breaker { nextProbe = now.after(Nanoseconds(breaker.probeEvery)) }
            let backOff = pool.configuration.backOff
            refusedUntil = now.after(jittered(Nanoseconds(backOff.limit), backOff.jitter, pool.random))
        default: break
        }
    }

    /// What is delayed may connect now, spaced, and begins its back-off anew.
    private func forgiveDelays(_ now: Nanoseconds) {
        let slots = pool.reopening.all + pool.backingOff.all
        (pool.reopening, pool.backingOff) = (SlotQueue(), SlotQueue())
        pool.lastFirst = now
        for slot in slots {
            (slot.failures, slot.isRetry) = (0, false)
            pool.delay(slot, until: now)
        }
    }

    override func startAnew() { (downSince, isOpen, isRefused) = (nil, false, false) }
}

extension PoolConfiguration {
    /// When borrowers fail at once with `PoolUnavailable`, and how the pool finds out that the server is back.
    public struct Breaker: Sendable {
        /// How long the pool must have had no connection at all, and tried to have one, before borrowers fail; minimum
        /// zero. Waiting for an allowance is no such time.
        public var openAfter: Duration
        /// How often one connect is then tried, over zero; the others wait for it.
        public var probeEvery: Duration

        /// Whether borrowers fail meanwhile; false: they wait, as long as their timeouts let them, and the breaker only
        /// sees to it that one slot tries in place of all.
        public var refusesBorrowers: Bool

        /// Opens after `openAfter` without any connection, and then tries once every `probeEvery`.
        public init(openAfter: Duration, probeEvery: Duration, refusesBorrowers: Bool = true) {
            self.openAfter = openAfter
            self.probeEvery = probeEvery
            self.refusesBorrowers = refusesBorrowers
        }
    }

    /// Fails borrowers at once while there is no connection at all. nil, the default: they wait.
    public var breaker: Breaker? {
        get { self[Outages.Options.self].breaker }
        set { self[Outages.Options.self].breaker = newValue }
    }
}
