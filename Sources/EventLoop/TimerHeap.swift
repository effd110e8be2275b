import CLibEV

/// A 4-ary heap of timers ordered by (deadline, rank).
///
/// Sifting touches the heap's own arrays only, never the nodes, which are scattered over memory: a hundred thousand of
/// them cost a cache miss for each level otherwise. So a node knows a handle, and a table, by handle, where its entry
/// stands. An entry is 16 bytes and the first place is 3: the four children of a place then share a cache line.
///
///     place            3
///         4      5      6      7            children of p: 4p-8 … 4p-5
///     8…11  12…15  16…19  20…23             parent of p:   p/4 + 2
///
/// In memory of its own and not an array, which asks at each change whether it is shared; whoever made the heap ends it
/// with `deallocate`, once, with nobody else holding it. Safe, each access: places are below `end`, which is at most
/// `capacity + 3`; handles are below `capacity`, and a node has one from `insert` to `remove`.
///
/// libev's own timers were rejected: they know doubles of seconds and no tie-break, and there would have to be a
/// second heap for virtual time.
struct TimerHeap {
    typealias Node = UnsafeMutablePointer<TimerNode>

    private struct Entry {
        var deadline: Nanoseconds
        var handle: Int32
        /// How late it may be where others are due by then.
        var leeway: UInt32

        var latest: Nanoseconds {
            let (sum, overflow) = deadline.addingReportingOverflow(Nanoseconds(leeway))
            return overflow ? .max : sum
        }
    }

    private static let root = 3
    private var entries = Self.allocateEntries(16)
    /// By handle. A free one's place is the next free handle, -1 at the end.
    private var places = UnsafeMutablePointer<Int32>.allocate(capacity: 16)
    private var timers = UnsafeMutablePointer<(node: Node, rank: UInt64)>.allocate(capacity: 16)
    private var capacity = 16
    private var freeHandle: Int32 = -1
    /// Handles that were used ever.
    private var handleCount: Int32 = 0
    private var end = Self.root
    /// Nobody's latest time is before this one; above the first deadline it is worth something.
    private var latest = Nanoseconds.max

    var count: Int { end - Self.root }

    func deallocate() {
        entries.deallocate()
        places.deallocate()
        timers.deallocate()
    }

    /// All nodes, in no particular order.
    var nodes: [Node] { (Self.root..<end).map { timers[Int(entries[$0].handle)].node } }

    /// The first timer's deadline, nil when there is none.
    var firstDeadline: Nanoseconds? { end > Self.root ? entries[Self.root].deadline : nil }

    /// When to wake up: at the first deadline; where others follow, as late as the leeway of none of them is used up.
    /// nil when there is none.
    mutating func wakeTime() -> Nanoseconds? {
        guard let first = firstDeadline else { return nil }
        if latest < first { latest = leastLatest(below: Self.root, .max) }
        // The second one is a child of the first.
        let isCrowded = (Self.root + 1..<Self.root + 5).contains { $0 < end && entries[$0].deadline <= latest }
        return isCrowded ? latest : first
    }

    /// Looks at those only that are due by then: all of them are gone before it is asked for again.
    private func leastLatest(below place: Int, _ bound: Nanoseconds) -> Nanoseconds {
        var bound = min(bound, entries[place].latest)
        var child = 4 * place - 8
        let last = min(child + 4, end)
        while child < last {
            if entries[child].deadline < bound { bound = leastLatest(below: child, bound) }
            child += 1
        }
        return bound
    }

    /// Adds a node whose deadline and rank are set. It may be so late where others follow.
    mutating func insert(_ node: Node, leeway: UInt32) {
        if count == capacity { grow() }
        var handle = freeHandle
        if handle >= 0 {
            freeHandle = places[Int(handle)]
        } else {
            handle = handleCount
            handleCount += 1
        }
        // Safe: a node that is being started is alive and not in the heap (its index says so).
        node.pointee.index = handle
        timers[Int(handle)] = (node, node.pointee.rank)
        let entry = Entry(deadline: node.pointee.deadline, handle: handle, leeway: leeway)
        latest = min(latest, entry.latest)
        end += 1
        siftUp(from: end - 1, entry)
    }

    /// Takes out a node that is in the heap.
    mutating func remove(_ node: Node) {
        // Safe: a started node stays where it is until it is cancelled or fired (TimerNode's contract).
        let handle = node.pointee.index
        guard handle >= 0, handle < handleCount, timers[Int(handle)].node == node else {
            fatalError("a timer of another loop")
        }
        node.pointee.index = -1
        take(handle)
    }

    private mutating func take(_ handle: Int32) {
        let place = Int(places[Int(handle)])
        places[Int(handle)] = freeHandle
        freeHandle = handle
        end -= 1
        if count == 0 { latest = .max }
        guard place < end else { return }
        let last = entries[end]
        if place > Self.root, precedes(last, entries[place / 4 + 2]) {
            siftUp(from: place, last)
        } else {
            siftDown(from: place, last)
        }
    }

    /// Takes out the first node, if it is due at `now`. The caller sets its index, and so its memory, which is in no
    /// cache often, is written to and not waited for.
    mutating func popFirst(dueAt now: Nanoseconds) -> Node? {
        guard end > Self.root, entries[Self.root].deadline <= now else { return nil }
        let handle = entries[Self.root].handle
        take(handle)
        return timers[Int(handle)].node
    }

    @inline(__always)
    private func precedes(_ one: Entry, _ other: Entry) -> Bool {
        if _slowPath(one.deadline == other.deadline) {
            return timers[Int(one.handle)].rank < timers[Int(other.handle)].rank
        }
        return one.deadline < other.deadline
    }

    private func siftUp(from start: Int, _ entry: Entry) {
        var place = start
        while place > Self.root {
            let parent = place / 4 + 2
            guard precedes(entry, entries[parent]) else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private func siftDown(from start: Int, _ entry: Entry) {
        var place = start
        while true {
            let child = 4 * place - 8
            guard child < end else { break }
            var best = child
            prefetchGrandchildren(child)
            if child + 4 <= end {
                // Which one is first cannot be predicted: by arithmetic instead of branches.
                let left = child + step(child, child + 1)
                let right = child + 2 + step(child + 2, child + 3)
                best = left + (right - left) * step(left, right)
            } else {
                for other in child + 1..<max(child + 1, end) { best += (other - best) * step(best, other) }
            }
            guard precedes(entries[best], entry) else { break }
            put(entries[best], at: place)
            place = best
        }
        put(entry, at: place)
    }

    /// The children of four siblings, of whom one is looked at next, lie side by side: four cache lines.
    @inline(__always)
    private func prefetchGrandchildren(_ firstChild: Int) {
        let first = 4 * firstChild - 8
        guard first + 16 <= end else { return }
        for line in 0..<4 { cev_prefetch(entries + (first + 4 * line)) }
    }

    /// 1 if the second place's entry comes first, else 0.
    @inline(__always)
    private func step(_ one: Int, _ other: Int) -> Int { precedes(entries[other], entries[one]) ? 1 : 0 }

    private func put(_ entry: Entry, at place: Int) {
        // Trivial, so that it makes no difference whether the place held one before.
        entries[place] = entry
        places[Int(entry.handle)] = Int32(truncatingIfNeeded: place)
    }

    @inline(never)
    private mutating func grow() {
        guard capacity <= Int(Int32.max) / 4 else { fatalError("too many timers") }
        let larger = (
            entries: Self.allocateEntries(capacity * 2),
            places: UnsafeMutablePointer<Int32>.allocate(capacity: capacity * 2),
            timers: UnsafeMutablePointer<(node: Node, rank: UInt64)>.allocate(capacity: capacity * 2)
        )
        // Safe: all places are filled, and all handles used.
        (larger.entries + Self.root).initialize(from: entries + Self.root, count: capacity)
        larger.places.initialize(from: places, count: capacity)
        larger.timers.initialize(from: timers, count: capacity)
        deallocate()
        (entries, places, timers) = larger
        capacity *= 2
    }

    /// Aligned, so that four entries are one cache line.
    private static func allocateEntries(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        let size = (capacity + root) * MemoryLayout<Entry>.stride
        // Safe: fresh memory, large enough for so many.
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            .bindMemory(to: Entry.self, capacity: capacity + root)
    }
}
