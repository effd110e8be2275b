/// How many connections there are: without demand, at least, at once. And how many may wait for them.
final class Elasticity: Addition {
    struct Options: PoolOptions {
        var minimumSize: Int?
        var minimumSpare = 0
        var maximumConcurrentConnects: Int?
        var maximumWaiters: Int?

        func addition(to pool: AnyConnectionPool) -> Addition? { Elasticity(pool) }

        func validate(size: Int) throws {
            try require(maximumWaiters ?? 0 >= 0, "maximumWaiters must not be negative")
            try require(maximumConcurrentConnects ?? 1 >= 1, "maximumConcurrentConnects must be at least 1")
            let minimum = minimumSize ?? 0
            try require(minimum >= 0 && minimum <= size, "minimumSize must be 0 to the pool's size, which is \(size)")
            try require(minimumSpare >= 0, "minimumSpare must not be negative")
        }
    }

    private unowned let pool: AnyConnectionPool

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    private var options: Options { pool.configuration[Options.self] }

    override var mostUnasked: Int { options.minimumSize ?? .max }
    override var leastWanted: Int { options.minimumSpare == 0 ? 0 : pool.leasedCount + options.minimumSpare }
    override var mostConnecting: Int { options.maximumConcurrentConnects ?? .max }

    override func refusal(waiters: Int) -> Refusal? {
        // One for whom a connection is being checked does not wait for one.
        options.maximumWaiters.flatMap { waiters - pool.checksForWaiters >= $0 ? .tooMany($0) : nil }
    }
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
    /// How many `newConnection()` may run at once; at least 1. nil, the default: any number.
    public var maximumConcurrentConnects: Int? {
        get { elasticity.maximumConcurrentConnects }
        set { elasticity.maximumConcurrentConnects = newValue }
    }
    /// How many borrowers may wait; one more fails at once with `PoolExhausted`. Minimum 0. nil, the default: any.
    public var maximumWaiters: Int? {
        get { elasticity.maximumWaiters }
        set { elasticity.maximumWaiters = newValue }
    }
}
