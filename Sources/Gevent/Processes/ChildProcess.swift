internal import EventLoop
internal import Glibc

/// A child of this process that a hub watches until it ends; then it is reaped at once, whoever still has an interest.
///
/// A process descriptor (pidfd, Linux 5.3) becomes readable when the process ends. Rejected: a handler for SIGCHLD, which
/// is the user's, or another library's. Where there is no such descriptor (an older kernel, a filter of system calls,
/// the limit on descriptors), it is asked for with `waitpid` at growing intervals, 1 to 50 ms, as Python does.
///
/// Fidelity: as in gevent a child that runs keeps the loop alive.
package final class ChildProcess {
    let pid: Int32
    let lot: WaitLot
    /// How it ended, once it has.
    private(set) var status: TerminationStatus?
    /// Whom links are told about.
    weak var owner: AnyObject?

    private let core: Core
    private var descriptor: Int32 = -1
    private var watch: IOWatch?
    private var timer: UnsafeMutablePointer<TimerNode>?
    private var interval: Nanoseconds = 1_000_000

    private static let longestInterval: Nanoseconds = 50_000_000
    /// Those whose hub went before they ended.
    private static let orphans = Lock<[Int32]>([])

    /// Begins to watch a child.
    package init(_ pid: Int32, usesDescriptor: Bool = true) {
        self.pid = pid
        core = HubCore.current
        lot = WaitLot(core, .process(pid))
        core.pointee.hub.takeUnretainedValue().children[pid] = self
        if usesDescriptor { descriptor = System.openProcess(pid) }
        if descriptor >= 0 { watchDescriptor() } else { askLater() }
    }

    /// The one with this number, watched already or from now on. Throws where it is no child of this process.
    static func with(_ pid: Int32) throws -> ChildProcess {
        let hub = Hub.current
        if let known = hub.children[pid] { return known }
        var information = siginfo_t()
        guard pid > 0, waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else {
            throw OSError("process \(pid) is no child of this process", errno: ECHILD)
        }
        return ChildProcess(pid)
    }

    private func watchDescriptor() {
        let watch = IOWatch(core.pointee.loop.takeUnretainedValue(), descriptor: descriptor, writable: false)
        // Unowned: the hub holds this object until `end`, which closes the watch.
        watch.onReady = { [unowned self] in reap() }
        watch.arm()
        watch.isAwaited = true
        self.watch = watch
    }

    private func askLater() {
        let loop = core.pointee.loop.takeUnretainedValue()
        let node = UnsafeMutablePointer<TimerNode>.allocate(capacity: 1)
        // Safe: the hub holds this object, and so the payload, until `end` or `hubWillClose`, which cancel the timer.
        node.initialize(
            to: TimerNode(payload: Unmanaged.passUnretained(self).toOpaque()) { node in
                guard let payload = node.assumingMemoryBound(to: TimerNode.self).pointee.payload else { return }
                Unmanaged<ChildProcess>.fromOpaque(payload).takeUnretainedValue().ask()
            })
        timer = node
        // A process takes real time, also where the loop's is virtual.
        loop.retainExternal()
        loop.start(node, at: loop.updateNow() + interval)
    }

    private func ask() {
        reap()
        guard status == nil, let timer else { return }
        interval = min(interval * 2, Self.longestInterval)
        let loop = core.pointee.loop.takeUnretainedValue()
        loop.start(timer, at: loop.updateNow() + interval)
    }

    /// Looks whether it has ended. Never parks.
    func reap() {
        guard status == nil else { return }
        var waitStatus: Int32 = 0
        var result: Int32
        repeat { result = waitpid(pid, &waitStatus, WNOHANG) } while result == -1 && errno == EINTR
        guard result != 0 else { return }
        status = result == pid ? TerminationStatus(waitStatus: waitStatus) : .unknown
        let this = self
        stopWatching()
        core.pointee.hub.takeUnretainedValue().children[pid] = nil
        lot.notifyAll(this.owner ?? this)
    }

    private func stopWatching() {
        watch?.close()
        watch = nil
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if let timer {
            let loop = core.pointee.loop.takeUnretainedValue()
            loop.cancel(timer)
            loop.releaseExternal()
            timer.deallocate()
        }
        timer = nil
    }

    /// Parks the calling greenlet until it has ended (true) or the deadline passes (false).
    package func wait(until deadline: Deadline) throws -> Bool {
        core.checkThread()
        if status == nil { reap() }
        while status == nil {
            guard try lot.wait(until: deadline) else { return status != nil }
        }
        return true
    }

    /// Sends a signal, unless it has ended; never to another process that got its number.
    func send(_ signal: Int32) throws {
        core.checkThread()
        reap()
        guard status == nil else { return }
        let result = descriptor >= 0 ? System.signal(descriptor, signal) : kill(pid, signal)
        guard result == 0 || errno == ESRCH else { throw OSError("signal \(signal) to process \(pid)", errno: errno) }
    }

    func hubWillClose() {
        stopWatching()
        Self.orphans.withLock { $0.append(pid) }
        Self.reapOrphans()
    }

    /// Leaves no zombie of those that nobody watches any longer.
    static func reapOrphans() {
        orphans.withLock { $0.removeAll { waitpid($0, nil, WNOHANG) != 0 } }
    }
}

/// Waits until a child of this process has ended, for instance one of `forkProcess()`, and gives how. Parks the calling
/// greenlet. gevent's `waitpid`.
///
/// Several greenlets of one hub may wait for one child; once all have been told, its number means nothing any longer.
/// Throws an `OSError` with `ECHILD` for what is no child, and a `Timeout` when `timeout` is over.
@available(*, noasync)
public func waitForProcess(_ process: Int32, timeout: Duration? = nil) throws -> TerminationStatus {
    let child = try ChildProcess.with(process)
    guard try child.wait(until: deadline(HubCore.current, timeout)), let status = child.status else {
        throw Timeout(after: timeout)
    }
    return status
}
