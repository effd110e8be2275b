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

/// The greenlet that runs and where it stands, found in one call, for code that asks often.
package struct RunningGreenlet {
    /// Itself.
    // Safe: not retained, since the hub retains a greenlet from its first turn to its end, and this value stays on its
    // stack.
    package let reference: Unmanaged<AnyGreenlet>
    /// Which one it is.
    package let identity: ObjectIdentifier
    /// Its hub.
    package let hub: ObjectIdentifier
    /// How often an error from outside was thrown into it.
    package let interruptionCount: Int32
    /// `Hub.cachedTime`.
    package let cachedTime: Int64

    private init(_ core: Core, _ reference: Unmanaged<AnyGreenlet>) {
        self.reference = reference
        (identity, interruptionCount) = reference._withUnsafeGuaranteedRef {
            (ObjectIdentifier($0), $0.interruptionCount)
        }
        hub = core.pointee.hub._withUnsafeGuaranteedRef { ObjectIdentifier($0) }
        cachedTime = core.pointee.loop._withUnsafeGuaranteedRef { $0.now }
    }

    /// The one that runs now.
    package static var current: RunningGreenlet {
        let core = HubCore.current
        guard let reference = core.pointee.current.pointee.greenlet else {
            fatalError("no greenlet is current while one ends")
        }
        return RunningGreenlet(core, reference)
    }

    /// `interruptionCount` as it is by now.
    package var interruptionCountNow: Int32 { reference._withUnsafeGuaranteedRef { $0.interruptionCount } }
}
