/// A lock that the greenlet which holds it may take again. gevent's `RLock`.
public final class RecursiveLock {
    private let semaphore = CountingSemaphore(1)
    private var owner: AnyGreenlet?
    private var depth = 0

    /// A free lock.
    public init() {}

    /// Whether somebody holds it.
    public var isLocked: Bool { owner != nil }

    /// Takes it, waiting as long as it takes. Parks the calling greenlet unless it is free or its own.
    @available(*, noasync)
    public func acquire() throws { _ = try acquire(timeout: nil) }

    /// Takes it, waiting until `timeout` is over. Parks the calling greenlet unless it is free or its own.
    ///
    /// - Returns: whether it was taken.
    @available(*, noasync)
    public func acquire(timeout: Duration?) throws -> Bool {
        let me = AnyGreenlet.current
        if owner !== me {
            guard try semaphore.acquire(timeout: timeout) else { return false }
            owner = me
        }
        depth += 1
        return true
    }

    /// Takes it if it is free or the calling greenlet's own; never parks.
    public func acquireNoWait() -> Bool {
        let me = AnyGreenlet.current
        if owner !== me {
            guard semaphore.acquireNoWait() else { return false }
            owner = me
        }
        depth += 1
        return true
    }

    /// Gives it back, as often as it was taken; never parks. Another's lock stops the program.
    public func release() {
        require(owner === AnyGreenlet.current, "cannot release un-acquired lock")
        depth -= 1
        if depth == 0 {
            owner = nil
            semaphore.release()
        }
    }

    /// Runs `body` with the lock. Parks the calling greenlet until it has it.
    @available(*, noasync)
    public func withLock<R: ~Copyable>(_ body: () throws -> R) throws -> R {
        try acquire()
        defer { release() }
        return try body()
    }
}

@available(*, unavailable) extension RecursiveLock: Sendable {}
