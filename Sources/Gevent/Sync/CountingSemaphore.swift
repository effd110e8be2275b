/// A number of permits. gevent's `Semaphore`; that word is a typealias in Glibc already.
///
/// A release wakes the first waiter, which takes its permit when it runs. A greenlet that acquires before that comes
/// first (gevent's rule): one that never parks between release and acquire can keep the others waiting.
open class CountingSemaphore: Waitable {
    final let core = HubCore.current
    private final let lot: WaitLot
    private final let isUnlimited: Bool

    /// A semaphore with `value` permits, one by default. A negative number stops the program.
    public convenience init(_ value: Int = 1) { self.init(value, isUnlimited: false) }

    init(_ value: Int, isUnlimited: Bool) {
        require(value >= 0, "semaphore initial value must be >= 0, not \(value)")
        self.isUnlimited = isUnlimited
        lot = WaitLot(core, .semaphore)
        lot.permits = value
    }

    /// How many permits are free.
    public final var counter: Int { lot.permits }

    /// Whether an acquire would have to wait. gevent's `locked`.
    public final var isLocked: Bool { counter == 0 && !isUnlimited }

    /// Whether an acquire would not have to wait.
    public final var isReady: Bool { !isLocked }

    /// Takes a permit, waiting for one as long as it takes. Parks the calling greenlet unless one is free.
    @available(*, noasync)
    public final func acquire() throws {
        core.checkThread()
        if takePermit() { return }
        while true {
            _ = try lot.wait()
            if takePermit() { return }
        }
    }

    /// Takes a permit, waiting for one until `timeout` is over. Parks the calling greenlet unless one is free; with
    /// zero it lets the others run once.
    ///
    /// - Returns: whether it was taken.
    @available(*, noasync)
    public final func acquire(timeout: Duration?) throws -> Bool {
        core.checkThread()
        if takePermit() { return true }
        let end = deadline(core, timeout)
        while try lot.wait(until: end) {
            if takePermit() { return true }
        }
        return takePermit()
    }

    /// Takes a permit if one is free; never parks. gevent's `acquire(blocking=False)`.
    public final func acquireNoWait() -> Bool {
        core.checkThread()
        return takePermit()
    }

    private func takePermit() -> Bool {
        if isUnlimited { return true }
        guard lot.permits > 0 else { return false }
        lot.permits -= 1
        return true
    }

    /// Gives a permit back; never parks.
    ///
    /// - Returns: how many are free now.
    @discardableResult
    public final func release() -> Int {
        core.checkThread()
        if isUnlimited { return counter }
        willRelease()
        let permits = counter + 1
        lot.permits = permits
        lot.notifyOpen(self)
        return permits
    }

    /// Bounded ones object here.
    func willRelease() {}

    /// Waits until a permit is free, or `timeout` is over, and takes none. Parks the calling greenlet unless one is.
    ///
    /// - Returns: how many are free.
    @available(*, noasync) @discardableResult
    public final func wait(timeout: Duration? = nil) throws -> Int {
        core.checkThread()
        if isLocked { _ = try lot.wait(until: deadline(core, timeout)) }
        return counter
    }

    /// Runs `body` with a permit. Parks the calling greenlet until one is free. gevent's `with semaphore:`.
    @available(*, noasync)
    public final func withPermit<R: ~Copyable>(_ body: () throws -> R) throws -> R {
        try acquire()
        defer { release() }
        return try body()
    }

    /// Adds a link; it is called soon if a permit is free, and takes none.
    public final func attach(_ link: Link) {
        core.checkThread()
        link.attach(to: lot)
        if isReady { lot.notifyOpen(self) }
    }

    /// Takes a link away; nothing happens if it is not there.
    public final func unlink(_ link: Link) { link.cancel() }
}

@available(*, unavailable) extension CountingSemaphore: Sendable {}

/// A semaphore that can never hold more permits than it began with. gevent's `BoundedSemaphore`.
///
/// One release too many stops the program: it is a mistake in it.
public final class BoundedSemaphore: CountingSemaphore {
    private let bound: Int

    override init(_ value: Int, isUnlimited: Bool) {
        bound = value
        super.init(value, isUnlimited: isUnlimited)
    }

    override func willRelease() {
        require(counter < bound, "Semaphore released too many times")
    }
}

/// A semaphore that never makes anybody wait. gevent's `DummySemaphore`.
public final class DummySemaphore: CountingSemaphore {
    override init(_ value: Int, isUnlimited: Bool) { super.init(value, isUnlimited: true) }
}
