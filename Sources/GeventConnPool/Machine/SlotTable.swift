/// A pool's slots, in memory of their own: a lease touches several fields of several slots, and an array would ask each
/// time whether it is shared.
///
/// Safe: indices are checked against `count`, `Slot` is trivial, and whoever made the table ends it with `deallocate`,
/// once, with nobody else holding it.
struct SlotTable: RandomAccessCollection {
    private var base = UnsafeMutablePointer<Slot>.allocate(capacity: 8)
    private var capacity = 8
    private(set) var count = 0

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    @inline(__always)
    subscript(_ slot: Int) -> Slot {
        _read {
            precondition(slot >= 0 && slot < count)
            yield base[slot]
        }
        nonmutating _modify {
            precondition(slot >= 0 && slot < count)
            yield &base[slot]
        }
    }

    mutating func append(_ slot: Slot) {
        if count == capacity {
            let larger = UnsafeMutablePointer<Slot>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: base, count: count)
            base.deallocate()
            base = larger
            capacity *= 2
        }
        (base + count).initialize(to: slot)
        count += 1
    }

    func deallocate() { base.deallocate() }
}
