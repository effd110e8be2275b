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
        /// that and never returns; one that could not be made throws `HubUnavailable`. In a task that runs on the hub
        /// already (see `HubThread.enqueue(_:)`) the greenlet is the one that the task runs in: that costs next to nothing.
        public func run<Result: Sendable>(
            _ body: @escaping @Sendable () throws -> Result, file: StaticString = #fileID, line: UInt = #line
        ) async throws -> Result {
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
            let job = PostedJob<Result>(self, at: Site(file, line))
            // A task of its own: that is what hands the caller's priority and task-locals on, by public means.
            let task = Task<Void, Never>(executorPreference: job) {
                _ = job.reply.give(Swift.Result { try job.carryOut(body) })
            }
            return try await withTaskCancellationHandler {
                try await job.reply.value().get()
            } onCancel: {
                task.cancel()
                post { job.interrupt(GreenletExit()) }
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

/// A call of `run`. Cancelling it interrupts the greenlet that carries it out while that does so, and nothing else.
private class Call: @unchecked Sendable {
    // Unchecked: used on the hub's thread only, and where there is none any more; the cancellation handler, which may be
    // called elsewhere, holds it.
    private var greenlet: AnyGreenlet?
    private var refusal: (any Error)?

    final func carryOut<Result>(_ body: () throws -> Result) throws -> Result {
        if let refusal { throw refusal }
        greenlet = .current
        // A cancellation on its way finds nothing to interrupt: it must not hit what the task does next.
        defer { greenlet = nil }
        return try body()
    }

    /// On the hub. Delivered there and then: the greenlet is parked in the body, or on its way back to it.
    final func interrupt(_ error: any Error) {
        refusal = error
        greenlet?.deliver(error, atFront: true)
    }
}

/// A call that comes from elsewhere, and the executor of its task, which runs from beginning to end in one greenlet.
private final class PostedJob<Result: Sendable>: Call, TaskExecutor, HubJob, @unchecked Sendable {
    // Unchecked: `job` is written before it is handed over.
    let reply = HandOver<Swift.Result<Result, any Error>>.toTask()
    private let handle: Hub.Handle
    let site: Site?
    private var job: UnownedJob?

    init(_ handle: Hub.Handle, at site: Site) {
        self.handle = handle
        self.site = site
    }

    func enqueue(_ job: consuming ExecutorJob) {
        self.job = UnownedJob(job)
        handle.start(self)
    }

    func run() { job?.runSynchronously(on: asUnownedTaskExecutor()) }

    /// Runs all the same, or its task would never end; but not the body.
    func refuse(_ error: any Error) {
        interrupt(error)
        run()
    }

    func abandon(_ error: HubDestroyed) { _ = reply.give(.failure(error)) }
}
