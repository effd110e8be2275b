extension Hub {
    /// Waits until nothing is left that could ever wake a greenlet, or `timeout` is over. Parks the main greenlet, and
    /// may be called there only: elsewhere it throws `InvalidThreadUseError`. gevent's `hub.join`, `gevent.wait()`.
    ///
    /// - Returns: true if the hub ran dry, false if the time was over.
    @available(*, noasync) @discardableResult
    public func join(timeout: Duration? = nil) throws -> Bool {
        checkThread()
        guard core.pointee.current == core.pointee.mainBlock else {
            throw InvalidThreadUseError(description: "Hub.join is for the thread's main greenlet")
        }
        core.pointee.isJoining = true
        core.pointee.ranDry = false
        defer { core.pointee.isJoining = false }
        guard let timeout else {
            _ = try park(core, .other)
            return core.pointee.ranDry
        }
        // The timer that ends the wait is not one to wait for.
        let waker = Timeout(after: timeout)
        waker.keepsLoopAlive = false
        waker.start()
        defer { waker.close() }
        do {
            _ = try park(core, .other)
        } catch let caught as Timeout where caught === waker {
            return false
        }
        return core.pointee.ranDry
    }
}
