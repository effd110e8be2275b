/// A 4-ary heap of timers ordered by (deadline, rank).
///
/// Each node knows its place, so that cancelling one is O(log n). The keys stand beside the pointers: sifting
/// compares without touching the nodes, which are scattered over memory.
///
///                0
///       1     2     3     4          children of i: 4i+1 … 4i+4
///     5…8   9…12  13…16 17…20        parent of i:   (i-1)/4
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

    private var entries: [Entry] = []

    var count: Int { entries.count }

    /// All nodes, in no particular order.
    var nodes: [Node] { entries.map(\.node) }

    /// The first timer's deadline, nil when there is none.
    var firstDeadline: Nanoseconds? { entries.first?.deadline }

    /// Adds a node whose deadline and rank are set.
    mutating func insert(_ node: Node) {
        // Safe: a node that is being started is alive and not in the heap (its index says so).
        let entry = Entry(deadline: node.pointee.deadline, rank: node.pointee.rank, node: node)
        entries.append(entry)
        siftUp(from: entries.count - 1, entry)
    }

    /// Takes out a node that is in the heap.
    mutating func remove(_ node: Node) {
        // Safe: a started node stays where it is until it is cancelled or fired (TimerNode's contract).
        let place = Int(node.pointee.index)
        precondition(entries.indices.contains(place) && entries[place].node == node, "a timer of another loop")
        node.pointee.index = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        if place > 0, last.precedes(entries[(place - 1) / 4]) {
            siftUp(from: place, last)
        } else {
            siftDown(from: place, last)
        }
    }

    /// Takes out the first node, if it is due at `now`.
    mutating func popFirst(dueAt now: Nanoseconds) -> Node? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        remove(first.node)
        return first.node
    }

    private mutating func siftUp(from start: Int, _ entry: Entry) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 4
            guard entry.precedes(entries[parent]) else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private mutating func siftDown(from start: Int, _ entry: Entry) {
        var place = start
        while true {
            let firstChild = place * 4 + 1
            guard firstChild < entries.count else { break }
            var best = firstChild
            var child = firstChild + 1
            let end = min(firstChild + 4, entries.count)
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

    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        // Safe: what is in the heap is alive (TimerNode's contract).
        entry.node.pointee.index = Int32(place)
    }
}
