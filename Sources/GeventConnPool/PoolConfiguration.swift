/// How a pool lends, checks, connects and shrinks. The defaults are the original's behaviour.
///
/// ```swift
/// let pool = MyPool(20, configuration: .init {
///     $0.borrowTimeout = .seconds(10)
///     $0.maximumWaiters = 100
/// })
/// ```
public struct PoolConfiguration: Sendable {
    /// Which idle connection is lent first.
    public enum IdleOrder: Sendable {
        /// The one that is idle longest, so that all are used in turn. The original's order.
        case fifo
        /// The one that was used last, so that the others may reach their idle limit. One whose body threw goes to the
        /// other end, so that a retry does not meet it again.
        case lifo
    }

    /// What becomes of a connection when the borrower was interrupted, by a kill or a timeout, while it had it.
    public enum Interrupted: Sendable {
        /// It is discarded: its reply may still be on the way, and the next borrower would read it.
        case discard
        /// It goes back, as in the original.
        case keep
    }

    // MARK: What most set

    /// How long a borrower waits for a connection, checks included; then `PoolExhausted`. nil, the default: for ever.
    /// A `timeout:` given to `get` or `lease` takes its place. Minimum zero, which is a try.
    public var borrowTimeout: Duration?
    /// How long one `newConnection()` may take before it is interrupted and counts as failed; over zero. nil, the
    /// default: for ever.
    public var connectTimeout: Duration?
    /// How many borrowers may wait; one more fails at once with `PoolExhausted`. Minimum 0. nil, the default: any.
    public var maximumWaiters: Int?
    /// Which idle connection is lent first; `.fifo` by default.
    public var idleOrder = IdleOrder.fifo
    /// A connection that is older is retired when nobody has it; over zero, changed by `jitter` for each connection.
    /// nil, the default: never.
    public var maximumLifetime: Duration?
    /// A connection that nobody borrowed for that long is retired; over zero, changed by `jitter`. A pool without
    /// `minimumSize` replaces it at once. nil, the default: never.
    public var idleLimit: Duration?
    /// A connection that was borrowed so often is retired when it comes back; at least 1. nil, the default: never.
    public var usesLimit: Int?

    // MARK: Health

    /// A connection that is idle longer is shown to `validate(_:)` before it is lent. Also one whose last good use was
    /// before another connection was found dead. Zero: each that was idle at all. nil, the default: none is.
    public var trustWindow: Duration?
    /// How long one `validate(_:)` may take before it counts as failed; over zero, 5 seconds by default.
    public var validationTimeout = Duration.seconds(5)
    /// How long one `keepalive(_:)` may take before its connection is discarded; over zero. nil, the default: for
    /// ever. While it runs, a pool of size 1 has nothing to lend.
    public var keepaliveTimeout: Duration?
    /// What an interruption of the borrower does to its connection; `.discard` by default, the original's is `.keep`.
    public var interrupted = Interrupted.discard
    /// A lease that is held longer is reported to `observer` and `logger`, once, with its borrow site, and again when
    /// it ends; over zero. nil, the default: none is.
    public var leakThreshold: Duration?

    // MARK: How it connects and shrinks

    /// The least time between two connects that are not retries. nil, the default: `ConnectionPool.spawnFrequency`.
    public var spawnFrequency: Duration?
    /// How many connections are kept open without demand, from 0 to the pool's size; more are opened as borrowers wait
    /// and retired by `idleLimit`. nil, the default: as many as the pool's size.
    public var minimumSize: Int?
    /// How many `newConnection()` may run at once; at least 1. nil, the default: any number.
    public var maximumConcurrentConnects: Int?
    /// The delays between failed connects of one slot.
    public var backOff = BackOff()
    /// A connection that lived shorter counts as a failed connect for the back-off. Zero, the default and the
    /// original: each connect that succeeds resets the back-off.
    public var settleTime = Duration.zero
    /// How long after a discard the slot connects again; one second by default, as the original. Changed by `jitter`.
    public var reconnectDelay = Duration.seconds(1)
    /// Fails borrowers at once while there is no connection at all. nil, the default: they wait.
    public var breaker: Breaker?
    /// By which part, plus or minus, `maximumLifetime`, `idleLimit` and `reconnectDelay` vary; 0 to 1, 0 by default.
    public var jitter = 0.0
    /// How long `retireConnection(_:)` and then `closeConnection(_:)` may each take before they are killed; over zero,
    /// 5 seconds by default.
    public var retireTimeout = Duration.seconds(5)

    /// The defaults.
    public init() {}

    /// The defaults, as `configure` changes them.
    public init(_ configure: (inout PoolConfiguration) -> Void) {
        self.init()
        configure(&self)
    }
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
            self.initial = initial
            self.factor = factor
            self.limit = limit
            self.jitter = jitter
        }
    }

    /// When borrowers fail at once with `PoolUnavailable`, and how the pool finds out that the server is back.
    ///
    /// Pools that share an allowance want `minimumSize = 0` with it: one of a fixed size that gave its connections up to
    /// the others would count as down.
    public struct Breaker: Sendable {
        /// How long the pool must have had no connection at all before borrowers fail; minimum zero.
        public var openAfter: Duration
        /// How often one slot then tries to connect, over zero; the others wait for it.
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
}
