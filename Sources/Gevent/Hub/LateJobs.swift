internal import EventLoop

/// The jobs that a hub thread was given after its end. They are kept until the thread is through with its last greenlet,
/// so that no two jobs of an actor ever run at once, and then run in order, one at a time.
final class LateJobs: Sendable {
    /// nil once they may run.
    private let waiting = Lock<[@Sendable () -> Void]?>([])
    private let workers = WorkerThreads(limit: 1, idleTimeout: .zero)

    /// Runs the job in its turn.
    func run(_ job: @escaping @Sendable () -> Void) {
        let mayRun = waiting.withLock { jobs in
            jobs?.append(job)
            return jobs == nil
        }
        if mayRun { enqueue(job) }
    }

    /// The hub thread is through.
    func open() {
        let jobs = waiting.withLock { jobs in
            defer { jobs = nil }
            return jobs ?? []
        }
        for job in jobs { enqueue(job) }
    }

    private func enqueue(_ job: @escaping @Sendable () -> Void) {
        if let failure = workers.enqueue(0, job) { fatalError("No thread for a stopped hub's tasks: \(failure)") }
    }
}
