/// Nothing was in the queue, and waiting was over or not wanted. gevent's `queue.Empty`.
public final class QueueEmpty: Error, Sendable, CustomStringConvertible {
    /// The error; it says no more than its type.
    public init() {}
    /// What happened.
    public var description: String { "the queue is empty" }
}

/// No room was in the queue, and waiting was over or not wanted. gevent's `queue.Full`.
open class QueueFull: Error, CustomStringConvertible, @unchecked Sendable {
    // Unchecked: it has no fields; a subclass answers for its own.

    /// The error; it says no more than its type.
    public init() {}
    /// What happened.
    open var description: String { "the queue is full" }
}

/// A `Pool` had no room, and waiting was over or not wanted. gevent's `pool.PoolFull`.
public final class PoolFull: QueueFull, @unchecked Sendable {
    /// What happened.
    public override var description: String { "the pool is full" }
}

/// The queue was shut down. gevent's `queue.ShutDown`.
public final class QueueShutDown: Error, Sendable, CustomStringConvertible {
    /// The error; it says no more than its type.
    public init() {}
    /// What happened.
    public var description: String { "the queue was shut down" }
}
