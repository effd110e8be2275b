internal import EventLoop
internal import Glibc

/// A lock for several threads that whoever holds it may take again: a greenlet of any hub, or a thread without one.
/// gevent's `RLock` across threads.
///
/// Waiting is as with `SharedSemaphore`: a greenlet parks, a thread without a hub is blocked, and the one that has waited
/// longest comes next. A greenlet may park while it holds the lock; only others that want it wait meanwhile.
public final class SharedLock: Sendable {
    private struct Holding {
        var owner: LockOwner?
        var depth = 0
    }

    private let semaphore = SharedSemaphore(1)
    private let holding = Lock(Holding())

    /// A free lock.
    public init() {}

    /// Whether somebody holds it, at the moment of asking.
    public var isLocked: Bool { holding.withLock { $0.owner != nil } }

    /// Takes it, waiting as long as it takes. Parks the calling greenlet, or blocks a thread that has no hub, unless it is
    /// free or its own.
    @available(*, noasync)
    public func acquire() throws { _ = try acquire(timeout: nil) }

    /// Takes it, waiting until `timeout` is over. Parks or blocks unless it is free or the caller's own.
    ///
    /// - Returns: whether it was taken.
    @available(*, noasync)
    public func acquire(timeout: Duration?) throws -> Bool {
        let me = LockOwner.current
        if takeAgain(me) { return true }
        guard try semaphore.acquire(timeout: timeout) else { return false }
        take(me)
        return true
    }

    /// Takes it if it is free or the caller's own; never parks or blocks.
    public func acquireNoWait() -> Bool {
        let me = LockOwner.current
        if takeAgain(me) { return true }
        guard semaphore.acquireNoWait() else { return false }
        take(me)
        return true
    }

    private func takeAgain(_ me: LockOwner) -> Bool {
        holding.withLock { holding in
            guard holding.owner === me else { return false }
            holding.depth += 1
            return true
        }
    }

    private func take(_ me: LockOwner) {
        holding.withLock { holding in
            holding.owner = me
            holding.depth = 1
        }
    }

    /// Gives it back, as often as it was taken; never parks. Another's lock stops the program.
    public func release() {
        let me = LockOwner.current
        let isFree = holding.withLock { holding in
            require(holding.owner === me, "cannot release un-acquired lock")
            holding.depth -= 1
            if holding.depth == 0 { holding.owner = nil }
            return holding.depth == 0
        }
        if isFree { semaphore.release() }
    }

    /// Runs `body` with the lock. Parks or blocks until the caller has it.
    @available(*, noasync)
    public func withLock<R: ~Copyable>(_ body: () throws -> R) throws -> R {
        try acquire()
        defer { release() }
        return try body()
    }
}

/// Who holds a lock: a greenlet, or a thread's own stack, with a hub or without. An object, so that a later greenlet or
/// thread in the same place is not taken for it.
private final class LockOwner: Sendable {
    private static let greenlets = GreenletLocal { LockOwner() }

    static var current: LockOwner {
        guard let core = HubCore.existing, core.pointee.current != core.pointee.mainBlock else { return ofThread }
        return greenlets.value
    }

    private static var ofThread: LockOwner {
        if let known = pthread_getspecific(key) {
            // Safe: the thread's retain, below.
            return Unmanaged<LockOwner>.fromOpaque(known).takeUnretainedValue()
        }
        let made = LockOwner()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { pointer in
            // Safe: the retain of `ofThread`; pthread has set the key's value to nil.
            if let pointer { Unmanaged<LockOwner>.fromOpaque(pointer).release() }
        }
        return key
    }()
}
