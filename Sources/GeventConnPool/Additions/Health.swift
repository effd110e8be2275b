internal import Gevent

/// Checks on borrow: whether a connection that was idle for long, or is suspect, still works.
final class Health: Judge {
    struct Options: PoolOptions {
        var trustWindow: Duration?
        var validationTimeout = Duration.seconds(5)

        func addition(to pool: AnyConnectionPool) -> Addition? {
            trustWindow.map { Health(pool, $0, validationTimeout) }
        }

        func validate(size: Int) throws {
            try ensure(trustWindow, "trustWindow", zero: true)
            try ensure(validationTimeout, "validationTimeout")
        }
    }

    private weak var pool: AnyConnectionPool?
    private let trustWindow: Nanoseconds
    private let validationTimeout: Duration
    /// When a connection was last found dead: whatever was not seen to work since is suspect.
    private var suspectedAt = Nanoseconds.min

    private init(_ pool: AnyConnectionPool, _ trustWindow: Duration, _ validationTimeout: Duration) {
        self.pool = pool
        self.trustWindow = Nanoseconds(trustWindow)
        self.validationTimeout = validationTimeout
    }

    // It lets every connection stay.
    override var isJudge: Bool { false }
    override var needsTime: Bool { true }

    override func fitness(_ slot: Slot, _ now: Nanoseconds) -> Fitness {
        now - slot.trustedAt <= trustWindow && slot.trustedAt > suspectedAt ? .good : .afterCheck
    }

    override func check(_ slot: Slot) throws {
        try withTimeout(validationTimeout) { try pool?.run(.validate, on: slot) }
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        if case .discarded(_, wasInterrupted: false) = what { suspectedAt = max(suspectedAt, now) }
    }
}

extension PoolConfiguration {
    private var health: Health.Options {
        get { self[Health.Options.self] }
        set { self[Health.Options.self] = newValue }
    }

    /// A connection that is idle longer is shown to `validate(_:)` before it is lent, unless another one need not be.
    /// Also one whose last good use was before another connection was found dead. Zero: each that was idle at all. nil,
    /// the default: none is.
    public var trustWindow: Duration? {
        get { health.trustWindow }
        set { health.trustWindow = newValue }
    }
    /// How long one `validate(_:)` may take before it counts as failed; over zero, 5 seconds by default.
    public var validationTimeout: Duration {
        get { health.validationTimeout }
        set { health.validationTimeout = newValue }
    }
}
