internal import CCoroutine
internal import EventLoop

typealias Block = UnsafeMutablePointer<ControlBlock>
typealias Core = UnsafeMutablePointer<HubCore>

/// What the scheduler knows of a greenlet, in memory that does not move and that no exclusivity check looks at.
///
/// Blocks are carved from the hub's chunks and used again; a block belongs to a greenlet from its first turn to its end.
struct ControlBlock {
    /// Where it stands. First, so that a block's address is its context's.
    var context = cg_context()
    let core: Core
    /// Retained from its first turn to its end.
    var greenlet: Unmanaged<AnyGreenlet>?
    var state = State.free
    /// An error is to be thrown where it is parked, or where it parks next.
    var hasPending = false
    /// The deadline ended its wait.
    var timedOut = false
    var reason = WaitReason.other
    var parkedSince: Nanoseconds = 0
    /// The size of its stack: 0 for the hub's usual one, else one more than its place in `Hub.otherStacks`; -1 where the
    /// stack is the thread's or the hub's own.
    var stackClass: Int16 = -1
    var nextFree: Block?
    // Last: what every wait touches stands together, in three lines of the cache.
    /// Ends a wait at its deadline; in the block, so that waiting allocates nothing.
    var timer: TimerNode
    /// Its place among those that wait for the same thing.
    var wait = WaitNode()

    init(core: Core) {
        self.core = core
        timer = TimerNode { node in
            // Safe: the node is a block's field, and blocks live as long as their hub.
            let block = (node - ControlBlock.timerOffset).assumingMemoryBound(to: ControlBlock.self)
            guard block.pointee.state == .parked else { return }
            // Many wake together, and no cache holds their stacks: fetched while the rest is seen to.
            cg_prefetch(block.context)
            block.pointee.timedOut = true
            unpark(block.pointee.core, block)
        }
    }

    enum State: UInt8 {
        /// On the free list.
        case free
        /// In the run queue: becomes running.
        case runnable
        /// The same, and nothing woke it: it has given way.
        case yielding
        /// The one that runs: becomes parked, yielding, or free.
        case running
        /// Waits for something: becomes runnable.
        case parked
    }
}

/// What a parked greenlet waits for; shown in dumps.
enum WaitReason: Equatable, CustomStringConvertible {
    case sleep, yield, event, result, semaphore, queue, greenlet, thread, external, other
    case read(Int32)
    case write(Int32)
    case process(Int32)
    /// The `HandOffQueue` in which it stands.
    // Safe: the queue lives as long as somebody is parked in its `wait`.
    case handOff(UnsafeRawPointer)

    /// Whether nobody but this library, on the hub's own thread, acts for the one who waits.
    var isOwn: Bool {
        switch self {
        case .sleep, .event, .result, .semaphore, .queue, .greenlet, .read, .write, .handOff: true
        case .yield, .thread, .external, .other, .process: false
        }
    }

    var description: String {
        switch self {
        case .sleep: "sleep"
        case .yield: "its turn"
        case .event: "an Event"
        case .result: "an AsyncResult"
        case .semaphore: "a semaphore"
        case .queue: "a queue"
        case .greenlet: "a greenlet's end"
        case .thread: "the thread pool"
        case .external: "another thread"
        case .other: "something"
        case .read(let descriptor): "descriptor \(descriptor) to become readable"
        case .process(let process): "process \(process) to end"
        case .write(let descriptor): "descriptor \(descriptor) to become writable"
        case .handOff(let queue): Unmanaged<HandOffQueue>.fromOpaque(queue)._withUnsafeGuaranteedRef { $0.words() }
        }
    }
}

extension Block {
    /// The block's context. Safe: it is the first field.
    @inline(__always)
    var context: UnsafeMutablePointer<cg_context> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: cg_context.self)
    }
}
