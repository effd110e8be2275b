import CLibEV
import Glibc

/// One thread's event loop: timers, descriptors, signals and wake-ups from other threads.
///
/// Swift's face of libev, which does the polling; the timers are a heap of our own, so that they serve virtual time as
/// well and fire in a defined order, and descriptors are in an epoll set of our own (see `DescriptorSet`). It knows
/// nothing of greenlets. Everything but the `waker` belongs to the thread that polls.
///
/// One turn, in this order:
///
///     epoll ──► callbacks of signals, wake-ups, I/O ──► timers that are due, by (deadline, priority, order of start)
///
/// I/O comes first, so that data which arrived together with its deadline wins, as in gevent.
package final class EventLoop {
    /// Whether the clock is virtual.
    package let isVirtual: Bool
    /// In virtual time: how long in real time nothing may come from the descriptors that are awaited before the clock
    /// jumps all the same. nil: while one is awaited, it never does.
    package var quietTime: Nanoseconds?
    /// Wakes this loop, from any thread.
    package let waker = Waker()
    /// Called on the loop after `waker.wake()`.
    package var onWake: (() -> Void)?
    /// Called in a forked child, on the loop's thread, once the loop is the child's own: see `noticeFork`.
    package var onFork: (() -> Void)?

    /// libev's loop, nil once destroyed.
    private(set) var raw: OpaquePointer?
    private let preciseTimer: PreciseTimer
    private let preciseTimerWatcher: UnsafeMutablePointer<ev_io>
    private let asyncWatcher: UnsafeMutablePointer<ev_async>
    private let descriptorsWatcher: UnsafeMutablePointer<ev_io>

    // Unchecked: plain words of one thread, read and written within one statement, never held across a callback.
    @exclusivity(unchecked) private var clock: Nanoseconds
    @exclusivity(unchecked) private var heap = TimerHeap()
    @exclusivity(unchecked) private var startCount: UInt64 = 0
    @exclusivity(unchecked) private var aliveTimerCount = 0
    @exclusivity(unchecked) private var externalCount = 0
    /// The timers that are being fired in this turn; a cancelled one is nil.
    @exclusivity(unchecked) private var due: [UnsafeMutablePointer<TimerNode>?] = []
    @exclusivity(unchecked) private var pendingDueCount = 0
    @exclusivity(unchecked) private var forksSeen = ForkCounter.current
    @exclusivity(unchecked) private var isPolling = false
    @exclusivity(unchecked) private var isDoomed = false
    /// The armed watches.
    @exclusivity(unchecked) var descriptors: DescriptorSet
    /// libev has found something ready among them.
    @exclusivity(unchecked) var areDescriptorsReady = false
    /// Safe: unretained, since they leave when they are cancelled, at the latest in their deinit.
    @exclusivity(unchecked) var signalWatches: [Unmanaged<SignalWatch>] = []
    /// How many turns in a row have left libev out: see `dispatchBusyDescriptors`.
    @exclusivity(unchecked) var busyTurns = 0
    /// How many watches are awaited.
    @exclusivity(unchecked) var awaitedCount = 0
    /// How many of them are idle: see `IOWatch.isIdle`.
    @exclusivity(unchecked) var idleCount = 0
    /// How many callbacks were called, ever.
    @exclusivity(unchecked) var dispatchedCount: UInt64 = 0

    /// A loop for the calling thread, with a real clock or one in virtual time.
    package init(virtualTime: Bool = false) throws {
        isVirtual = virtualTime
        clock = virtualTime ? 1_000_000_000 : Self.monotonicTime()
        do {
            preciseTimer = try PreciseTimer()
            descriptors = try DescriptorSet()
        } catch {
            heap.deallocate()
            throw error
        }
        // No FORKCHECK: it asks for the process id every turn; see `ForkCounter`.
        let flags = UInt32(EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_NOSIGMASK)
        // libev ends the program where it finds no descriptor for its eventfd: one is kept free for that.
        let spare = fcntl(preciseTimer.descriptor, F_DUPFD_CLOEXEC, 0)
        guard spare >= 0, let raw = ev_loop_new(flags) else {
            let code = errno
            if spare >= 0 { close(spare) }
            descriptors.destroy()
            heap.deallocate()
            throw EventLoopError(call: "ev_loop_new", errno: code)
        }
        self.raw = raw

        preciseTimerWatcher = .allocate(capacity: 1)
        preciseTimerWatcher.initialize(to: ev_io())
        asyncWatcher = .allocate(capacity: 1)
        asyncWatcher.initialize(to: ev_async())
        descriptorsWatcher = .allocate(capacity: 1)
        descriptorsWatcher.initialize(to: ev_io())

        cev_io_init(
            preciseTimerWatcher, { _, watcher, _ in EventLoop.of(watcher?.pointee.data)?.preciseTimer.acknowledge() },
            preciseTimer.descriptor, Int32(EV_READ))
        cev_async_init(asyncWatcher, { _, watcher, _ in EventLoop.of(watcher?.pointee.data)?.woken() })
        // Safe: unretained, since `deinit` destroys libev's loop with its watchers.
        preciseTimerWatcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        asyncWatcher.pointee.data = preciseTimerWatcher.pointee.data
        descriptorsWatcher.pointee.data = preciseTimerWatcher.pointee.data
        ev_io_start(raw, preciseTimerWatcher)
        watchDescriptors(raw)
        close(spare)
        ev_async_start(raw, asyncWatcher)
        waker.attach(raw, asyncWatcher)
    }

    deinit {
        destroy()
        heap.deallocate()
        preciseTimerWatcher.deallocate()
        asyncWatcher.deallocate()
        descriptorsWatcher.deallocate()
    }

    /// Stops everything and frees libev's part. Idempotent. Timers and watches may outlive it; they do nothing then.
    ///
    /// Within a callback it takes effect when the turn ends.
    package func destroy() {
        waker.detach()
        guard !isPolling else {
            isDoomed = true
            return
        }
        guard let raw else { return }
        // libev would remember the loop as the owner of its signals, for the whole process.
        for watch in signalWatches { watch.takeUnretainedValue().cancel() }
        self.raw = nil
        ev_io_stop(raw, preciseTimerWatcher)
        ev_io_stop(raw, descriptorsWatcher)
        ev_async_stop(raw, asyncWatcher)
        ev_loop_destroy(raw)
        while let node = heap.popFirst(dueAt: .max) { node.pointee.index = -1 }
        aliveTimerCount = 0
        descriptors.destroy()
        onWake = nil
        onFork = nil
    }

    /// In the child after `fork(2)`: the kernel's side of the loop, which the parent goes on using, is made anew, at the
    /// latest in the next poll. Nothing happens elsewhere.
    package func noticeFork() {
        guard let raw, forksSeen != ForkCounter.current else { return }
        forksSeen = ForkCounter.current
        preciseTimer.reopen()
        descriptors.renew()
        // libev closes its copies and registers everything with new ones before it polls.
        ev_loop_fork(raw)
        waker.renew()
        onFork?()
    }

    // MARK: Clock

    /// The loop's time, as of the last poll or `updateNow`.
    package var now: Nanoseconds { clock }

    /// Reads the clock again; virtual time stays as it is.
    @discardableResult
    package func updateNow() -> Nanoseconds {
        if !isVirtual { clock = Self.monotonicTime() }
        return clock
    }

    /// Sets a virtual clock forward.
    package func advance(to time: Nanoseconds) {
        guard isVirtual else { fatalError("real time cannot be set") }
        clock = max(clock, time)
    }

    // MARK: Timers

    /// How many timers are started.
    package var timerCount: Int { heap.count + pendingDueCount }

    /// The timers that are started, in no particular order: for whoever must give up what they hold. Not in a callback.
    package var startedTimers: [UnsafeMutablePointer<TimerNode>] { heap.nodes }

    /// Whether a timer is due before so much time has passed since the clock was read.
    package func isDueSoon(_ time: Nanoseconds) -> Bool { heap.firstDeadline.map { $0 - clock < time } ?? false }

    /// When a poll that blocks wakes up for timers: at the first deadline; where others follow closely, once the leeway of
    /// one is used up. nil without timers. Where timers were cancelled it may be earlier, but not before the first one.
    package var wakeTime: Nanoseconds? { heap.wakeTime() }

    /// Starts a timer, anew if it is started.
    ///
    /// It fires in the first turn that begins after this call and ends after the deadline, never before, and later by
    /// its leeway at most where others follow it: one wake-up serves all that are due by then. At one deadline the higher
    /// priority fires first, and at one priority the one started first. Plain timers have 0, timeouts -1.
    package func start(
        _ timer: UnsafeMutablePointer<TimerNode>, at deadline: Nanoseconds, priority: Int8 = 0,
        keepsLoopAlive: Bool = true
    ) {
        guard raw != nil else { return }
        cancel(timer)
        startCount &+= 1
        // Safe: the caller keeps the node where it is until it is cancelled or fired (TimerNode's contract).
        timer.pointee.deadline = deadline
        timer.pointee.rank = UInt64(127 - Int(priority)) << 56 | startCount
        timer.pointee.keepsLoopAlive = keepsLoopAlive
        if keepsLoopAlive { aliveTimerCount += 1 }
        heap.insert(timer, leeway: leeway(deadline))
    }

    /// 40 us up to 10 ms; then 1/256 of the time, at most the millisecond that epoll's own timers have at any length.
    private func leeway(_ deadline: Nanoseconds) -> UInt32 {
        UInt32(truncatingIfNeeded: min(max((deadline &- clock) / 256, 40_000), 1_000_000))
    }

    /// Keeps a timer from firing. Idempotent.
    package func cancel(_ timer: UnsafeMutablePointer<TimerNode>) {
        // Safe: as in start.
        let index = timer.pointee.index
        guard index != -1 else { return }
        if index >= 0 {
            heap.remove(timer)
        } else {
            due[Int(-2 - index)] = nil
            pendingDueCount -= 1
            timer.pointee.index = -1
        }
        if timer.pointee.keepsLoopAlive { aliveTimerCount -= 1 }
    }

    /// Fires what is due now, not what becomes due or is started meanwhile.
    private func fireDueTimers() {
        if descriptors.isMoreReady, let first = heap.firstDeadline, first <= clock { dispatchRemainingDescriptors() }
        while let node = heap.popFirst(dueAt: clock) {
            node.pointee.index = Int32(-2 - due.count)
            due.append(node)
        }
        guard !due.isEmpty else { return }
        pendingDueCount = due.count
        var place = 0
        while place < due.count {
            let node = due[place]
            place += 1
            guard let node else { continue }
            pendingDueCount -= 1
            // Safe: still in the batch, hence neither cancelled nor freed.
            node.pointee.index = -1
            if node.pointee.keepsLoopAlive { aliveTimerCount -= 1 }
            dispatchedCount += 1
            node.pointee.fire(UnsafeMutableRawPointer(node))
        }
        due.removeAll(keepingCapacity: true)
    }

    // MARK: Polling

    /// Whether a poll that may block can ever return by itself: a timer that keeps the loop alive, a descriptor that is
    /// awaited, work on another thread, or a wake-up that has come already.
    package var canWake: Bool { aliveTimerCount > 0 || awaitedCount > 0 || externalCount > 0 || waker.isWoken }

    /// Another thread works on something and will call `wake()`.
    package func retainExternal() { externalCount += 1 }

    /// That work is done.
    package func releaseExternal() {
        guard externalCount > 0 else { fatalError("one releaseExternal() too many") }
        externalCount -= 1
    }

    /// One turn: I/O, signals and wake-ups, then the timers that are due.
    ///
    /// With `mayBlock` it waits until at least one callback was called. A virtual clock then jumps to the next timer
    /// where nothing real is awaited; where something is, it goes with the real one, unless there is a `quietTime`, or
    /// all that is awaited is idle.
    package func poll(mayBlock: Bool) {
        guard let raw else { return }
        guard !isPolling else { fatalError("an event loop cannot be polled from its own callback") }
        isPolling = true
        if forksSeen != ForkCounter.current { noticeFork() }
        defer {
            isPolling = false
            if isDoomed { destroy() }
        }
        let dispatchedBefore = dispatchedCount
        repeat {
            let blocks = !updateDescriptors() && mayBlock
            if isVirtual {
                turnVirtually(raw, mayBlock: blocks, dispatchedBefore)
            } else {
                turn(raw, mayBlock: blocks)
            }
        } while mayBlock && dispatchedCount == dispatchedBefore && !isDoomed
    }

    /// Has libev poll the set of descriptors; anew, where it polls one that was renewed since.
    func watchDescriptors(_ raw: OpaquePointer) {
        ev_io_stop(raw, descriptorsWatcher)
        let data = descriptorsWatcher.pointee.data
        cev_io_init(
            descriptorsWatcher, { _, watcher, _ in EventLoop.of(watcher?.pointee.data)?.areDescriptorsReady = true },
            descriptors.descriptor, Int32(EV_READ))
        descriptorsWatcher.pointee.data = data
        ev_io_start(raw, descriptorsWatcher)
    }

    /// Polls, and calls back.
    private func run(_ raw: OpaquePointer, _ flags: Int32) {
        _ = ev_run(raw, flags)
        if areDescriptorsReady { dispatchDescriptors() }
    }

    private func turn(_ raw: OpaquePointer, mayBlock: Bool) {
        if dispatchBusyDescriptors() {
            clock = Self.monotonicTime()
            fireDueTimers()
            return
        }
        var blocks = mayBlock
        if mayBlock, let next = heap.firstDeadline {
            if next <= updateNow() {
                blocks = false
            } else if let time = wakeTime {
                preciseTimer.arm(time)
            }
        }
        run(raw, blocks ? Self.once : Self.noWait)
        clock = Self.monotonicTime()
        fireDueTimers()
    }

    private func turnVirtually(_ raw: OpaquePointer, mayBlock: Bool, _ dispatchedBefore: UInt64) {
        let next = heap.firstDeadline
        let nothingReal = awaitedCount == 0 && externalCount == 0
        if !mayBlock || nothingReal || (next ?? .max) <= clock {
            run(raw, mayBlock && nothingReal && next == nil ? Self.once : Self.noWait)
            if mayBlock, dispatchedCount == dispatchedBefore, awaitedCount == 0, externalCount == 0,
                let next = heap.firstDeadline
            {
                clock = max(clock, next)
            }
        } else if let quietTime = quietTime ?? (awaitedCount == idleCount ? Self.idleTime : nil), externalCount == 0 {
            // The clock stands still meanwhile.
            if let next {
                if isQuiet(raw, for: quietTime, dispatchedBefore) { clock = max(clock, next) }
            } else {
                run(raw, Self.once)
            }
        } else {
            let began = Self.monotonicTime()
            if let next { preciseTimer.arm(Self.sum(began, next - clock)) }
            run(raw, Self.once)
            // Not past the next deadline, however late the thread was woken: timers fire at the times they asked for.
            let passed = Self.sum(clock, Self.monotonicTime() - began)
            clock = max(clock, min(passed, heap.firstDeadline ?? .max))
        }
        fireDueTimers()
    }

    /// Whether nothing comes for so long in real time. In several looks: a thread that had no turn for longer than the
    /// whole time, on a busy machine, must not take that for quiet.
    private func isQuiet(_ raw: OpaquePointer, for time: Nanoseconds, _ dispatchedBefore: UInt64) -> Bool {
        for _ in 0..<Self.looks {
            let end = Self.sum(Self.monotonicTime(), time / Self.looks)
            preciseTimer.arm(end)
            run(raw, Self.once)
            guard dispatchedCount == dispatchedBefore, Self.monotonicTime() >= end else { return false }
        }
        return true
    }

    private static let looks: Nanoseconds = 5

    /// Clamped: a deadline may be the end of time.
    private static func sum(_ time: Nanoseconds, _ duration: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = time.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }

    /// The quiet, in real time, where only idle watches are awaited: enough for what this thread itself has sent.
    private static let idleTime: Nanoseconds = 1_000_000

    private static let once = Int32(EVRUN_ONCE)
    private static let noWait = Int32(EVRUN_NOWAIT)

    // MARK: Signals and wake-ups

    /// Calls back on the loop each time the signal arrives, until the watch is cancelled or dropped.
    package func watchSignal(_ number: Int32, _ callback: @escaping () -> Void) -> SignalWatch {
        SignalWatch(self, number, callback)
    }

    private func woken() {
        waker.acknowledge()
        dispatchedCount += 1
        onWake?()
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> EventLoop? {
        // Safe: set in init, and the watchers stop before the loop goes (see deinit).
        data.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func monotonicTime() -> Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec)
    }
}
