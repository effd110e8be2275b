/// A 4-ary heap of timers ordered by (deadline, rank).
///
/// Each node knows its place, so that cancelling one is O(log n). The keys stand beside the pointers: sifting
/// compares without touching the nodes, which are scattered over memory.
///
///                0
///       1     2     3     4          children of i: 4i+1 … 4i+4
///     5…8   9…12  13…16 17…20        parent of i:   (i-1)/4
///
/// In memory of its own and not an array, which asks at each change whether it is shared; whoever made the heap ends it
/// with `deallocate`, once, with nobody else holding it. Safe: places are below `count`, which is at most `capacity`.
///
/// libev's own timers were rejected: they know doubles of seconds and no tie-break, and there would have to be a
/// second heap for virtual time.
struct TimerHeap {
    typealias Node = UnsafeMutablePointer<TimerNode>

    private struct Entry {
        var deadline: Nanoseconds
        var rank: UInt64
        var node: Node

        func precedes(_ other: Entry) -> Bool {
            deadline != other.deadline ? deadline < other.deadline : rank < other.rank
        }
    }

    private var entries = UnsafeMutablePointer<Entry>.allocate(capacity: 16)
    private var capacity = 16
    private(set) var count = 0

    func deallocate() { entries.deallocate() }

    /// All nodes, in no particular order.
    var nodes: [Node] { (0..<count).map { entries[$0].node } }

    /// The first timer's deadline, nil when there is none.
    var firstDeadline: Nanoseconds? { count > 0 ? entries[0].deadline : nil }

    /// Whether a second timer is due by `deadline`.
    func hasSecond(by deadline: Nanoseconds) -> Bool {
        // The second one is a child of the first.
        (1..<5).contains { $0 < count && entries[$0].deadline <= deadline }
    }

    /// Adds a node whose deadline and rank are set.
    mutating func insert(_ node: Node) {
        // Safe: a node that is being started is alive and not in the heap (its index says so).
        let entry = Entry(deadline: node.pointee.deadline, rank: node.pointee.rank, node: node)
        if count == capacity { grow() }
        count += 1
        siftUp(from: count - 1, entry)
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }

    /// Takes out a node that is in the heap.
    mutating func remove(_ node: Node) {
        // Safe: a started node stays where it is until it is cancelled or fired (TimerNode's contract).
        let place = Int(node.pointee.index)
        precondition(place >= 0 && place < count && entries[place].node == node, "a timer of another loop")
        node.pointee.index = -1
        count -= 1
        guard place < count else { return }
        let last = entries[count]
        if place > 0, last.precedes(entries[(place - 1) / 4]) {
            siftUp(from: place, last)
        } else {
            siftDown(from: place, last)
        }
    }

    /// Takes out the first node, if it is due at `now`.
    mutating func popFirst(dueAt now: Nanoseconds) -> Node? {
        guard count > 0, entries[0].deadline <= now else { return nil }
        let first = entries[0].node
        remove(first)
        return first
    }

    private func siftUp(from start: Int, _ entry: Entry) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 4
            guard entry.precedes(entries[parent]) else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private func siftDown(from start: Int, _ entry: Entry) {
        var place = start
        while true {
            let firstChild = place * 4 + 1
            guard firstChild < count else { break }
            var best = firstChild
            var child = firstChild + 1
            let end = min(firstChild + 4, count)
            while child < end {
                if entries[child].precedes(entries[best]) { best = child }
                child += 1
            }
            guard entries[best].precedes(entry) else { break }
            put(entries[best], at: place)
            place = best
        }
        put(entry, at: place)
    }

    private func put(_ entry: Entry, at place: Int) {
        // Trivial, so that it makes no difference whether the place held one before.
        entries[place] = entry
        // Safe: what is in the heap is alive (TimerNode's contract).
        entry.node.pointee.index = Int32(place)
    }
}
