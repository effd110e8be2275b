internal import EventLoop

/// One direction of a socket: whether it is ready, who waits for it, and its watch.
///
///                        EAGAIN, or less than asked for
///     ready (try first) ───────────────────────────────► not ready (wait first)
///           ▲                                                   │
///           └────────────── the watch reports ──────────────────┘
///
/// The watch is made at the first wait and left armed after it. An event that finds nobody waiting disarms it: it is
/// level-triggered, and would be reported in every poll.
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
    /// Throws EBADF if the socket is closed meanwhile or the wait is cancelled. `isIdle`: see `IOWatch`.
    func wait(until deadline: Nanoseconds?, isIdle: Bool = false) throws -> Bool {
        if waiter != nil { try checkFree() }
        let block = try core.pointee.parkable()
        let watch = watch ?? makeWatch()
        isReady = false
        isCancelled = false
        waiter = block
        watch.arm()
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
        let watch = IOWatch(core.pointee.loop.takeUnretainedValue(), descriptor: descriptor, writable: isWriting)
        // Unowned: this object closes the watch in its deinit at the latest, and then nothing is called any longer.
        watch.onReady = { [unowned self] in becameReady() }
        watch.onCancel = { [unowned self] in cancelWait() }
        self.watch = watch
        return watch
    }

    private func becameReady() {
        isReady = true
        if let waiter { unpark(core, waiter) } else { watch?.disarm() }
    }

    deinit {
        watch?.close()
    }
}
