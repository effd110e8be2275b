extension Hub {
    /// A callback that is to run on the hub.
    public final class Callback {
        fileprivate var body: (() throws -> Void)?
        private let core: Core

        fileprivate init(_ core: Core, _ body: @escaping () throws -> Void) {
            self.core = core
            self.body = body
        }

        /// Whether it is still to run.
        public var isPending: Bool { body != nil }

        /// Keeps it from running. Nothing happens if it has run.
        public func cancel() {
            core.checkThread()
            body = nil
        }
    }

    /// Runs `callback` on the hub soon, after what is runnable now. It must not park; an error is reported. gevent's
    /// `run_callback`.
    @discardableResult
    public func runCallback(_ callback: @escaping () throws -> Void) -> Callback {
        checkThread()
        let callback = Callback(core, callback)
        core.pointee.push(CallbackEntry(callback))
        return callback
    }

    private final class CallbackEntry: QueueEntry {
        private let callback: Callback

        init(_ callback: Callback) { self.callback = callback }

        override func run(_ core: Core, onHub: Bool) -> Bool {
            guard onHub else { return false }
            guard let body = callback.body else { return true }
            callback.body = nil
            do {
                try body()
            } catch {
                core.pointee.hub.takeUnretainedValue().report(error, .callback)
            }
            return true
        }
    }
}

@available(*, unavailable) extension Hub.Callback: Sendable {}

/// What a hub owns and ends with itself: its thread pool.
protocol HubResource: AnyObject {
    /// On the hub's thread, while it is torn down.
    func hubWillClose()
}
