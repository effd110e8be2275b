/// A flag that greenlets wait for. gevent's `Event`.
public final class Event: Waitable {
    private let core = HubCore.current
    private let lot: WaitLot
    /// Whether the flag is set.
    public private(set) var isSet = false

    /// A flag that is not set.
    public init() { lot = WaitLot(core, .event) }

    /// The same as `isSet`.
    public var isReady: Bool { isSet }

    /// Sets the flag and wakes, in their order, all that wait now, even if it is cleared before they run. Never parks.
    public func set() {
        core.checkThread()
        isSet = true
        lot.notifyAll(self)
    }

    /// Clears the flag: later waits park. Never parks.
    public func clear() {
        core.checkThread()
        isSet = false
    }

    /// Waits until the flag is set, or `timeout` is over. Parks the calling greenlet, unless the flag is set: then it
    /// goes on at once, or, if some who waited are still to be woken, behind them.
    ///
    /// - Returns: whether the flag was set; never throws the timeout.
    @available(*, noasync) @discardableResult
    public func wait(timeout: Duration? = nil) throws -> Bool {
        core.checkThread()
        if isSet {
            try lot.waitBehindOthers()
            return true
        }
        return try lot.wait(until: deadline(core, timeout))
    }

    /// Adds a link; it is called soon if the flag is set.
    public func attach(_ link: Link) {
        core.checkThread()
        link.attach(to: lot)
        if isSet { lot.notifyAll(self) }
    }

    /// Takes a link away; nothing happens if it is not there.
    public func unlink(_ link: Link) { link.cancel() }
}

@available(*, unavailable) extension Event: Sendable {}
