internal import EventLoop

/// What the modules above need of the loop's time and the running hub, without a retain.
extension Hub {
    /// The loop's time as it was when the turn began, or when anybody last read the clock: costs a load.
    package static var cachedTime: Int64 {
        HubCore.current.pointee.loop._withUnsafeGuaranteedRef { $0.now }
    }

    /// The loop's time, read from the clock.
    package static var freshTime: Int64 {
        HubCore.current.pointee.loop._withUnsafeGuaranteedRef { $0.updateNow() }
    }

    /// Whether this is the calling thread's hub now. Makes none.
    package var isCurrent: Bool { HubCore.existing == core }
}
