internal import CCoroutine
internal import EventLoop
internal import Glibc

/// One direction of a socket: whether it is ready, who waits for it, and its watch.
///
///                        EAGAIN, or less than asked for
///     ready (try first) ───────────────────────────────► not ready (wait first)
///           ▲                                                   │
///           └────────────── the watch reports ──────────────────┘
///
/// The watch is made at the first wait and left armed after it. Over TCP, who waits has seen that there is no more (an
/// EAGAIN, or less than asked for), and asks for what comes next only; otherwise an event that finds nobody waiting
/// disarms the watch, for it would be reported in every poll. Only over TCP does less than asked for mean that there is no
/// more, and even there not once the peer has ended its side or sent something out of band: then it is tried until EAGAIN.
/// What arrives after a direction was found not ready is a change that the kernel still has to report.
final class SocketDirection {
    private let core: Core
    private let descriptor: Int32
    private let isWriting: Bool
    /// What users call it.
    private let noun: StaticString
    private var watch: IOWatch?

    // Unchecked: single words of one thread, touched within one statement, never across a switch.
    @exclusivity(unchecked) private var waiter: Block?
    @exclusivity(unchecked) private var isCancelled = false
    /// Whether the system call is worth trying.
    @exclusivity(unchecked) var isReady = true
    /// The end, or what comes out of band, was announced: less than asked for does not mean that there is no more.
    @exclusivity(unchecked) private(set) var hasEnd = false
    /// Whether the watch may ask for changes only.
    @exclusivity(unchecked) private var isTCP = false
    /// Whether an operation of several calls is under way.
    @exclusivity(unchecked) var isHeld = false

    init(_ core: Core, _ descriptor: Int32, isWriting: Bool, _ noun: StaticString = "socket") {
        self.core = core
        self.noun = noun
        self.descriptor = descriptor
        self.isWriting = isWriting
    }

    /// Throws if another greenlet is at it.
    func checkFree() throws {
        guard waiter == nil, !isHeld else {
            throw ConcurrentObjectUseError(
                description: "another greenlet is already \(isWriting ? "writing to" : "reading from") the "
                    + "\(noun) with descriptor \(descriptor)")
        }
    }

    /// Parks the calling greenlet until the direction is ready (true) or the deadline has passed (false).
    ///
    /// Throws EBADF if the socket is closed meanwhile or the wait is cancelled. `isDrained`: it was tried, and is not ready
    /// at this moment. `isIdle`: see `IOWatch`.
    func wait(until deadline: Deadline = .never, isDrained: Bool = false, isIdle: Bool = false) throws -> Bool {
        if waiter != nil { try checkFree() }
        let block = try core.pointee.parkable()
        let watch = watch ?? makeWatch()
        isReady = false
        isCancelled = false
        waiter = block
        watch.arm(edge: isDrained && isTCP)
        watch.isIdle = isIdle
        watch.isAwaited = true
        defer {
            waiter = nil
            watch.isAwaited = false
        }
        repeat {
            let woken = try park(core, until: deadline, isWriting ? .write(descriptor) : .read(descriptor))
            if isCancelled { throw SocketError.closedElsewhere }
            guard woken else { return false }
        } while !isReady
        return true
    }

    /// Whoever waits gets EBADF.
    func cancelWait() {
        guard let waiter else { return }
        isCancelled = true
        unpark(core, waiter)
    }

    /// Before `close(2)`: whoever waits gets EBADF, and nothing is watched any longer.
    func close() {
        cancelWait()
        watch?.close()
    }

    private func makeWatch() -> IOWatch {
        // Unretained: this object closes the watch in its deinit at the latest, and then nothing is called any longer.
        let watch = IOWatch(
            core.pointee.loop.takeUnretainedValue(), descriptor: descriptor, writable: isWriting,
            payload: Unmanaged.passUnretained(self).toOpaque()
        ) { payload, isLevel, isEnd in
            // Safe: as above; and nothing that becomes ready drops a socket on the spot.
            Unmanaged<SocketDirection>.fromOpaque(payload)._withUnsafeGuaranteedRef { $0.becameReady(isLevel, isEnd) }
        }
        watch.onCancel = { [unowned self] in cancelWait() }
        var transport: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        isTCP =
            getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &transport, &length) == 0
            && transport == Int32(IPPROTO_TCP)
        self.watch = watch
        return watch
    }

    private func becameReady(_ isLevel: Bool, _ isEnd: Bool) {
        isReady = true
        if isEnd { hasEnd = true }
        guard let waiter else {
            if isLevel { watch?.disarm() }
            return
        }
        // Its stack has been idle, and it runs once those before it have.
        cg_prefetch(waiter.context)
        unpark(core, waiter)
    }

    deinit {
        watch?.close()
    }
}
