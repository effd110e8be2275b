/// A task that carries its starter's task-locals into a greenlet, which then runs as that task's one job.
///
/// The runtime has no public way to copy task-locals but to make a task, so one is made; its job is kept here and run
/// on the greenlet's stack. It costs about a microsecond, and is done only where there is something to inherit.
final class InheritingJob {
    // Fidelity: gevent's new greenlets inherit no contextvars.
    private let executor = Executor()

    /// Makes the task; nothing runs yet.
    init(_ greenlet: AnyGreenlet) {
        executor.greenlet = greenlet
        Task<Void, Never>(executorPreference: executor) { [executor] in executor.runGreenlet() }
    }

    /// Runs the greenlet's body as the task's job, on the calling stack.
    func run() { executor.runJob() }

    /// Lets the task end without having run the body.
    func abandon() {
        executor.greenlet = nil
        executor.runJob()
    }

    private final class Executor: TaskExecutor, @unchecked Sendable {
        // Unchecked: made, used and run on one hub's thread.
        var greenlet: AnyGreenlet?
        private var job: UnownedJob?

        func enqueue(_ job: consuming ExecutorJob) { self.job = UnownedJob(job) }

        func runJob() {
            let job = self.job
            self.job = nil
            job?.runSynchronously(on: asUnownedTaskExecutor())
        }

        func runGreenlet() {
            let greenlet = self.greenlet
            self.greenlet = nil
            greenlet?.runBody()
        }
    }
}
