/// Whose it is, and which one runs.
extension AnyGreenlet {
    /// The hub it belongs to. To be asked on that hub's thread, while it is there: elsewhere the program stops.
    public final var hub: Hub {
        guard core.isOfThisThread else { core.wrongThread() }
        return core.pointee.hub.takeUnretainedValue()
    }

    /// The greenlet that runs now; the main one on a thread's own stack. gevent's `getcurrent()`.
    public static var current: AnyGreenlet {
        // Safe: retained from its start to its end, and it is running.
        currentReference(HubCore.current).takeUnretainedValue()
    }

    /// The same, not retained.
    static func currentReference(_ core: Core) -> Unmanaged<AnyGreenlet> {
        guard let greenlet = core.pointee.current.pointee.greenlet else {
            fatalError("no greenlet is current while one ends")
        }
        return greenlet
    }
}
