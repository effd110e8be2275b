/// A hub thread as the executor of actors and tasks, so that an actor's state and the greenlets that use it live on one
/// thread.
///
/// ```swift
/// actor Registrar {
///     private let hub: HubThread
///     nonisolated var unownedExecutor: UnownedSerialExecutor { hub.asUnownedSerialExecutor() }
/// }
/// Task(executorPreference: hub) { try await registrar.renew("example.gov") }
/// ```
///
/// Each job (what an async function does between two suspensions) runs in a greenlet of its own, in the order in which
/// they were enqueued, whatever their priority. A job may park as any greenlet may, in a synchronous call. Parking is to
/// an actor what `await` is: meanwhile other jobs and greenlets of the hub run and may change the actor's state.
///
/// A job that comes after the thread was stopped runs all the same, else its task would never end: those jobs run one at
/// a time, on another thread, where pools and sockets of the hub are gone. Only a job that ignores every kill when the hub
/// ends, and never returns, never ends its task.
///
/// Rejected: letting a job that parks hold up the others, as a serial queue would. An actor that waits for a socket would
/// then stop all actors of its hub, and deadlock where two wait for each other.
extension HubThread: SerialExecutor, TaskExecutor {
    /// Has a task's job run in a greenlet of the hub. Called by Swift's runtime, from any thread; never parks.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.enqueue { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// What runs the jobs of actors; good as long as the thread object lives, which the actor must hold.
    ///
    /// Another object than the one for tasks: run by the same one, a task outside of all actors would count as isolated,
    /// and have to make way at each call.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: serialExecutor) }

    /// Stops the program unless the calling thread is the hub's: what `assumeIsolated` asks. It passes in every greenlet
    /// of the hub, whoever spawned it.
    public func checkIsolated() { serialExecutor.checkIsolated() }

    /// Whether the calling thread is the hub's.
    public func isIsolatingCurrentContext() -> Bool? { serialExecutor.isIsolatingCurrentContext() }
}

/// Runs the jobs of actors on a hub.
final class HubSerialExecutor: SerialExecutor {
    private let jobs: HubJobs

    init(_ jobs: HubJobs) { self.jobs = jobs }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.enqueue { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        require(jobs.handle.coreHere != nil, "this is not the thread of the hub that the actor runs on")
    }

    func isIsolatingCurrentContext() -> Bool? { jobs.handle.coreHere != nil }
}

/// Has jobs run in greenlets of a hub, or late.
struct HubJobs: Sendable {
    let handle: Hub.Handle
    let late: LateJobs

    /// From any thread.
    func enqueue(_ run: @escaping @Sendable () -> Void) { handle.start(Job(run, self)) }

    /// It must run, or its task never ends.
    private final class Job: HubJob {
        private let body: @Sendable () -> Void
        private let jobs: HubJobs

        init(_ body: @escaping @Sendable () -> Void, _ jobs: HubJobs) {
            self.body = body
            self.jobs = jobs
        }

        func run() { body() }

        func refuse(_ error: any Error) {
            guard let core = jobs.handle.coreHere, !core.pointee.isTearingDown else { return jobs.late.run(body) }
            core.pointee.hub.takeUnretainedValue().runCallback(body)
        }

        func abandon(_ error: HubDestroyed) {}
    }
}
