/// A value, or an error, that comes later; greenlets wait for it. gevent's `AsyncResult`.
public final class AsyncResult<Value>: Waitable {
    private let core = HubCore.current
    private let lot: WaitLot
    /// The value, once it was set.
    public private(set) var value: Value?
    /// The error, once it was set.
    public private(set) var error: (any Error)?

    /// One that is not set.
    public init() { lot = WaitLot(core, .result) }

    /// Whether a value or an error was set.
    public var isReady: Bool { value != nil || error != nil }

    /// Whether a value was set.
    public var isSuccessful: Bool { value != nil }

    /// Sets the value, again if need be, and wakes all that wait. Never parks.
    public func set(_ value: Value) {
        core.checkThread()
        self.value = .some(value)
        lot.notifyAll(self)
    }

    /// Sets the error and wakes all that wait. Never parks. gevent's `set_exception`.
    public func setError(_ error: any Error) {
        core.checkThread()
        self.error = error
        lot.notifyAll(self)
    }

    /// Waits for the value. Parks the calling greenlet unless it is there.
    ///
    /// Throws the error that was set (if no value was), or a `Timeout` when `timeout` is over.
    @available(*, noasync)
    public func get(timeout: Duration? = nil) throws -> Value {
        core.checkThread()
        // Fidelity: set in the moment in which the time is over, it has been set.
        if !isReady, try !lot.wait(until: deadline(core, timeout)), !isReady { throw Timeout(after: timeout) }
        return try getNoWait()
    }

    /// The value; throws the error that was set, or a `Timeout` without a delay if nothing was.
    public func getNoWait() throws -> Value {
        if let value { return value }
        throw error ?? Timeout(after: nil)
    }

    /// Waits until something was set, or `timeout` is over; throws neither. Parks the calling greenlet.
    ///
    /// - Returns: the value, nil if an error was set or the time is over.
    @available(*, noasync) @discardableResult
    public func wait(timeout: Duration? = nil) throws -> Value? {
        core.checkThread()
        if isReady { try lot.waitBehindOthers() } else { _ = try lot.wait(until: deadline(core, timeout)) }
        return value
    }

    /// Adds a link; it is called soon if something was set.
    public func attach(_ link: Link) {
        core.checkThread()
        link.attach(to: lot)
        if isReady { lot.notifyAll(self) }
    }

    /// Takes a link away; nothing happens if it is not there.
    public func unlink(_ link: Link) { link.cancel() }
}

extension AsyncResult where Value == Void {
    /// Makes it ready, for one without a value.
    public func set() { set(()) }
}

@available(*, unavailable) extension AsyncResult: Sendable {}
