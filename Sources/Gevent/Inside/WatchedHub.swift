internal import CCoroutine
internal import EventLoop
internal import Glibc
internal import Synchronization

/// What the monitor knows of one hub. Made on the hub's thread; looked at on the monitor's, under its lock, while the hub
/// lives.
struct WatchedHub: @unchecked Sendable {
    // Unchecked: of the hub it refers to only what is said below is touched, and all else are values.

    // Safe: only the counters are read, by `cg_peek…`; `HubMonitor.forget` is called before the core goes.
    let core: Core
    let thread: pthread_t
    var threadName = ThreadName.current
    /// How long one greenlet may run; nil for as long as it likes.
    var limit: Nanoseconds?
    /// A bit for each signal on which it dumps.
    var dumpSignals: UInt64 = 0

    private let handle: Hub.Handle
    private let onBlocked: (@Sendable (Hub.BlockedReport) -> Void)?
    private let stacks: cg_sampled
    /// The main greenlet of a thread-pool worker's hub, whose work is to block; 0 elsewhere.
    private let worker: UInt
    /// The counters as they were, when that was seen first, and whether it was reported.
    private var progress: UInt64
    private var since = monotonicNanoseconds()
    private var isReported = false
    /// A dump that is awaited, and when that is given up.
    private var dump: (request: DumpRequest, deadline: Nanoseconds)?

    /// How long a hub has for beginning its dump.
    private static let patience: Nanoseconds = 500_000_000
    /// How long a thread has for looking at itself.
    private static let sampleTime: Nanoseconds = 1_000_000_000

    init(_ hub: Hub) {
        core = hub.core
        thread = pthread_self()
        handle = hub.handle
        onBlocked = hub.configuration.onBlocked
        var low: UInt = 0
        var high: UInt = 0
        _ = cg_own_stack(&low, &high)
        cg_sample_allow()
        stacks = cg_sampled(thread: UnsafePointer(hub.core.thread), own_low: low, own_high: high)
        worker = WorkerThreads.isHere ? UInt(bitPattern: hub.core.pointee.mainBlock) : 0
        progress = Self.progress(of: hub.core)
    }

    /// Moves with each turn, switch and end.
    private static func progress(of core: Core) -> UInt64 {
        // Safe: words of the core, see above.
        let words = UnsafeRawPointer(core)
        return cg_peek64(words + HubCore.turnsOffset) &+ cg_peek64(words + HubCore.switchesOffset)
            &+ UInt64(cg_peek32(words + HubCore.endCountOffset))
    }

    /// Whether nobody is to be blamed: the hub polls, or its thread does a worker's work.
    private var isPolling: Bool {
        // Safe: words of the core, see above.
        let words = UnsafeRawPointer(core)
        return cg_peek8(words + HubCore.isIdleOffset) != 0
            || worker != 0 && UInt(cg_peek64(words + HubCore.currentOffset)) == worker
    }

    /// How long until it is to be looked at again; nil for until a signal comes.
    var pause: Nanoseconds? {
        let waits = dump.map { max($0.deadline - monotonicNanoseconds(), 0) }
        // Four times in a limit: what lasts longer is seen before it has lasted a quarter longer.
        return [limit.map { $0 / 4 }, waits].compactMap { $0 }.min()
    }

    /// What there is to report, once the lock is given back.
    mutating func look(_ signals: UInt64) -> [@Sendable () -> Void] {
        let now = monotonicNanoseconds()
        var findings: [@Sendable () -> Void] = []
        if signals & dumpSignals != 0 {
            let request = DumpRequest()
            dump = (request, now + Self.patience)
            // Not under the monitor's lock: a thread that forks holds its mailbox while it waits for that.
            findings.append { [handle] in handle.post { request.answer() } }
        }
        if let (request, deadline) = dump {
            if request.isAnswered.load(ordering: .relaxed) {
                dump = nil
            } else if now >= deadline {
                dump = nil
                let sample = sample(for: nil)
                findings.append { writeWhole("\(sample)\n\n", to: STDERR_FILENO) }
            }
        }
        if let limit, let report = lookForBlocking(now, limit) { findings.append(report) }
        return findings
    }

    private mutating func lookForBlocking(_ now: Nanoseconds, _ limit: Nanoseconds) -> (@Sendable () -> Void)? {
        let seen = Self.progress(of: core)
        if seen != progress || isPolling {
            progress = seen
            since = now
            isReported = false
            return nil
        }
        guard !isReported, now - since >= limit else { return nil }
        isReported = true
        let report = sample(for: .nanoseconds(now - since))
        guard let onBlocked else { return { writeWhole("\(report)\n\n", to: STDERR_FILENO) } }
        return { onBlocked(report) }
    }

    private func sample(for duration: Duration?) -> Hub.BlockedReport {
        var sample = cg_sample()
        // Fidelity: gevent prints the stacks of all threads; here it is the one that is blocked.
        // Safe: the thread is alive, for its hub is (`HubMonitor.forget`), and the monitor is the only one that samples.
        let answered = withUnsafePointer(to: stacks) { cg_sample_thread(thread, $0, Self.sampleTime, &sample) }
        // Where the block ended in this very moment, the stack is that of something else.
        let isOver = duration != nil && (Self.progress(of: core) != progress || isPolling)
        return Hub.BlockedReport(duration, threadName, answered && !isOver ? sample : nil)
    }
}

/// A dump that a signal asked a hub for.
private final class DumpRequest: Sendable {
    let isAnswered = Atomic(false)

    /// On the hub.
    func answer() {
        isAnswered.store(true, ordering: .relaxed)
        writeWhole(Hub.current.dump() + "\n\n", to: STDERR_FILENO)
    }
}

extension HubCore {
    static let currentOffset = offset(of: \.current)
    static let turnsOffset = offset(of: \.turns)
    static let switchesOffset = offset(of: \.switches)
    static let endCountOffset = offset(of: \.endCount)
    static let isIdleOffset = offset(of: \.isIdle)

    /// Where a stored field stands. A wrong answer would be another field's memory, so there is no default.
    private static func offset(of field: PartialKeyPath<HubCore>) -> Int {
        guard let offset = MemoryLayout<HubCore>.offset(of: field) else {
            fatalError("a field of HubCore is not stored")
        }
        return offset
    }
}
