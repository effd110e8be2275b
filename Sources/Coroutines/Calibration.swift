package import CCoroutine
import Glibc

/// Finds, once a process, where the Swift runtime keeps what it remembers of a thread.
///
/// The runtime's exclusivity list, current task and task-locals are words in thread-local memory. A stack that is
/// switched away must take its own along, else two greenlets see each other's task-locals and each access walks the
/// parked ones' list. No project before has handled this; the words have no public address, so they are found by
/// watching which ones change. All of it runs on a thread of its own, where nothing else is going on.
package enum Calibration {
    @TaskLocal private static var probe = 0

    /// Whether each word was found: accesses, and the three of tasks and task-locals.
    package static let outcome: (accesses: Bool, tasks: Bool) = {
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { _ in
                Calibration.run()
                return nil
            }, nil)
        if failure == 0 { pthread_join(thread, nil) }
        return (
            cg_is_calibrated(Int32(CG_WORD_ACCESS)),
            cg_is_calibrated(Int32(CG_WORD_TASK)) && cg_is_calibrated(Int32(CG_WORD_EXECUTOR))
                && cg_is_calibrated(Int32(CG_WORD_LOCALS))
        )
    }()

    private static func run() {
        _ = cg_calibrate_access()

        // Outside of a task a task-local binding makes the runtime allocate a storage and remember it. Once before it is
        // watched: linked statically, words of the whole program lie in the same block, and some change at first use.
        $probe.withValue(1) {}
        var found = cg_calibrate_snapshot()
        $probe.withValue(1) { found = found && cg_calibrate_locals() }

        // A task that runs on this very thread: the runtime remembers it, and a record on the stack of its executor.
        let executor = CapturingExecutor()
        Task(executorPreference: executor) { _ = cg_calibrate_task() }
        guard cg_calibrate_snapshot() else { return }
        executor.runCaptured()
    }
}

/// Keeps the one job it is given and runs it when told to, on the caller's thread.
private final class CapturingExecutor: TaskExecutor, @unchecked Sendable {
    // Unchecked: used on the calibration thread only.
    private var job: UnownedJob?

    func enqueue(_ job: consuming ExecutorJob) { self.job = UnownedJob(job) }

    func runCaptured() {
        job?.runSynchronously(on: asUnownedTaskExecutor())
        job = nil
    }
}

/// What a hub's thread needs for switching stacks. One a hub, at a stable address.
package enum ThreadState {
    /// Fills `thread` for the calling thread. `isolatingAccesses: false` leaves all greenlets one access list, in which
    /// an overlapping access by two of them ends the program: a detector of conflicts.
    package static func prepare(_ thread: UnsafeMutablePointer<cg_thread>, isolatingAccesses: Bool) {
        _ = Calibration.outcome
        guard cg_can_switch() else {
            fatalError("This thread has a hardware shadow stack, which stack switching cannot follow. Run without it.")
        }
        cg_thread_prepare(thread, isolatingAccesses)
        cg_overflow_install(thread)
    }
}
