internal import EventLoop

/// What `onSignal` gives; it goes on until cancelled, held or not.
public final class SignalHandler {
    fileprivate var watch: SignalWatch?
    private let hub: Hub

    fileprivate init(_ hub: Hub) { self.hub = hub }

    /// Whether waiting for the signal keeps the hub from running dry, and virtual time from jumping. False by default.
    /// gevent's `ref`.
    public var keepsLoopAlive = false {
        didSet {
            hub.checkThread()
            if watch == nil { keepsLoopAlive = false }
            guard keepsLoopAlive != oldValue else { return }
            if keepsLoopAlive { hub.loop.retainExternal() } else { hub.loop.releaseExternal() }
        }
    }

    /// No more calls. Idempotent.
    public func cancel() {
        hub.checkThread()
        keepsLoopAlive = false
        watch?.cancel()
        watch = nil
        hub.signalHandlers.removeAll { $0 === self }
    }
}

@available(*, unavailable) extension SignalHandler: Sendable {}

/// Runs `handler` in a new greenlet each time the signal arrives, until the handler is cancelled. gevent's
/// `signal_handler`.
///
/// An error that the handler throws is reported and then thrown into the hub's main greenlet, where it waits or waits next:
/// a handler may end what the program does. A signal belongs to one hub of the process. Waiting for signals alone does not keep a hub from being run dry, unless
/// `keepsLoopAlive` is set.
@discardableResult
public func onSignal(_ signal: Int32, _ handler: @escaping () throws -> Void) -> SignalHandler {
    let hub = Hub.current
    let made = SignalHandler(hub)
    // Safe: the watch ends with the hub at the latest.
    made.watch = hub.loop.watchSignal(signal) { [unowned hub] in
        RawGreenlet(.signal) {
            do { try handler() } catch { hub.report(error, .signal) }
        }.start()
    }
    hub.signalHandlers.append(made)
    return made
}
