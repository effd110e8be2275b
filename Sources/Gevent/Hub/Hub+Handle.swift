internal import EventLoop

extension Hub {
    /// A hub as other threads may hold it.
    public struct Handle: Sendable {
        let mailbox: Mailbox

        /// Runs `body` on the hub soon. It must not park: spawn from it what has to wait. Dropped if the hub is gone.
        /// From any thread; never parks. gevent's `run_callback_threadsafe`.
        public func post(_ body: @escaping @Sendable () -> Void) { _ = mailbox.post(body) }

        /// Runs `body` in a greenlet of the hub and gives what it gives.
        ///
        /// The caller's task-locals are visible inside. Cancelling the task kills the greenlet with a `GreenletExit`;
        /// a hub that is gone, or goes meanwhile, throws `HubDestroyed`.
        public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
            let job = PostedJob(mailbox)
            // A task of its own: that is what hands the caller's task-locals on, by public means.
            let task = Task<Result, any Error>(executorPreference: job) {
                guard job.isAccepted else { throw HubDestroyed("the hub is gone") }
                return try body()
            }
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
                job.cancel()
            }
        }
    }

    func receivePosts() {
        // Each is an entry of its own: it runs in its turn, and what it throws away cannot park.
        for post in handle.mailbox.takeAll() { runCallback(post) }
    }
}

/// The executor of one task that is to run, from beginning to end, in one greenlet of another thread's hub.
private final class PostedJob: TaskExecutor, @unchecked Sendable {
    // Unchecked: `isAccepted` is written before the job runs and read by it; `state` has its lock; the greenlet is
    // touched on its hub's thread only.
    private struct State {
        var isCancelled = false
        nonisolated(unsafe) var greenlet: AnyGreenlet?
    }

    private let mailbox: Mailbox
    private(set) var isAccepted = true
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
        if !accepted { refuse(job) }
    }

    /// Runs the job so that it ends at once, where it was never to run.
    func refuse(_ job: UnownedJob) {
        isAccepted = false
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
        executor.refuse(job)
        executor.didEnd()
    }
}
