internal import EventLoop
internal import Glibc

/// Makes a child process that is a copy of this one: `fork(2)`, with the hub made usable in the child. Never parks.
/// gevent's `fork` and `reinit`.
///
/// ```swift
/// let child = try forkProcess()
/// if child == 0 {
///     _exit(work())
/// }
/// let status = try waitForProcess(child)
/// ```
///
/// What the child has:
///
/// * The calling thread only, with its hub, all its greenlets (the calling one goes on, the others when it parks), its
///   timers and its callbacks. Hubs of other threads are gone: a `post` to one is dropped.
/// * A poller, a timer and a wake-up of its own. What the parent waits for stays as it is.
/// * Every open descriptor, **shared with the parent**: greenlets that were reading from a socket go on doing so in both
///   processes and take each other's data. So leave with `_exit` or `exec` as soon as you can, without parking, or kill
///   or close first what is the parent's. The library itself writes nothing on them: closing a TLS socket sends no end
///   mark here, and connection pools start empty.
/// * No worker threads: what a `ThreadPool` or `awaitTask` was working on fails there with `LostInFork`; new work gets new
///   threads. Swift's own concurrency (tasks, actors) does not work in a child. What another thread held of a
///   `SharedSemaphore` or `SharedLock` it never gives back there.
///
/// A process with more threads than this one may hold locks of the system's, of Swift's runtime or of a library in one
/// of them at that moment, which the child can never take: there, only what `signal-safety(7)` allows is safe. To run
/// another program use `Subprocess`, which has none of these limits. Leave by `_exit`: `exit` would run the parent's
/// exit handlers and write its buffered output once more.
///
/// - Returns: 0 in the child, the child's process identifier in the parent.
@available(*, noasync)
public func forkProcess() throws -> Int32 {
    let hub = Hub.current
    hub.rehearseFork()
    let result = hub.handle.mailbox.withPostsHeld { Hub.withDefaultsHeld { ForkCounter.fork() } }
    if result < 0 { throw OSError("fork", errno: errno) }
    guard result == 0 else { return result }
    // Those that this one stands in for (virtual time) notice when they poll next.
    var core: Core? = hub.core
    while let current = core {
        current.pointee.hub.takeUnretainedValue().handle.mailbox.renew()
        core = current.pointee.hub.takeUnretainedValue().outer
    }
    hub.loop.noticeFork()
    return 0
}

extension Hub {
    /// In a forked child.
    func didFork() {
        leaveMainQueue()
        handle.mailbox.renew()
        runForkHandlers()
        // What was done before the fork and only has to be told first.
        receivePosts()
        runCallback { [unowned self] in external.loseParents() }
    }
}
