internal import CCoroutine
internal import Coroutines
internal import EventLoop
internal import Glibc

/// The scheduler of one OS thread: it runs the greenlets that are ready, and polls when none is. gevent's `Hub`.
///
/// Made on first use, one a thread; whatever is made on a hub (greenlets, events, sockets, pools) belongs to it and to
/// its thread. Only `handle` may be used from elsewhere.
public final class Hub {
    /// This thread's hub, made with `defaultConfiguration` on first use. gevent's `get_hub()`.
    public static var current: Hub { HubCore.current.pointee.hub.takeUnretainedValue() }

    /// What this hub was made with.
    public let configuration: Configuration

    /// Called with what no greenlet caught, synchronously, before links and joiners run. nil, the default, writes
    /// gevent's report to `errorStream`. gevent's `handle_error`.
    ///
    /// Where a greenlet has failed it runs in that greenlet and may park: those who wait for the greenlet wait for it too.
    public var onUnhandledError: ((_ context: UnhandledErrorContext, _ error: any Error) -> Void)?

    /// Where reports go while there is no `onUnhandledError`. Default standard error. gevent's `exception_stream`.
    public var errorStream = ErrorStream.standardError

    /// Errors of these types, or of subclasses of them, are not reported. Default `GreenletExit`. gevent's `NOT_ERROR`.
    public var notErrors: [any Error.Type] = [GreenletExit.self]

    /// Errors of these types, or of subclasses of them, that nobody caught are thrown into the main greenlet where it
    /// waits or waits next; the greenlet that failed completes afterwards. They are reported too, unless they are among
    /// `notErrors`. Default `KeyboardInterrupt`. gevent's `SYSTEM_ERROR`.
    public var systemErrors: [any Error.Type] = [KeyboardInterrupt.self]

    /// This hub as other threads may hold it.
    public let handle: Handle

    let core: Core
    let loop: EventLoop
    // Unchecked: its methods call nothing of ours. The checks were a tenth of what a greenlet takes.
    @exclusivity(unchecked) var slab: StackSlab
    /// The hub's own stack.
    var ownSlab: StackSlab
    /// Stacks of other sizes, that greenlets asked for.
    @exclusivity(unchecked) var otherStacks: [SizedStacks] = []
    /// The thread's own stack's greenlet.
    private(set) var mainGreenlet: AnyGreenlet?
    private(set) var hubGreenlet: AnyGreenlet?
    var identifiers = IdentifierPool()
    var threadPoolStorage: (any HubResource)?
    /// Of `HubLocal`s.
    private(set) lazy var locals = LocalValues(core)
    /// Who has a value of a local, by the local's number.
    var localStores: [Int: [ObjectIdentifier: WeakLocalValues]] = [:]
    var forkHandlers: [WeakForkHandler] = []
    var signalHandlers: [SignalHandler] = []
    var interruptWatch: SignalWatch?
    /// The main actor's jobs, on the process's main thread.
    var mainQueue: MainQueue?
    /// What other threads work on for this hub.
    let external: ExternalWork
    /// Child processes that have not been seen to end.
    var children: [Int32: ChildProcess] = [:]
    /// `Socket.defaultTimeout`.
    var socketTimeout: Duration?
    private(set) var isDestroyed = false
    /// The monitor knows it.
    var isWatched = false
    /// The chunks that blocks are carved from; never moved, freed with the hub.
    private(set) var chunks: [Block] = []
    /// What sanitizers and valgrind call the stacks.
    // Unchecked: looked up and changed in one step, without calling anything.
    @exclusivity(unchecked) var annotations: [UnsafeMutableRawPointer: cg_context] = [:]
    /// The hub that was current before this one took its place for a while (virtual time).
    private(set) var outer: Core?

    static let chunkSize = 128
    /// How many stacks are to lose their pages, and when that is looked at next: see `trimStacks`.
    var stacksToTrim = 0
    var trimTime: Nanoseconds = 0
    var otherTrimTime: Nanoseconds = 0
    /// Looks for stacks to park, where that is asked for.
    private var stackSweep: StackSweep?

    /// Takes the calling thread; `release` gives it back. Throws `HubUnavailable` and takes nothing.
    init(_ configuration: Configuration, virtualTime: Bool = false) throws {
        configuration.validate()
        self.configuration = configuration
        do {
            loop = try EventLoop(virtualTime: virtualTime)
        } catch {
            throw HubUnavailable("no event loop", error)
        }
        handle = Handle(mailbox: Mailbox(loop.waker))
        external = ExternalWork(loop)
        core = try CoreArena.allocate()
        slab = Self.makeSlab(configuration, core, configuration.stackSize, configuration.maximumGreenlets)
        ownSlab = Self.makeSlab(configuration, core, Self.ownStackSize, 1)
        let first = Block.allocate(capacity: Self.chunkSize)
        chunks.append(first)
        // Safe: the core lives as long as the hub, which the thread retains; loop and hub are held by self.
        core.initialize(
            to: HubCore(
                current: first, hubBlock: first + 1, mainBlock: first,
                timeSlice: min(Nanoseconds(0).advanced(after: configuration.timeSlice), .max / 2),
                loop: .passUnretained(loop), hub: .passUnretained(self)))
        for i in 0..<Self.chunkSize { (first + i).initialize(to: ControlBlock(core: core)) }
        for i in 2..<Self.chunkSize { core.free(first + i) }
        ThreadState.prepare(core.thread, isolatingAccesses: !configuration.detectsOverlappingAccesses)
        core.thread.pointee.current = first.context
        guard let stack = ownSlab.take() else {
            cg_overflow_remove(core.thread)
            throw HubUnavailable("no stack", errno: ownSlab.failure)
        }
        slab.useAtMost(ownSlab.guardKind)
        core.pointee.beginSlice()

        outer = HubCore.existing
        outer?.pointee.isIdle = true
        cg_hub_set(core)
        mainGreenlet = MainGreenlet(first, "MainGreenlet")
        hubGreenlet = MainGreenlet(first + 1, "Hub")
        first.pointee.state = .running

        (first + 1).pointee.context.canary = ownSlab.canary(stack).map { UnsafePointer($0) }
        cg_prepare((first + 1).context, stack, ownSlab.stackSize, { _ in Hub.runForEver() }, nil)
        loop.onWake = { [unowned self] in receivePosts() }
        if let parking = configuration.stackParking { stackSweep = StackSweep(self, parking) }
        if let limit = configuration.blockingLimit {
            isWatched = true
            HubMonitor.shared.watch(self, limit: limit)
        }
        loop.onFork = { [unowned self] in didFork() }
        mainQueue = MainQueue(loop)
    }

    deinit {
        cg_parking_free(core.thread.pointee.parking)
        cg_region_forget_all(core.thread)
        for chunk in chunks { chunk.deallocate() }
        core.pointee.queue.deallocate()
        CoreArena.free(core)
    }

    // MARK: The loop

    /// The hub's own stack: turns for ever.
    private static func runForEver() -> Never {
        let core = HubCore.current
        cg_entered(core.thread)
        while true { core.pointee.hub._withUnsafeGuaranteedRef { $0.turn() } }
    }

    /// One turn: what is runnable, within a time slice; then one poll.
    private func turn() {
        core.pointee.turns &+= 1
        core.pointee.beginSlice()
        drain()
        let parksOn = stackSweep?.goOn(self) ?? false
        if core.pointee.queue.count > 0 || parksOn {
            loop.poll(mayBlock: false)
        } else if loop.canWake {
            trimStacks()
            pollIdly()
        } else {
            runDry()
        }
    }

    private func drain() {
        let hubBlock = core.pointee.hubBlock
        while core.pointee.queue.count > 0 {
            let element = core.pointee.queue.popFront()
            if element & 3 == 0, let next = Block(bitPattern: element) {
                resume(core, hubBlock, next)
            } else if element & 3 == 2 {
                if let next = begin(core, element) { resume(core, hubBlock, next) }
            } else {
                _ = runEntry(core, element, onHub: true)
            }
            core.pointee.current = hubBlock
            if !core.pointee.mayContinue() { break }
        }
    }

    private func pollIdly() {
        core.pointee.isIdle = true
        loop.poll(mayBlock: true)
        core.pointee.isIdle = false
    }

    /// Nothing is left that could wake anybody.
    private func runDry() {
        if servesMainQueue() { return }
        let main = core.pointee.mainBlock
        if core.pointee.isJoining {
            core.pointee.ranDry = true
            unpark(core, main)
            return
        }
        guard main.pointee.state == .parked else {
            // The thread's own stack has left for good (a thread that ended): wait for posts.
            pollIdly()
            return
        }
        mainGreenlet?.deliver(LoopExit(blocked: blockedDescriptions()), atFront: false)
    }

    // MARK: Making and destroying

    /// The calling thread's hub is made; destroyed when the thread ends.
    @inline(never)
    static func makeForThread() -> Hub {
        do {
            let hub = try Hub(defaultConfiguration)
            hub.retainForThread()
            return hub
        } catch {
            // A thread that did not ask for a hub has nobody to tell: `HubThread.start` has.
            fatalError("\(error)")
        }
    }

    /// The thread holds its hub until it ends.
    func retainForThread() {
        pthread_setspecific(Self.threadKey, Unmanaged.passRetained(self).toOpaque())
    }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { pointer in
            // Safe: the value is the retain of `retainForThread`; pthread has set the key's value to nil.
            guard let pointer else { return }
            let hub = Unmanaged<Hub>.fromOpaque(pointer).takeRetainedValue()
            hub.tearDown()
        }
        return key
    }()

    /// Ends every greenlet of this hub with `HubDestroyed` and gives back what it holds. Legal on its own thread only,
    /// on the main greenlet. The next use of `Hub.current` makes a new one. gevent's `destroy`.
    public func destroy() {
        checkThread()
        require(
            core.pointee.current == core.pointee.mainBlock, "Hub.destroy() is called on the thread's main greenlet")
        let isThreads = pthread_getspecific(Self.threadKey) == Unmanaged.passUnretained(self).toOpaque()
        tearDown()
        if isThreads {
            pthread_setspecific(Self.threadKey, nil)
            Unmanaged.passUnretained(self).release()
        }
    }

    /// Kills what is left, within bounds; then the loop goes.
    func tearDown() {
        guard !isDestroyed else { return }
        // In a thread's last moments its words may be cleared already.
        cg_hub_set(core)
        core.pointee.isTearingDown = true
        leaveMainQueue()
        let posts = handle.mailbox.close()
        for post in posts { runCallback(post) }
        let error = HubDestroyed("the hub was destroyed")
        for _ in 0..<Self.tearDownRounds {
            let alive = liveGreenlets().filter { $0 !== mainGreenlet && $0 !== hubGreenlet } + timed(AnyGreenlet.self)
            if alive.isEmpty && core.pointee.queue.count == 0 { break }
            for greenlet in alive { greenlet.killNoWait(throwing: error) }
            letOthersRun()
        }
        isDestroyed = true
        if isWatched { HubMonitor.shared.forget(core) }
        for timeout in timed(Timeout.self) { timeout.cancel() }
        Timeout.freeSpares(core)
        onUnhandledError = nil
        for handler in signalHandlers { handler.cancel() }
        interruptWatch?.cancel()
        locals = LocalValues(core)
        external.close()
        for child in children.values { child.hubWillClose() }
        threadPoolStorage?.hubWillClose()
        threadPoolStorage = nil
        while core.pointee.queue.count > 0 {
            let element = core.pointee.queue.popFront()
            if element & 3 == 1 { _ = HubCore.takeEntry(element) }
            if element & 2 == 2 { HubCore.markedGreenlet(element)?.release() }
        }
        let survivors = liveGreenlets().filter { $0 !== mainGreenlet && $0 !== hubGreenlet }
        loop.destroy()
        cg_overflow_remove(core.thread)
        for (_, var context) in annotations { cg_release(&context) }
        if let spare = core.pointee.spare { cg_release(spare.context) }
        cg_release(core.pointee.hubBlock.context)
        cg_hub_set(outer)
        outer?.pointee.isIdle = false
        if let outer { cg_overflow_install(outer.thread) }
        if !survivors.isEmpty {
            // A greenlet that will not die still has its stack here; what it refers to must stay.
            _ = Unmanaged.passRetained(self)
        } else {
            mainGreenlet = nil
            hubGreenlet = nil
        }
        // Last: from here on what belonged to it may be let go on any thread.
        CoreArena.hubIsGone(core)
        for body in handle.mailbox.end() { body() }
        for survivor in survivors { survivor.wasAbandoned(error) }
    }

    /// What timers that are started hold: greenlets that are to start later, Timeouts.
    func timed<Object: AnyObject>(_ type: Object.Type) -> [Object] {
        loop.startedTimers.compactMap { timer in
            // Safe: a payload is an object that its timer retains while it is started.
            timer.pointee.payload.flatMap { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() as? Object }
        }
    }

    private static let tearDownRounds = 100

    /// Lets what is runnable run, and polls once without blocking, from the main greenlet.
    private func letOthersRun() {
        let block = core.pointee.current
        core.pointee.sliceEnd = .max
        block.pointee.state = .runnable
        core.pointee.push(block)
        switchOut(core, block)
        loop.poll(mayBlock: false)
    }

    /// Stops the program where a thread uses what belongs to another one's hub.
    @inline(__always)
    func checkThread() { core.checkThread() }

    // MARK: Blocks

    /// All that have started and not ended, those included that never ran yet.
    func liveGreenlets() -> [AnyGreenlet] {
        var found: [AnyGreenlet] = []
        for chunk in chunks {
            for i in 0..<Self.chunkSize where (chunk + i).pointee.state != .free {
                if let greenlet = (chunk + i).pointee.greenlet { found.append(greenlet.takeUnretainedValue()) }
            }
        }
        core.pointee.queue.elements { element in
            guard element & 3 == 2, let marked = HubCore.markedGreenlet(element) else { return }
            let greenlet = marked.takeUnretainedValue()
            if !greenlet.isReady { found.append(greenlet) }
        }
        return found
    }

    /// More blocks on the free list.
    func addChunk() {
        let chunk = Block.allocate(capacity: Self.chunkSize)
        chunks.append(chunk)
        for i in 0..<Self.chunkSize {
            (chunk + i).initialize(to: ControlBlock(core: core))
        }
        for i in (0..<Self.chunkSize).reversed() { core.free(chunk + i) }
    }
}

@available(*, unavailable) extension Hub: Sendable {}

extension Core {
    /// Stops the program where a thread uses what belongs to another one's hub.
    @inline(__always)
    func checkThread() {
        if HubCore.existing != self { wrongThread() }
    }

    /// Whether the hub is there and the calling thread's, be it that another one has taken its place for a while.
    @inline(__always)
    var isOfThisThread: Bool {
        HubCore.existing == self || CoreArena.threadID(self) == ThreadName.current.number
    }

    /// Whether the hub was destroyed: then nothing of it runs any more, and nothing is watched.
    var isGone: Bool { CoreArena.threadID(self) == nil }

    @inline(never)
    func wrongThread() -> Never {
        let here = ThreadName.current
        guard let owner = CoreArena.threadID(self) else {
            fatalError("used on thread \(here) after its hub was destroyed: make another on the hub that is to use it")
        }
        guard owner != here.number else {
            fatalError(
                "used under another hub of its thread \(here): what was made outside of Hub.withVirtualTime stays there"
            )
        }
        fatalError(
            "used on another thread than its hub's: it belongs to thread \(ThreadName(owner)) and was used on thread "
                + "\(here). Hand it over with Hub.Handle.post or HubBound")
    }
}
