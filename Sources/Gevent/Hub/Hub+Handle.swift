internal import EventLoop

extension Hub {
    /// A hub as other threads may hold it.
    public struct Handle: Sendable {
        let mailbox: Mailbox

        /// Runs `body` on the hub soon. It must not park: spawn from it what has to wait. Dropped if the hub is gone.
        /// From any thread; never parks. gevent's `run_callback_threadsafe`.
        public func post(_ body: @escaping @Sendable () -> Void) { _ = mailbox.post(body) }

        /// Runs `body` on the hub soon; from the hub's own thread without a wake-up.
        package func runSoon(_ body: @escaping @Sendable () -> Void) {
            if let core = coreHere {
                core.pointee.hub.takeUnretainedValue().runCallback(body)
            } else {
                post(body)
            }
        }

        /// Whether both are of one hub.
        package func isSame(as other: Hub.Handle) -> Bool { mailbox === other.mailbox }

        /// Has `body` let go of what belongs to the hub: there, soon, or once it is gone. From any thread; never parks.
        package func release(_ body: @escaping @Sendable () -> Void) { mailbox.release(body) }

        /// Runs `body` in a greenlet of the hub and gives what it gives.
        ///
        /// The caller's priority and task-locals are those of the greenlet. Cancelling the task kills the greenlet with a
        /// `GreenletExit`; a hub that is gone, or goes meanwhile, throws `HubDestroyed`, even where the closure ignores
        /// that and never returns. In a task that runs on the hub
        /// already (see `HubThread.enqueue(_:)`) the greenlet is the one that the task runs in: that costs next to nothing.
        public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
            if isHere {
                if Task.isCancelled { throw GreenletExit() }
                let call = Call()
                let result = try await withTaskCancellationHandler {
                    // Not where the task has left the hub since it looked.
                    isHere ? try call.carryOut(body) : nil
                } onCancel: {
                    post { call.interrupt(GreenletExit()) }
                }
                if let result { return result }
            }
            let reply = HandOver<Swift.Result<Result, any Error>>.toTask()
            let job = PostedJob(self) { _ = reply.give(.failure($0)) }
            // A task of its own: that is what hands the caller's priority and task-locals on, by public means.
            let task = Task<Void, Never>(executorPreference: job) {
                _ = reply.give(Swift.Result { try job.call.carryOut(body) })
            }
            return try await withTaskCancellationHandler {
                try await reply.value().get()
            } onCancel: {
                task.cancel()
                post { job.call.interrupt(GreenletExit()) }
            }
        }

        /// The hub's core, on the hub's thread while it is the current one.
        var coreHere: Core? {
            guard let core = HubCore.existing else { return nil }
            return core.pointee.hub._withUnsafeGuaranteedRef { $0.handle.mailbox === mailbox } ? core : nil
        }

        /// Whether a greenlet of the hub is running. Not inlined: no look at the thread's words may move across an `await`.
        @inline(never)
        fileprivate var isHere: Bool { coreHere.map { $0.pointee.current != $0.pointee.hubBlock } ?? false }
    }

    func receivePosts() {
        // Each is an entry of its own: it runs in its turn, and what it throws away cannot park.
        for post in handle.mailbox.takeAll() { runCallback(post) }
    }
}

/// The executor of one task that is to run, from beginning to end, in one greenlet of another thread's hub.
private final class PostedJob: TaskExecutor {
    let call = Call()
    private let handle: Hub.Handle
    private let onFailure: @Sendable (any Error) -> Void

    /// - Parameter onFailure: called, once, where the task's body does not run, or never ends.
    init(_ handle: Hub.Handle, _ onFailure: @escaping @Sendable (any Error) -> Void) {
        self.handle = handle
        self.onFailure = onFailure
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let run: @Sendable () -> Void = { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        handle.start(
            HubJob(
                run: run,
                refuse: { error in
                    // Run all the same, or its task would never end; but not the body.
                    self.call.interrupt(error)
                    run()
                }, abandon: onFailure))
    }
}

/// A call of `run`. Cancelling it interrupts the greenlet that carries it out while that does so, and nothing else.
private final class Call: @unchecked Sendable {
    // Unchecked: used on the hub's thread only, and where there is none any more; the cancellation handler, which may be
    // called elsewhere, holds it.
    private var greenlet: AnyGreenlet?
    private var refusal: (any Error)?

    func carryOut<Result>(_ body: () throws -> Result) throws -> Result {
        if let refusal { throw refusal }
        greenlet = .current
        // A cancellation on its way finds nothing to interrupt: it must not hit what the task does next.
        defer { greenlet = nil }
        return try body()
    }

    /// On the hub. Delivered there and then: the greenlet is parked in the body, or on its way back to it.
    func interrupt(_ error: any Error) {
        refusal = error
        greenlet?.deliver(error, atFront: true)
    }
}
