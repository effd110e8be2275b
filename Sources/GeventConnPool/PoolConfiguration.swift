/// How a pool lends, checks, connects and shrinks. The defaults are the original's behaviour.
///
/// ```swift
/// let pool = MyPool(20, configuration: .init {
///     $0.borrowTimeout = .seconds(10)
///     $0.maximumWaiters = 100
/// })
/// ```
public struct PoolConfiguration: Sendable {
    /// The least time between two connects that are not retries. nil, the default: `ConnectionPool.spawnFrequency`.
    public var spawnFrequency: Duration?
    /// The delays between failed connects of one slot. At the default a server that is back may be found after 400
    /// seconds, as in the original: set a limit that suits you, or `demandCutsBackOff`.
    public var backOff = BackOff()
    /// How long after a discard the slot connects again; one second by default, as the original. Changed by `jitter`.
    public var reconnectDelay = Duration.seconds(1)
    /// What is set by the properties in Additions/PoolConfiguration+Core.swift.
    var base = Base()
    /// What additions are set to, by their type.
    private var options: [ObjectIdentifier: any PoolOptions] = [:]

    struct Base: Sendable {
        var borrowTimeout: Duration?
        var connectTimeout: Duration?
        var keepaliveTimeout: Duration?
        var retireTimeout = Duration.seconds(5)
        var settleTime = Duration.zero
        var jitter = 0.0
        var isLIFO = false
        var keepsInterrupted = false
    }

    /// The defaults.
    public init() {}

    /// The defaults, as `configure` changes them.
    public init(_ configure: (inout PoolConfiguration) -> Void) {
        self.init()
        configure(&self)
    }

    subscript<Options: PoolOptions>(_ type: Options.Type) -> Options {
        get { options[ObjectIdentifier(type)] as? Options ?? Options() }
        set { options[ObjectIdentifier(type)] = newValue }
    }

    /// What this asks for, in an order of its own: that must not matter.
    func additions(to pool: AnyConnectionPool) -> [Addition] { options.values.compactMap { $0.addition(to: pool) } }

    /// Throws `InvalidPoolConfiguration` where `ConnectionPool.init` would stop the program: for values from outside.
    public func validate(size: Int) throws {
        try require(size >= 1, "the size of a pool must be at least 1, not \(size)")
        try require(spawnFrequency, "spawnFrequency", zero: true)
        try require(reconnectDelay, "reconnectDelay", zero: true)
        try require(base.borrowTimeout, "borrowTimeout", zero: true)
        try require(base.connectTimeout, "connectTimeout")
        try require(base.keepaliveTimeout, "keepaliveTimeout")
        try require(base.retireTimeout, "retireTimeout")
        try require(base.settleTime, "settleTime", zero: true)
        try require((0...1).contains(base.jitter), "jitter must be 0 to 1, not \(base.jitter)")
        try backOff.validate()
        for one in options.values { try one.validate(size: size) }
    }
}

/// What one addition can be set to. Setting any of it adds the addition to the pool.
protocol PoolOptions: Sendable {
    init()
    func addition(to pool: AnyConnectionPool) -> Addition?
    func validate(size: Int) throws
}

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
            try require(initial, "backOff.initial", zero: true)
            try require(limit, "backOff.limit", zero: true)
            try require(factor >= 1 && factor.isFinite, "backOff.factor must be at least 1, not \(factor)")
            try require((0...1).contains(jitter), "backOff.jitter must be 0 to 1, not \(jitter)")
        }
    }
}

/// `span` changed by up to `fraction` of it, plus or minus. `random` gives 0 up to 1.
func jittered(_ span: Nanoseconds, _ fraction: Double, _ random: () -> Double) -> Nanoseconds {
    guard fraction > 0, span != .never else { return span }
    return Nanoseconds(max(0, min(Double(span) * (1 + fraction * (2 * random() - 1)), 9e18)))
}

/// A pool configuration that cannot be: which value, and what it must be.
public struct InvalidPoolConfiguration: Error, CustomStringConvertible {
    /// Which value it is, and what it must be.
    public let description: String
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    guard condition else { throw InvalidPoolConfiguration(description: text()) }
}

func require(_ value: Duration?, _ name: String, zero: Bool = false) throws {
    guard let value else { return }
    try require(value > .zero || (zero && value == .zero), "\(name) must be \(zero ? "at least" : "over") zero")
}
