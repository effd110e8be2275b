extension PoolConfiguration {
    /// The delays between failed attempts: `initial`, then `factor` times the last one while that is below `limit`, so
    /// that the longest is under `factor` times the limit (409.6 seconds by default, as in the original).
    public struct BackOff: Sendable {
        /// The first delay; 0.1 seconds by default.
        public var initial: Duration
        /// What the delay is multiplied by each time; at least 1, by default 2.
        public var factor: Double
        /// The delay grows while it is below this; 400 seconds by default.
        public var limit: Duration
        /// By which part, plus or minus, each delay varies; 0 to 1, 0 by default.
        public var jitter: Double

        /// The original's delays, unless changed.
        public init(
            initial: Duration = .milliseconds(100), factor: Double = 2, limit: Duration = .seconds(400),
            jitter: Double = 0
        ) {
            (self.initial, self.factor, self.limit, self.jitter) = (initial, factor, limit, jitter)
        }

        /// The delay after the first failure (0), the second (1), and so on. `random` gives 0 up to 1.
        func delay(_ failures: Int, _ random: () -> Double) -> Nanoseconds {
            let limit = Nanoseconds(limit)
            var (delay, left) = (Nanoseconds(initial), failures)
            while left > 0, delay < limit, delay > 0, factor > 1 {
                delay = Nanoseconds(min(Double(delay) * factor, 9e18))
                left -= 1
            }
            return jittered(delay, jitter, random)
        }

        func validate() throws {
            try ensure(initial, "backOff.initial", zero: true)
            try ensure(limit, "backOff.limit", zero: true)
            try ensure(factor >= 1 && factor.isFinite, "backOff.factor must be at least 1, not \(factor)")
            try ensure((0...1).contains(jitter), "backOff.jitter must be 0 to 1, not \(jitter)")
        }
    }

    struct Delays: PoolOptions {
        var backOff = BackOff()

        func addition(to pool: AnyConnectionPool) -> Addition? { nil }
        func validate(size: Int) throws { try backOff.validate() }
    }

    /// The delays between failed connects of one slot. At the default a server that is back may be found after 400
    /// seconds only, as in the original: set a limit that suits you.
    public var backOff: BackOff {
        get { self[Delays.self].backOff }
        set {
            self[Delays.self].backOff = newValue
            base.retryDelay = newValue.delay
        }
    }
    /// How long after a discard the slot connects again; one second by default, as the original. Changed by `jitter`.
    public var reconnectDelay: Duration {
        get { base.reconnectDelay }
        set { base.reconnectDelay = newValue }
    }
    /// A connection that lived shorter counts as a failed connect for the back-off. Zero, the default and the
    /// original: each connect that succeeds resets the back-off.
    public var settleTime: Duration {
        get { base.settleTime }
        set { base.settleTime = newValue }
    }
    /// By which part, plus or minus, `maximumLifetime`, `idleLimit` and `reconnectDelay` vary; 0 to 1, 0 by default.
    public var jitter: Double {
        get { base.jitter }
        set { base.jitter = newValue }
    }

    /// Throws `InvalidPoolConfiguration` where `ConnectionPool.init` would stop the program: for values from outside.
    public func validate(size: Int) throws {
        try ensure(size >= 1, "the size of a pool must be at least 1, not \(size)")
        try ensure(spawnFrequency, "spawnFrequency", zero: true)
        try ensure(base.reconnectDelay, "reconnectDelay", zero: true)
        try ensure(base.borrowTimeout, "borrowTimeout", zero: true)
        try ensure(base.connectTimeout, "connectTimeout")
        try ensure(base.keepaliveTimeout, "keepaliveTimeout")
        try ensure(base.retireTimeout, "retireTimeout")
        try ensure(base.settleTime, "settleTime", zero: true)
        try ensure((0...1).contains(base.jitter), "jitter must be 0 to 1, not \(base.jitter)")
        for one in options.values { try one.validate(size: size) }
    }
}

/// A pool configuration that cannot be: which value, and what it must be.
public struct InvalidPoolConfiguration: Error, CustomStringConvertible {
    /// Which value it is, and what it must be.
    public let description: String
}

func ensure(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    guard condition else { throw InvalidPoolConfiguration(description: text()) }
}

func ensure(_ value: Duration?, _ name: String, zero: Bool = false) throws {
    guard let value else { return }
    try ensure(value > .zero || (zero && value == .zero), "\(name) must be \(zero ? "at least" : "over") zero")
}
