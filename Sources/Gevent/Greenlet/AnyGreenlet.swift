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

    // Its hub is known by its core alone, as by all that belongs to one: a reference to it would be retained and released
    // with each greenlet.
    final let core: Core
    // Unchecked, what each life touches: read or written in one step, on one thread; what is replaced goes afterwards.
    /// From its first turn to its end.
    @exclusivity(unchecked) final var block: Block?
    @exclusivity(unchecked) final var outcome = Outcome.none
    /// Whether `start` was called; stays true.
    @exclusivity(unchecked) public private(set) final var isStarted = false
    /// Which of the hub's stacks it is to have: see `ControlBlock.stackClass`. Small, where it makes the object no larger.
    @exclusivity(unchecked) final var stackClass: Int16 = 0
    /// How often an error from outside was thrown into it. Code that must know whether it was interrupted, whatever the
    /// error's type, compares it before and after.
    // Unchecked: counted up by the greenlet itself, which does nothing else meanwhile; the check would double what a
    // lease of a pooled connection costs.
    @exclusivity(unchecked) package final var interruptionCount: Int32 = 0
    @exclusivity(unchecked) private final var line: UInt32 = 0
    /// When it ended, among the hub's greenlets.
    @exclusivity(unchecked) final var endOrder: UInt32 = 0
    @exclusivity(unchecked) private final var file: UnsafePointer<UInt8>?
    /// Its end is in the run queue: whoever is to be told of it is told in that turn.
    @exclusivity(unchecked) final var isEndQueued = false
    /// The one who waits for its end, as long as there is no lot.
    @exclusivity(unchecked) final var joiner: Block?
    /// Those who wait for its end, once there are several, or links.
    @exclusivity(unchecked) final var lot: WaitLot?
    private final weak var weakSpawner: AnyGreenlet?
    /// Shared with all greenlets that stem from the same child of the main greenlet; there once one of them spawned.
    @exclusivity(unchecked) final var spawnTree: SpawnTree?
    /// What few greenlets have: apart, so that the others stay small.
    @exclusivity(unchecked) final var extras: Extras?

    final class Extras {
        /// Errors on their way in; the first is thrown where it is parked, each other where it parks next.
        var pending: [any Error] = []
        var startTimer: UnsafeMutablePointer<TimerNode>?
        var name: UnsafeMutablePointer<CChar>?
        var identifier: Int?
        var job: InheritingJob?
        /// `GreenletLocal` values, dropped at its end.
        var locals: LocalValues?
    }

    final func makeExtras() -> Extras {
        if let extras { return extras }
        let made = Extras()
        extras = made
        return made
    }

    // The only designated one: with another that is not public, subclasses elsewhere would inherit no initialiser at all.
    init() {
        core = HubCore.current
        let spawner = core.pointee.current
        if spawner != core.pointee.mainBlock && spawner != core.pointee.hubBlock {
            let spawner = spawner.pointee.greenlet?.takeUnretainedValue()
            weakSpawner = spawner
            spawnTree = spawner?.makeSpawnTree()
        }
    }

    /// Makes it one that nobody has spawned: it inherits nothing.
    final func detach() {
        weakSpawner = nil
        spawnTree = nil
    }

    deinit {
        guard let extras else { return }
        extras.startTimer?.deallocate()
        if let name = extras.name { free(name) }
        guard let identifier = extras.identifier else { return }
        if core.isOfThisThread { core.pointee.hub._withUnsafeGuaranteedRef { $0.identifiers.put(identifier) } }
    }

    // MARK: Who it is

    /// What dumps and reports call it; by default `Greenlet-` and the smallest number that is free on its hub.
    public final var name: String {
        get {
            let extras = makeExtras()
            if let name = extras.name { return String(cString: name) }
            return "Greenlet-\(minimalIdentifier)"
        }
        set {
            let extras = makeExtras()
            let old = extras.name
            extras.name = strdup(newValue)
            if let block { block.pointee.context.name = UnsafePointer(extras.name) }
            // Last: a signal handler may be reading the context's.
            free(old)
        }
    }

    /// The smallest number that no other greenlet of its hub had when it was first asked for; free again when this
    /// greenlet is gone. gevent's `minimal_ident`.
    public final var minimalIdentifier: Int {
        let extras = makeExtras()
        let number = extras.identifier ?? (core.isGone ? 0 : hub.identifiers.take())
        extras.identifier = number
        return number
    }

    /// The greenlet that made it; nil if that was the main one, a hub callback, or is gone.
    public final var spawner: AnyGreenlet? { weakSpawner }

    /// gevent's form: the type, its name once it has one, the address.
    open var description: String {
        let address = String(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()), radix: 16)
        let named = extras?.name != nil || extras?.identifier != nil ? " \"\(name)\"" : ""
        let spawned = site.map { ": spawned at \($0)" } ?? ""
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

    /// Whether it is through with everything: one whose error is being reported still has its stack.
    final var hasEnded: Bool { isReady && block == nil }

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

    /// Where it was spawned, for dumps and reports.
    final var site: String? { file.map { "\(String(cString: $0)):\(line)" } }

    final func setSite(_ file: StaticString, _ line: UInt) {
        guard file.hasPointerRepresentation else { return }
        self.file = file.utf8Start
        self.line = UInt32(truncatingIfNeeded: line)
    }

    /// Its values of `GreenletLocal`s.
    final var locals: LocalValues? { extras?.locals }

    final func makeLocals() -> LocalValues {
        let extras = makeExtras()
        let locals = extras.locals ?? LocalValues(core)
        extras.locals = locals
        return locals
    }

    /// When it starts, if that is to be later.
    final var startTime: Nanoseconds? { extras?.startTimer?.pointee.deadline }

    final var isParked: Bool { block?.pointee.state == .parked }

    // MARK: Starting

    /// Schedules it behind all that are runnable; never switches. Nothing happens if it was started or killed before.
    @discardableResult
    public final func start() -> Self {
        core.checkThread()
        if !isStarted, !isReady { startFresh() }
        return self
    }

    /// Schedules one that nobody has started or killed.
    final func startFresh() {
        isStarted = true
        schedule()
    }

    /// Schedules one that was not started, without the task-locals of whoever does it.
    final func startDetached() {
        isStarted = true
        core.pointee.pushFresh(self)
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
        makeExtras().startTimer = timer
        hub.loop.start(timer, at: hub.loop.updateNow().advanced(after: delay))
        return self
    }

    private func startTimerFired() {
        extras?.startTimer?.deallocate()
        extras?.startTimer = nil
        schedule()
    }

    private func withdrawTimer() {
        guard let timer = extras?.startTimer else { return }
        hub.loop.cancel(timer)
        timer.deallocate()
        extras?.startTimer = nil
        Unmanaged.passUnretained(self).release()
    }

    /// Schedules one that nobody has started before all that are runnable.
    final func startNext() {
        isStarted = true
        if inheritsTaskState { makeExtras().job = InheritingJob(self) }
        core.pointee.pushFreshFront(self)
    }

    private func schedule() {
        if inheritsTaskState { makeExtras().job = InheritingJob(self) }
        core.pointee.pushFresh(self)
    }

    /// Its first turn has come.
    final func adopt(_ block: Block) {
        // The run queue's retain becomes the block's.
        block.pointee.greenlet = .passUnretained(self)
        block.pointee.hasPending = false
        block.pointee.context.name = UnsafePointer(extras?.name)
        block.pointee.context.spawn_file = file.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
        block.pointee.context.spawn_line = line
        self.block = block
    }

    /// Whether whoever starts it is in a task or has task-locals bound, which it is to see.
    @inline(__always)
    private var inheritsTaskState: Bool { cg_has_task_state(core.thread) }

    // MARK: Running and ending

    /// Runs it on its stack; its outcome is set when this returns.
    final func runToEnd() {
        if let job = extras?.job {
            job.run()
            extras?.job = nil
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
            core.pointee.hub.takeUnretainedValue().report(error, reportContext, at: site)
        }
        releaseBody()
        if let extras { extras.locals = nil }
        if spawnTree != nil { spawnTree = nil }
    }

    var reportContext: UnhandledErrorContext { .greenlet(self) }

    /// Runs what it was made for and keeps the value.
    func execute() throws {}

    /// Drops what it was made for.
    func releaseBody() {}

    /// It ended before it ran.
    func neverRan() {}

    /// Its hub is gone, and it will not run again, though it has not ended.
    func wasAbandoned(_ error: HubDestroyed) {}

    /// Its block is no longer its own; whoever waits for it is told.
    final func didEnd() {
        block = nil
        core.pointee.endCount &+= 1
        endOrder = core.pointee.endCount
        core.pointee.wokenAt = 0
        if let extras { extras.pending = [] }
        guard joiner != nil else {
            lot?.notifyAll(self)
            return
        }
        // Nothing would come between its turn and now: then its turn is now.
        if core.pointee.queue.count == 0 { return wakeJoiner() }
        isEndQueued = true
        core.pointee.pushEnd(self)
    }

    final func failToStart(_ error: any Error) { endUnstarted(error) }

    final func endUnstarted(_ error: any Error) {
        withdrawTimer()
        isStarted = true
        if let exit = error as? GreenletExit {
            outcome = .exit(exit)
        } else {
            outcome = .error(error)
            hub.report(error, reportContext, at: site)
        }
        extras?.job?.abandon()
        extras?.job = nil
        neverRan()
        releaseBody()
        didEnd()
    }
}

@available(*, unavailable) extension AnyGreenlet: Sendable {}
