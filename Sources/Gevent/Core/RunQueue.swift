/// What runs next, first in, first out: a ring of addresses, marked in their two lowest bits (all are aligned).
///
///     ..00  the block of a greenlet that has run before
///     ..01  an entry: a notifier, a callback, an error to deliver; retained
///     ..10  a greenlet that never ran; retained. It gets a block and a stack with its first turn.
///     ..11  a greenlet that has ended; retained. The one who waits for it comes next.
///
/// Rejected: a list through the blocks, which cannot hold what is not a greenlet and touches two blocks for each push.
struct RunQueue {
    private var elements: UnsafeMutablePointer<UInt>
    private var mask: Int
    private var head = 0
    private(set) var count = 0

    init() {
        mask = 255
        elements = .allocate(capacity: 256)
    }

    func deallocate() { elements.deallocate() }

    @inline(__always)
    mutating func pushBack(_ element: UInt) {
        if count > mask { grow() }
        // Safe: masked indices lie in the allocation.
        elements[(head &+ count) & mask] = element
        count &+= 1
    }

    @inline(__always)
    mutating func pushFront(_ element: UInt) {
        if count > mask { grow() }
        head = (head &- 1) & mask
        // Safe: as above.
        elements[head] = element
        count &+= 1
    }

    /// Only when `count > 0`.
    @inline(__always)
    mutating func popFront() -> UInt {
        // Safe: as above.
        let element = elements[head]
        head = (head &+ 1) & mask
        count &-= 1
        return element
    }

    /// Takes the first one, and puts this one behind the rest: `pushBack` and `popFront` in one. Only when `count > 0`.
    @inline(__always)
    mutating func rotate(_ element: UInt) -> UInt {
        // Safe: as above; where the ring is full, the last one's place is the first one's.
        let first = elements[head]
        elements[(head &+ count) & mask] = element
        head = (head &+ 1) & mask
        return first
    }

    /// Takes one out that stands somewhere in it, in as many steps as it has elements.
    mutating func remove(_ element: UInt) {
        // Safe: as above.
        guard let place = (0..<count).first(where: { elements[(head + $0) & mask] == element }) else { return }
        for i in place..<(count - 1) { elements[(head + i) & mask] = elements[(head + i + 1) & mask] }
        count -= 1
    }

    /// All that wait, in their order.
    func elements(_ body: (UInt) -> Void) {
        // Safe: as above.
        for i in 0..<count { body(elements[(head + i) & mask]) }
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt>.allocate(capacity: (mask + 1) * 2)
        // Safe: both allocations hold what is copied; the order is kept from head on.
        for i in 0..<count { larger[i] = elements[(head + i) & mask] }
        elements.deallocate()
        elements = larger
        head = 0
        mask = (mask + 1) * 2 - 1
    }
}

/// What stands in the run queue besides greenlets. The queue holds a retain.
class QueueEntry {
    /// Runs it. Off the hub's own stack it may only wake greenlets, never call code of the user's: what must do that
    /// returns false there, and is run again on the hub.
    func run(_ core: Core, onHub: Bool) -> Bool { fatalError("QueueEntry.run is overridden") }
}
