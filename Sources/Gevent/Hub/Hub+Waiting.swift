internal import EventLoop

extension Hub {
    /// Parks the calling greenlet as `parkCurrent` does, for what another thread brings: meanwhile the hub does not take
    /// itself for one that nothing can wake.
    package static func parkForOtherThread(until end: Int64?) throws -> Bool {
        let loop = HubCore.current.pointee.hub.takeUnretainedValue().loop
        loop.retainExternal()
        defer { loop.releaseExternal() }
        return try parkCurrent(until: end)
    }
}

extension Hub.Handle {
    /// Whether both are of one hub.
    package func isSame(as other: Hub.Handle) -> Bool { mailbox === other.mailbox }

    /// Runs `body` on the hub soon; from the hub's own thread without a wake-up.
    package func runSoon(_ body: @escaping @Sendable () -> Void) {
        let hub = HubCore.existing?.pointee.hub.takeUnretainedValue()
        if let hub, hub.handle.isSame(as: self) { hub.runCallback(body) } else { post(body) }
    }
}
