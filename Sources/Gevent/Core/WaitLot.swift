internal import EventLoop

/// A place among those that wait for one thing: of a parked greenlet (in its block) or of a link (allocated).
struct WaitNode {
    var next: UnsafeMutablePointer<WaitNode>?
    var previous: UnsafeMutablePointer<WaitNode>?
    /// Its number among those of its lot; in a channel, the place of its item.
    var order: UInt64 = 0
    var block: Block?
    /// Retained while the node is in a lot.
    var link: Unmanaged<Link>?
    var isQueued = false
    /// In which of its lot's two lists.
    var isLate = false
}

/// Nodes in the order in which they came; any can leave.
struct WaitList {
    private(set) var head: UnsafeMutablePointer<WaitNode>?
    private var tail: UnsafeMutablePointer<WaitNode>?
    private(set) var count = 0

    @inline(__always)
    mutating func append(_ node: UnsafeMutablePointer<WaitNode>) {
        // Safe, here and below: a node's memory does not move, and whoever owns it takes it out before that goes.
        node.pointee.next = nil
        node.pointee.previous = tail
        node.pointee.isQueued = true
        if let tail { tail.pointee.next = node } else { head = node }
        tail = node
        count &+= 1
    }

    /// One that is in this list.
    @inline(__always)
    mutating func remove(_ node: UnsafeMutablePointer<WaitNode>) {
        node.pointee.isQueued = false
        let (previous, next) = (node.pointee.previous, node.pointee.next)
        if let previous { previous.pointee.next = next } else { head = next }
        if let next { next.pointee.previous = previous } else { tail = previous }
        node.pointee.next = nil
        node.pointee.previous = nil
        count &-= 1
    }
}

/// The one wait queue under every primitive, so that order and fairness are decided once (trio's ParkingLot,
/// gevent's AbstractLinkable).
///
/// Notifying never switches: it puts the lot into the run queue. When its turn comes it begins a pass: it wakes the
/// first waiter, which runs at once, then the next: each waiter sees what the one before it left. A waiter that comes
/// during a pass is woken by the next one; one that comes although it would not have to wait, at the end of the pass.
/// Fidelity: that is gevent's notifier, and the reason for its barging semaphores.
final class WaitLot: QueueEntry {
    private let core: Core
    // Unchecked: changed in one go, without calling anything.
    @exclusivity(unchecked) private var list = WaitList()
    /// Those who wait only since others are still to be woken.
    private var late = WaitList()
    private var lastOrder: UInt64 = 0
    /// Those up to here are to be woken, whatever happens meanwhile.
    private var notifyThrough: UInt64 = 0
    /// A pass is due or under way.
    private(set) var isScheduled = false
    /// The pass begins with its owner's turn, and has no place of its own in the run queue.
    private var isInTurn = false
    /// The last one of the pass that is under way.
    private var passEnd: UInt64?
    /// The number of the last who waited behind the others when the pass came to those.
    private var lateEnd: UInt64?
    /// Whether a pass wakes those too that come meanwhile.
    private let takesLatecomers: Bool
    // Unchecked: a number that is read or written in one step.
    /// Semaphores and queues: whoever waits may go on while there are permits.
    @exclusivity(unchecked) var permits = 0
    var count: Int { list.count }
    private let reason: WaitReason
    /// Whom the links are told about; held from a notification until it is through.
    private var owner: AnyObject?

    init(_ core: Core, _ reason: WaitReason, takesLatecomers: Bool = false) {
        self.core = core
        self.reason = reason
        self.takesLatecomers = takesLatecomers
    }

    var isEmpty: Bool { list.head == nil }

    deinit {
        while let node = list.head ?? late.head { remove(node) }
    }

    func append(_ node: UnsafeMutablePointer<WaitNode>) {
        lastOrder += 1
        node.pointee.order = lastOrder
        list.append(node)
        if let link = node.pointee.link { _ = link.retain() }
    }

    /// Idempotent.
    func remove(_ node: UnsafeMutablePointer<WaitNode>) {
        guard node.pointee.isQueued else { return }
        if node.pointee.isLate { late.remove(node) } else { list.remove(node) }
        if let link = node.pointee.link { link.release() }
    }

    /// All that wait now are to be woken, in their order.
    func notifyAll(_ owner: AnyObject, atFront: Bool = false) {
        guard !isEmpty else { return }
        notifyThrough = lastOrder
        schedule(owner, atFront: atFront)
    }

    /// Semaphores: somebody may go on.
    func notifyOpen(_ owner: AnyObject) {
        guard !isEmpty else { return }
        schedule(owner)
    }

    /// Has the first waiter run next.
    func wakeFirstAtOnce() {
        guard let node = list.head, let block = node.pointee.block, block.pointee.state == .parked else { return }
        remove(node)
        block.pointee.state = .runnable
        core.pointee.pushFront(block)
    }

    /// All that wait when the turn of their owner comes are to be woken: `turnHasCome` says so.
    func notifyInTurn(_ owner: AnyObject) {
        guard !isScheduled else { return }
        self.owner = owner
        isScheduled = true
        isInTurn = true
    }

    func turnHasCome() {
        guard isInTurn else { return }
        isInTurn = false
        notifyThrough = lastOrder
        core.pointee.pushFront(self)
    }

    private func schedule(_ owner: AnyObject, atFront: Bool = false) {
        guard !isScheduled else { return }
        self.owner = owner
        isScheduled = true
        if atFront { core.pointee.pushFront(self) } else { core.pointee.push(self) }
    }

    private func isEligible(_ node: UnsafeMutablePointer<WaitNode>) -> Bool {
        permits > 0 || node.pointee.order <= notifyThrough
    }

    override func run(_ core: Core, onHub: Bool) -> Bool {
        let end = passEnd ?? (takesLatecomers ? .max : lastOrder)
        passEnd = end
        while let node = list.head, node.pointee.order <= end, isEligible(node) {
            if let block = node.pointee.block {
                remove(node)
                guard wake(block) else { continue }
                return true
            }
            guard onHub else { return false }
            guard let link = node.pointee.link?.takeUnretainedValue() else { continue }
            remove(node)
            guard let owner else { continue }
            // First: what the link has run next comes before the rest of the pass.
            core.pointee.pushFront(self)
            link.fire(owner)
            return true
        }
        // Nobody else comes to the list of this pass.
        passEnd = 0
        let lateEnd = self.lateEnd ?? lastOrder
        self.lateEnd = lateEnd
        while let node = late.head, node.pointee.order <= lateEnd, let block = node.pointee.block {
            remove(node)
            if wake(block) { return true }
        }
        passEnd = nil
        self.lateEnd = nil
        isScheduled = false
        let owner = owner
        self.owner = nil
        // Those who came meanwhile.
        if let owner, late.head != nil || list.head.map(isEligible) ?? false { schedule(owner) }
        return true
    }

    /// Has a waiter run next, and the pass go on behind it. False if something else has woken it.
    private func wake(_ block: Block) -> Bool {
        guard block.pointee.state == .parked else { return false }
        block.pointee.state = .runnable
        core.pointee.pushFront(self)
        core.pointee.pushFront(block)
        return true
    }

    /// Parks the calling greenlet until it is notified (true) or the deadline passes (false).
    func wait(until deadline: Deadline = .never) throws -> Bool {
        let block = try core.pointee.parkable()
        let node = block.waitNode
        append(node)
        defer { remove(node) }
        return try park(core, until: deadline, reason)
    }

    /// For what is ready already: parks the calling greenlet behind those who were there first and are to be woken still.
    func waitBehindOthers() throws {
        // Fidelity: in a pass also where nobody is left to be woken; who was woken and waits again is not alone first.
        guard isScheduled, !isEmpty || late.head != nil || passEnd != nil && !takesLatecomers else { return }
        let block = try core.pointee.parkable()
        let node = block.waitNode
        lastOrder += 1
        node.pointee.order = lastOrder
        node.pointee.isLate = true
        late.append(node)
        defer {
            remove(node)
            node.pointee.isLate = false
        }
        _ = try park(core, reason)
    }
}

extension Block {
    /// The block's wait node. Safe: a field of memory that does not move.
    var waitNode: UnsafeMutablePointer<WaitNode> {
        let offset = ControlBlock.waitOffset
        let node = (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: WaitNode.self)
        node.pointee.block = self
        return node
    }

    /// The block's timer. Safe: as above.
    var timerNode: UnsafeMutablePointer<TimerNode> {
        (UnsafeMutableRawPointer(self) + ControlBlock.timerOffset).assumingMemoryBound(to: TimerNode.self)
    }
}

extension ControlBlock {
    static let waitOffset = offset(of: \.wait)
    static let timerOffset = offset(of: \.timer)

    /// Where a stored field stands. A wrong answer would be another field's memory, so there is no default.
    private static func offset(of field: PartialKeyPath<ControlBlock>) -> Int {
        guard let offset = MemoryLayout<ControlBlock>.offset(of: field) else {
            fatalError("a field of ControlBlock is not stored")
        }
        return offset
    }
}
