internal import Gevent

/// How many connections there are: without demand, at least, at once. And how many may wait for them.
final class Elasticity: Addition {
    struct Options: PoolOptions {
        var minimumSize: Int?
        var minimumSpare = 0
        var closesOverflow = false
        var maximumConcurrentConnects: Int?
        var maximumWaiters: Int?

        func addition(to pool: AnyConnectionPool) -> Addition? { Elasticity(pool) }

        func validate(size: Int) throws {
            try ensure(maximumWaiters ?? 0 >= 0, "maximumWaiters must not be negative")
            try ensure(maximumConcurrentConnects ?? 1 >= 1, "maximumConcurrentConnects must be at least 1")
            let minimum = minimumSize ?? 0
            try ensure(minimum >= 0 && minimum <= size, "minimumSize must be 0 to the pool's size, which is \(size)")
            try ensure(minimumSpare >= 0, "minimumSpare must not be negative")
        }
    }

    private unowned let pool: AnyConnectionPool
    /// The longest row of failures of a slot since a connect succeeded: where one more begins to back off.
    private var depth = 0
    /// A connect that takes longer is not counted on: one more may try, if there is room.
    private static let patience: Nanoseconds = 1_000_000_000

    private var options: Options

    init(_ pool: AnyConnectionPool) {
        self.pool = pool
        options = pool.configuration[Options.self]
    }

    override func reconfigured() { options = pool.configuration[Options.self] }

    /// How many slots there are to be without regard to those that wait.
    var floor: Int {
        let spare = options.minimumSpare == 0 ? 0 : pool.leasedCount + options.minimumSpare
        let least = pool.additions.reduce(spare) { max($0, $1.leastWanted) }
        return min(pool.most, max(options.minimumSize ?? .max, least))
    }

    private var hangsFrom: Nanoseconds {
        pool.connecting.first.map { $0.since == .never ? .never : $0.since.after(Self.patience) } ?? .never
    }

    /// Those of the floor, and one for each borrower that waits and for whom none is coming. A slot that is busy with the
    /// past (backing off, waiting out a delay, closing) is not coming: while there is room, another one connects.
    override var wanted: Int {
        let checks = pool.addition(Choosing.self)?.underWay ?? 0
        let hung = hangsFrom <= Hub.cachedTime ? 1 : 0
        let short = pool.demand - pool.connecting.count - checks + hung
        return pool.demand > 0 && short > 0 ? max(floor, pool.slotCount + short) : floor
    }

    override var mostConnecting: Int { options.maximumConcurrentConnects ?? .max }

    override func look(_ now: Nanoseconds) -> Nanoseconds { pool.demand > 0 && hangsFrom > now ? hangsFrom : .never }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connected: depth = 0
        case .connectFailed:
            guard let slot else { return }
            // A server that is away is not asked more often for the sake of one that begins only now.
            if !slot.isRetry, pool.slotCount > floor { slot.failures = max(slot.failures, depth) }
            depth = max(depth, slot.failures + 1)
        default: break
        }
        // What is spare is counted from what is borrowed.
        if options.minimumSpare > 0 { pool.lookAgain(at: now) }
    }

    override var hearsLending: Bool { options.minimumSpare > 0 }

    override func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? {
        options.closesOverflow && pool.demand == 0 && pool.liveCount > floor ? "overflow" : nil
    }

    override var isJudge: Bool { options.closesOverflow }
    override var needsTime: Bool { false }

    override var mayRefuse: Bool { options.maximumWaiters != nil }

    override func refusal() -> (any Error)? {
        // Those for whom a connection is being checked, or is about to be, do not wait for one.
        let checked =
            pool.addition(Choosing.self).map { $0.underWay + (pool.mayLend && !pool.idle.isEmpty ? 1 : 0) } ?? 0
        guard let limit = options.maximumWaiters, pool.waiters.count - checked >= limit else { return nil }
        pool.change { pool.note(.exhausted, nil, $0) }
        return pool.exhausted(.zero, .tooManyWaiters(limit))
    }

    override func startAnew() { depth = 0 }
}

extension AnyConnectionPool {
    /// How many slots there are to be without regard to those that wait.
    final var floor: Int { addition(Elasticity.self)?.floor ?? most }
}

extension PoolConfiguration {
    private var elasticity: Elasticity.Options {
        get { self[Elasticity.Options.self] }
        set { self[Elasticity.Options.self] = newValue }
    }

    /// How many connections are kept open without demand, from 0 to the pool's size; more are opened as borrowers wait
    /// and retired by `idleLimit`. nil, the default: as many as the pool's size.
    public var minimumSize: Int? {
        get { elasticity.minimumSize }
        set { elasticity.minimumSize = newValue }
    }
    /// How many more than are borrowed are to be open, as far as the pool's size allows; 0 by default.
    public var minimumSpare: Int {
        get { elasticity.minimumSpare }
        set { elasticity.minimumSpare = newValue }
    }
    /// Whether a connection that comes back while more are open than are kept without demand, and nobody waits, is
    /// retired at once, not after `idleLimit`; false by default.
    public var closesOverflow: Bool {
        get { elasticity.closesOverflow }
        set { elasticity.closesOverflow = newValue }
    }
    /// How many `newConnection()` may run at once; at least 1. nil, the default: any number.
    public var maximumConcurrentConnects: Int? {
        get { elasticity.maximumConcurrentConnects }
        set { elasticity.maximumConcurrentConnects = newValue }
    }
    /// How many borrowers may wait; one more fails at once with `PoolExhausted`. Minimum 0, which is for pools that connect
    /// without demand: with `minimumSize = 0` nobody would make it connect. nil, the default: any.
    public var maximumWaiters: Int? {
        get { elasticity.maximumWaiters }
        set { elasticity.maximumWaiters = newValue }
    }
}
