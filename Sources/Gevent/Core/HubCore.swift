internal import CCoroutine
internal import Coroutines
internal import EventLoop
internal import Glibc

/// The part of a hub that each switch touches, in memory of its own.
///
/// `Hub` is the class that users see; this is what it does its work with. It is reached by a pointer, from the thread's
/// own word, so that a yield neither retains anything nor opens an exclusivity access: those two were ten of the
/// thirteen nanoseconds that a yield took at first.
///
/// Who runs on which stack:
///
///     thread's own stack    the main greenlet
///     the hub's stack       the hub: polls, and runs callbacks of the user's; never parks
///     stacks of the slabs   greenlets
///
/// A greenlet that parks takes the next one from the run queue and switches straight to it. It switches to the hub
/// when the queue is empty, its turn's time slice is over, or the next entry must run on the hub.
struct HubCore {
    /// First, so that the core's address is the thread's state's.
    var thread = cg_thread()
    /// The running greenlet's block; the hub's while callbacks run or a switch is under way.
    var current: Block
    let hubBlock: Block
    let mainBlock: Block
    var queue = RunQueue()
    /// Entries until the clock is looked at.
    var budget: Int32 = HubCore.batch
    var sliceEnd: Nanoseconds = 0
    /// Small enough to be added to any time that comes.
    let timeSlice: Nanoseconds
    /// Operations that succeeded at once, until the clock is looked at.
    var ease: Int32 = HubCore.batch
    let loop: Unmanaged<EventLoop>
    let hub: Unmanaged<Hub>
    /// Set while `Hub.join` waits for the loop to run dry.
    var isJoining = false
    var ranDry = false
    var isTearingDown = false
    /// While the hub sleeps in a poll, or stands still under another one of its thread: the monitor looks at it.
    var isIdle = false
    var freeBlocks: Block?
    /// Free too, and has its stack still, a usual one: the next greenlet that never ran gets both at once.
    var spare: Block?
    /// Those that `withTimeout` keeps; retained.
    var spareTimeouts: Unmanaged<Timeout>?
    var spareTimeoutCount: Int32 = 0
    var switches: UInt64 = 0
    var turns: UInt64 = 0
    /// The end (its `endOrder`) that the greenlet was waiting for that runs since the switch of this number.
    var wokenAfter: UInt32 = 0
    var wokenAt: UInt64 = 0
    /// Greenlets that have ended, modulo 2³².
    var endCount: UInt32 = 0

    /// gevent looks at the clock after each 50 callbacks.
    static let batch: Int32 = 50

    /// This thread's hub's core; the hub is made if there is none.
    @inline(__always)
    static var current: Core {
        // Safe: `cg_hub_set` is only given cores, and nil or the outer one once a hub is torn down.
        if let core = cg_hub_get() { return core.assumingMemoryBound(to: HubCore.self) }
        return Hub.makeForThread().core
    }

    /// This thread's hub's core, if there is a hub.
    @inline(__always)
    // Safe: as above.
    static var existing: Core? { cg_hub_get()?.assumingMemoryBound(to: HubCore.self) }
}

/// Real time, also where the loop's is virtual: a greenlet that yields for ever must not starve the loop.
func monotonicNanoseconds() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec)
}

extension Core {
    /// Safe: the thread's state is the core's first field.
    @inline(__always)
    var thread: UnsafeMutablePointer<cg_thread> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: cg_thread.self)
    }
}

extension HubCore {
    @inline(__always)
    mutating func push(_ block: Block) { queue.pushBack(UInt(bitPattern: block)) }

    @inline(__always)
    mutating func pushFront(_ block: Block) { queue.pushFront(UInt(bitPattern: block)) }

    /// A greenlet that never ran.
    @inline(__always)
    mutating func pushFresh(_ greenlet: AnyGreenlet) {
        // The queue's retain; `begin` takes it over.
        queue.pushBack(UInt(bitPattern: Unmanaged.passRetained(greenlet).toOpaque()) | 2)
    }

    /// The same, before all others.
    mutating func pushFreshFront(_ greenlet: AnyGreenlet) {
        // The queue's retain; `begin` takes it over.
        queue.pushFront(UInt(bitPattern: Unmanaged.passRetained(greenlet).toOpaque()) | 2)
    }

    /// A greenlet that has ended and whose end somebody waits for.
    @inline(__always)
    mutating func pushEnd(_ greenlet: AnyGreenlet) {
        // The queue's retain; whoever pops it takes it over.
        queue.pushBack(UInt(bitPattern: Unmanaged.passRetained(greenlet).toOpaque()) | 3)
    }

    mutating func push(_ entry: QueueEntry) {
        // The queue's retain; `takeEntry` takes it over.
        queue.pushBack(UInt(bitPattern: Unmanaged.passRetained(entry).toOpaque()) | 1)
    }

    mutating func pushFront(_ entry: QueueEntry) {
        queue.pushFront(UInt(bitPattern: Unmanaged.passRetained(entry).toOpaque()) | 1)
    }

    /// The entry of a marked element, with the queue's retain.
    static func takeEntry(_ element: UInt) -> QueueEntry? {
        // Safe: only `push` marks elements, and each is popped once.
        UnsafeRawPointer(bitPattern: element & ~3).map { Unmanaged<QueueEntry>.fromOpaque($0).takeRetainedValue() }
    }

    /// The greenlet of a marked element, with the queue's retain.
    @inline(__always)
    static func markedGreenlet(_ element: UInt) -> Unmanaged<AnyGreenlet>? {
        // Safe: only `pushFresh` and `pushEnd` mark elements so, and each is popped once.
        UnsafeRawPointer(bitPattern: element & ~3).map { Unmanaged<AnyGreenlet>.fromOpaque($0) }
    }

    /// Whether another entry may run before the loop is polled.
    @inline(__always)
    mutating func mayContinue() -> Bool {
        budget &-= 1
        if budget > 0 { return true }
        return refillBudget()
    }

    @inline(never)
    private mutating func refillBudget() -> Bool {
        let isOver = monotonicNanoseconds() >= sliceEnd
        // Over for everybody: the hub, which is asked next, must poll and not take a budget of its own.
        budget = isOver ? 0 : HubCore.batch
        return !isOver
    }

    /// The running greenlet's block, or an error where nothing may park.
    @inline(__always)
    func parkable() throws -> Block {
        if current == hubBlock { throw BlockingSwitchOutError() }
        return current
    }

    /// Begins a turn.
    mutating func beginSlice() {
        budget = HubCore.batch
        ease = HubCore.batch
        sliceEnd = monotonicNanoseconds() &+ timeSlice
    }
}

extension Core {
    // On the pointer, not `mutating` on the core: making a chunk changes the core's free list meanwhile.

    /// A free block.
    func allocate() -> Block {
        if pointee.freeBlocks == nil { pointee.hub.takeUnretainedValue().addChunk() }
        guard let block = pointee.freeBlocks else { fatalError("no memory for a control block") }
        pointee.freeBlocks = block.pointee.nextFree
        return block
    }

    func free(_ block: Block) {
        block.pointee.state = .free
        block.pointee.nextFree = pointee.freeBlocks
        pointee.freeBlocks = block
    }
}
