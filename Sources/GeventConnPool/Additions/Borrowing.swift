extension PoolConfiguration {
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
        /// It is discarded: its reply may still be on the way, and the next borrower would read it. Another one is
        /// connected at once, for the server did nothing wrong.
        case discard
        /// It goes back, as in the original.
        case keep
    }

    /// How long a borrower waits for a connection, checks included; then `PoolExhausted`. nil, the default: for ever.
    /// A `timeout:` given to `get` or `lease` takes its place. Minimum zero, which is a try.
    public var borrowTimeout: Duration? {
        get { base.borrowTimeout }
        set { base.borrowTimeout = newValue }
    }
    /// How long one `newConnection()` may take before it is interrupted and counts as failed; over zero. nil, the
    /// default: for ever.
    public var connectTimeout: Duration? {
        get { base.connectTimeout }
        set { base.connectTimeout = newValue }
    }
    /// How long one `keepalive(_:)` may take before its connection is discarded; over zero. nil, the default: for
    /// ever. While it runs, a pool of size 1 has nothing to lend.
    public var keepaliveTimeout: Duration? {
        get { base.keepaliveTimeout }
        set { base.keepaliveTimeout = newValue }
    }
    /// How long `retireConnection(_:)` and then `closeConnection(_:)` may take together before the slot goes on without
    /// them; over zero, 5 seconds by default.
    public var retireTimeout: Duration {
        get { base.retireTimeout }
        set { base.retireTimeout = newValue }
    }
    /// Which idle connection is lent first; `.fifo` by default.
    public var idleOrder: IdleOrder {
        get { base.isLIFO ? .lifo : .fifo }
        set { base.isLIFO = newValue == .lifo }
    }
    /// What an interruption of the borrower does to its connection; `.discard` by default, the original's is `.keep`.
    public var interrupted: Interrupted {
        get { base.keepsInterrupted ? .keep : .discard }
        set { base.keepsInterrupted = newValue == .keep }
    }
}
