internal import EventLoop

extension Hub {
    /// A hub as other threads may hold it.
    public struct Handle: Sendable {
        let mailbox: Mailbox

        /// Runs `body` on the hub soon. It must not park: spawn from it what has to wait. Dropped if the hub is gone.
        /// From any thread; never parks. gevent's `run_callback_threadsafe`.
        public func post(_ body: @escaping @Sendable () -> Void) { _ = mailbox.post(body) }

        /// Has `body` let go of what belongs to the hub: there, soon, or once it is gone. From any thread; never parks.
        package func release(_ body: @escaping @Sendable () -> Void) { mailbox.release(body) }

        /// Runs `body` in a greenlet of the hub and gives what it gives.
        ///
        /// The caller's priority and task-locals are those of the greenlet. Cancelling the task kills the greenlet with a
        /// `GreenletExit`; a hub that is gone, or goes meanwhile, throws `HubDestroyed`, one that could not be made
        /// `HubUnavailable`. In a task that runs on the hub already (see `HubThread.enqueue(_:)`) the greenlet is the one
        /// that the task runs in: that costs next to nothing.
        public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
            if isHere {
                if Task.isCancelled { throw GreenletExit() }
                let inlay = Inlay()
                let result = try await withTaskCancellationHandler {
                    try inlay.run(self, body)
                } onCancel: {
                    post { inlay.cancel() }
                }
                if let result { return result }
            }
            let job = PostedJob(mailbox)
            // A task of its own: that is what hands the caller's priority and task-locals on, by public means.
            let task = Task<Result, any Error>(executorPreference: job) {
                if let refusal = job.refusal { throw refusal }
                return try body()
            }
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
                job.cancel()
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
private final class PostedJob: TaskExecutor, @unchecked Sendable {
    // Unchecked: `refusal` is written before the job runs and read by it; `state` has its lock; the greenlet is touched
    // on its hub's thread only.
    private struct State {
        var isCancelled = false
        nonisolated(unsafe) var greenlet: AnyGreenlet?
    }

    private let mailbox: Mailbox
    /// Why the job is to end at once.
    private(set) var refusal: (any Error)?
    private let state = Lock(State())

    init(_ mailbox: Mailbox) { self.mailbox = mailbox }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let accepted = mailbox.post {
            let greenlet = JobGreenlet(job, self)
            let isCancelled = self.state.withLock { state in
                state.greenlet = greenlet
                return state.isCancelled
            }
            if isCancelled { greenlet.killNoWait() } else { greenlet.start() }
        }
        if !accepted { refuse(job, mailbox.refusal) }
    }

    /// Runs the job so that it ends at once, where it was never to run.
    func refuse(_ job: UnownedJob, _ error: any Error) {
        refusal = error
        job.runSynchronously(on: asUnownedTaskExecutor())
    }

    func didEnd() { state.withLock { $0.greenlet = nil } }

    func cancel() {
        _ = mailbox.post {
            let greenlet = self.state.withLock { state in
                state.isCancelled = true
                return state.greenlet
            }
            greenlet?.killNoWait()
        }
    }
}

/// The greenlet under `Hub.Handle.run`.
private final class JobGreenlet: AnyGreenlet {
    private let job: UnownedJob
    private let executor: PostedJob

    init(_ job: UnownedJob, _ executor: PostedJob) {
        self.job = job
        self.executor = executor
        super.init()
    }

    override func execute() throws {
        job.runSynchronously(on: executor.asUnownedTaskExecutor())
        executor.didEnd()
    }

    override func neverRan() {
        executor.refuse(job, failure ?? GreenletExit())
        executor.didEnd()
    }
}

/// A `run` within the greenlet that a task of the hub runs in already.
private final class Inlay: @unchecked Sendable {
    // Unchecked: used on the hub's thread only; the cancellation handler, which may be called elsewhere, holds it.
    private var greenlet: AnyGreenlet?
    private var isCancelled = false

    /// nil, and nothing is done, where the task has left the hub since it looked.
    func run<Result>(_ handle: Hub.Handle, _ body: () throws -> Result) throws -> Result? {
        guard handle.isHere else { return nil }
        if isCancelled { throw GreenletExit() }
        greenlet = .current
        // A cancellation on its way finds nothing to interrupt: it must not hit what the task does next.
        defer { greenlet = nil }
        return try body()
    }

    /// On the hub. Delivered there and then: the greenlet is parked in the body, or on its way back to it.
    func cancel() {
        isCancelled = true
        greenlet?.deliver(GreenletExit(), atFront: true)
    }
}
