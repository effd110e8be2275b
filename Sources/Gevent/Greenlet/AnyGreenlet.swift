internal import CCoroutine
internal import EventLoop
internal import Glibc

/// A greenlet of whatever value: a cooperative thread on a stack of its own. `Greenlet<Value>` is what one makes.
///
/// It belongs to the hub, and so to the thread, that it was made on. Once started it is kept alive until it ends,
/// whether or not anybody holds it.
open class AnyGreenlet: Waitable, CustomStringConvertible {
    /// How it ended.
    enum Outcome {
        case none
        case value
        case exit(GreenletExit)
        case error(any Error)
    }

    /// The hub it belongs to.
    public let hub: Hub
    let core: Core
    final var block: Block?
    final var outcome = Outcome.none
    final var lot: WaitLot?
    /// Errors on their way in; the first is thrown where it is parked, each other where it parks next.
    private final var pending: [any Error] = []
    /// How often an error from outside was thrown into it. Code that must know whether it was interrupted, whatever the
    /// error's type, compares it before and after.
    package final var interruptionCount = 0
    private final var startTimer: UnsafeMutablePointer<TimerNode>?
    private final var storedName: UnsafeMutablePointer<CChar>?
    private final var identifier: Int?
    private final weak var weakSpawner: AnyGreenlet?
    private final var job: InheritingJob?
    /// `GreenletLocal` values, dropped at its end.
    final var locals: [ObjectIdentifier: Any]?
    /// Where it was spawned, for dumps and reports.
    final var site: (file: StaticString, line: UInt)?

    /// Whether `start` was called; stays true.
    public private(set) final var isStarted = false

    init() {
        core = HubCore.current
        hub = core.pointee.hub.takeUnretainedValue()
        let spawner = core.pointee.current
        if spawner != core.pointee.mainBlock && spawner != core.pointee.hubBlock {
            weakSpawner = spawner.pointee.greenlet?.takeUnretainedValue()
        }
    }

    deinit {
        startTimer?.deallocate()
        if let storedName { free(storedName) }
        if let identifier { hub.identifiers.put(identifier) }
    }

    // MARK: Who it is

    /// The greenlet that runs now; the main one on a thread's own stack. gevent's `getcurrent()`.
    public static var current: AnyGreenlet {
        let core = HubCore.current
        guard let greenlet = core.pointee.current.pointee.greenlet else {
            preconditionFailure("no greenlet is current while one ends")
        }
        // Safe: retained from its start to its end, and it is running.
        return greenlet.takeUnretainedValue()
    }

    /// What dumps and reports call it; by default `Greenlet-` and the smallest number that is free on its hub.
    public final var name: String {
        get {
            if let storedName { return String(cString: storedName) }
            let number = identifier ?? hub.identifiers.take()
            identifier = number
            return "Greenlet-\(number)"
        }
        set {
            if let storedName { free(storedName) }
            storedName = strdup(newValue)
            if let block { block.pointee.context.name = UnsafePointer(storedName) }
        }
    }

    /// The greenlet that made it; nil if that was the main one, a hub callback, or is gone.
    public final var spawner: AnyGreenlet? { weakSpawner }

    /// gevent's form: the type, its name once it has one, the address.
    open var description: String {
        let address = String(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()), radix: 16)
        let named = storedName != nil || identifier != nil ? " \"\(name)\"" : ""
        let spawned = site.map { ": spawned at \($0.file):\($0.line)" } ?? ""
        return "<\(type(of: self))\(named) at 0x\(address)\(spawned)>"
    }

    // MARK: How far it is

    /// Whether it has ended, in whatever way.
    public final var isReady: Bool {
        if case .none = outcome { return false }
        return true
    }

    /// Whether it has ended with a value or by a `GreenletExit`.
    public final var isSuccessful: Bool {
        switch outcome {
        case .value, .exit: true
        case .none, .error: false
        }
    }

    /// Whether it has ended; never true for the one that runs.
    public final var isDead: Bool { isReady }

    /// The error it ended with; nil while it lives, after a value, and after a `GreenletExit`.
    public final var error: (any Error)? {
        if case .error(let error) = outcome { return error }
        return nil
    }

    /// What `get()` throws.
    final var failure: (any Error)? {
        switch outcome {
        case .error(let error): error
        case .exit(let exit): exit
        case .none, .value: nil
        }
    }

    final var isParked: Bool { block?.pointee.state == .parked }

    // MARK: Starting

    /// Schedules it behind all that are runnable; never switches. Nothing happens if it was started or killed before.
    @discardableResult
    public final func start() -> Self {
        core.checkThread()
        guard !isStarted, !isReady else { return self }
        isStarted = true
        schedule()
        return self
    }

    /// Schedules it once `delay` has passed. Nothing happens if it was started or killed before.
    @discardableResult
    public final func start(after delay: Duration) -> Self {
        core.checkThread()
        guard !isStarted, !isReady else { return self }
        isStarted = true
        let timer = UnsafeMutablePointer<TimerNode>.allocate(capacity: 1)
        // Safe: retained while the timer is started; `withdrawTimer` and the firing release it.
        timer.initialize(
            to: TimerNode(payload: Unmanaged.passRetained(self).toOpaque()) { node in
                guard let payload = node.assumingMemoryBound(to: TimerNode.self).pointee.payload else { return }
                Unmanaged<AnyGreenlet>.fromOpaque(payload).takeRetainedValue().startTimerFired()
            })
        startTimer = timer
        hub.loop.start(timer, at: hub.loop.updateNow().advanced(after: delay))
        return self
    }

    private func startTimerFired() {
        startTimer?.deallocate()
        startTimer = nil
        schedule()
    }

    private func withdrawTimer() {
        guard let timer = startTimer else { return }
        hub.loop.cancel(timer)
        timer.deallocate()
        startTimer = nil
        Unmanaged.passUnretained(self).release()
    }

    private func schedule() {
        if inheritsTaskState { job = InheritingJob(self) }
        let block = core.allocate()
        block.pointee.greenlet = .passRetained(self)
        block.pointee.state = .fresh
        block.pointee.hasPending = false
        block.pointee.context.name = UnsafePointer(storedName)
        if let site, site.file.hasPointerRepresentation {
            block.pointee.context.spawn_file = UnsafeRawPointer(site.file.utf8Start).assumingMemoryBound(to: CChar.self)
            block.pointee.context.spawn_line = UInt32(truncatingIfNeeded: site.line)
        } else {
            block.pointee.context.spawn_file = nil
        }
        self.block = block
        core.pointee.push(block)
    }

    /// Whether whoever starts it is in a task or has task-locals bound, which it is to see.
    @inline(__always)
    private var inheritsTaskState: Bool { cg_has_task_state(core.thread) }

    // MARK: Running and ending

    /// Runs it on its stack; its outcome is set when this returns.
    final func runToEnd() {
        if let job {
            job.run()
            self.job = nil
        } else {
            runBody()
        }
    }

    final func runBody() {
        do {
            try execute()
            outcome = .value
        } catch let exit as GreenletExit {
            outcome = .exit(exit)
        } catch {
            outcome = .error(error)
            hub.report(error, reportContext)
        }
        releaseBody()
        locals = nil
    }

    var reportContext: UnhandledErrorContext { .greenlet(self) }

    /// Runs what it was made for and keeps the value.
    func execute() throws {}

    /// Drops what it was made for.
    func releaseBody() {}

    /// It ended before it ran.
    func neverRan() {}

    /// Its block is no longer its own; whoever waits for it is told.
    final func didEnd() {
        block = nil
        pending = []
        lot?.notifyAll(self)
    }

    final func failToStart(_ error: any Error) { endUnstarted(error) }

    private func endUnstarted(_ error: any Error) {
        withdrawTimer()
        isStarted = true
        if let exit = error as? GreenletExit {
            outcome = .exit(exit)
        } else {
            outcome = .error(error)
            hub.report(error, reportContext)
        }
        job?.abandon()
        job = nil
        neverRan()
        releaseBody()
        if let block {
            // Its entry is still in the run queue; who takes it from there frees the block.
            block.pointee.state = .abandoned
            block.pointee.greenlet?.release()
            block.pointee.greenlet = nil
        }
        didEnd()
    }

    // MARK: Waiting for it

    /// Waits until it has ended, or `timeout` is over; never throws its error. Parks the calling greenlet.
    ///
    /// - Returns: whether it has ended. gevent's `join`.
    @available(*, noasync) @discardableResult
    public final func join(timeout: Duration? = nil) throws -> Bool {
        core.checkThread()
        if isReady { return true }
        _ = try makeLot().wait(until: deadline(core, timeout))
        return isReady
    }

    final func makeLot() -> WaitLot {
        if let lot { return lot }
        let made = WaitLot(core, .greenlet)
        lot = made
        return made
    }

    /// The callback runs on the hub, soon, once it has ended.
    public final func attach(_ link: Link) {
        core.checkThread()
        link.attach(to: makeLot())
        if isReady { makeLot().notifyAll(self) }
    }

    /// Takes a link away; nothing happens if it is not there.
    public final func unlink(_ link: Link) { link.cancel() }

    // MARK: Killing

    /// Throws `error` into it where it is parked and waits until it has ended, or `timeout` is over. Parks the calling
    /// greenlet, unless it is dead or has not run yet: then it never runs and this returns at once.
    ///
    /// Never throws the timeout: look at `isDead`. Killing oneself throws `error` here. gevent's `kill`.
    @available(*, noasync)
    public final func kill(throwing error: any Error = GreenletExit(), timeout: Duration? = nil) throws {
        core.checkThread()
        if isReady { return }
        if block == core.pointee.current, block != nil {
            interruptionCount += 1
            throw error
        }
        killNoWait(throwing: error)
        try join(timeout: timeout)
    }

    /// Has `error` thrown into it in its next turn; never parks. gevent's `kill(block=False)`.
    public final func killNoWait(throwing error: any Error = GreenletExit()) {
        core.checkThread()
        if isReady { return }
        guard let block, block.pointee.state != .fresh else {
            endUnstarted(error)
            return
        }
        core.pointee.push(Delivery(self, error))
    }

    /// Throws `error` where it is parked, or else where it parks next. On the hub's thread, in its turn.
    final func deliver(_ error: any Error, atFront: Bool) {
        guard let block, !isReady else { return }
        switch block.pointee.state {
        case .fresh:
            endUnstarted(error)
        case .parked:
            pending.append(error)
            block.pointee.hasPending = true
            block.pointee.state = .runnable
            if atFront { core.pointee.pushFront(block) } else { core.pointee.push(block) }
        case .runnable, .running:
            pending.append(error)
            block.pointee.hasPending = true
        case .free, .abandoned:
            break
        }
    }

    final func takePending() -> any Error {
        let error = pending.removeFirst()
        block?.pointee.hasPending = !pending.isEmpty
        interruptionCount += 1
        return error
    }

    final func dumpLine(_ now: Nanoseconds) -> String {
        let state: String
        switch block?.pointee.state {
        case .fresh: state = "not started yet"
        case .runnable: state = "runnable"
        case .running: state = "running"
        case .parked:
            let since = Duration.nanoseconds(now - (block?.pointee.parkedSince ?? now))
            state =
                "waits for \(block?.pointee.reason ?? .other)"
                + (block?.pointee.parkedSince == 0 ? "" : " since \(since)")
        case .free, .abandoned, nil: state = "ended"
        }
        let spawned = site.map { ", spawned at \($0.file):\($0.line)" } ?? ""
        return "\(name): \(state)\(spawned)"
    }
}

@available(*, unavailable) extension AnyGreenlet: Sendable {}
