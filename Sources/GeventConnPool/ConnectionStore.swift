/// The connections of a pool, by slot.
///
/// In memory of its own and not an array of optionals: in code that is not specialised the type `[Connection?]` is looked
/// up at each use, which takes longer than a lease.
@usableFromInline
final class ConnectionStore<Connection> {
    // Safe: an element is initialised exactly while its flag is true; both are touched here only.
    @exclusivity(unchecked) @usableFromInline var base: UnsafeMutablePointer<Connection>
    // Safe: replaced and changed by `put` and `take` only, which call nothing that could come back here.
    @exclusivity(unchecked) @usableFromInline var isPresent: UnsafeMutablePointer<Bool>
    @exclusivity(unchecked) @usableFromInline var capacity: Int

    init(capacity: Int) {
        base = .allocate(capacity: capacity)
        isPresent = .allocate(capacity: capacity)
        isPresent.initialize(repeating: false, count: capacity)
        self.capacity = capacity
    }

    deinit {
        for slot in 0..<capacity where isPresent[slot] { (base + slot).deinitialize(count: 1) }
        base.deallocate()
        isPresent.deallocate()
    }

    /// The connection of a slot that has one.
    @inlinable @inline(__always)
    subscript(_ slot: Int) -> Connection {
        precondition(slot >= 0 && slot < capacity && isPresent[slot], "the slot holds no connection")
        return base[slot]
    }

    func put(_ connection: Connection, _ slot: Int) {
        if slot >= capacity { grow(to: max(capacity * 2, slot + 1)) }
        precondition(!isPresent[slot], "the slot holds a connection already")
        (base + slot).initialize(to: connection)
        isPresent[slot] = true
    }

    /// Whether the slot has one.
    func has(_ slot: Int) -> Bool { slot >= 0 && slot < capacity && isPresent[slot] }

    func take(_ slot: Int) -> Connection {
        precondition(slot >= 0 && slot < capacity && isPresent[slot], "the slot holds no connection")
        isPresent[slot] = false
        return (base + slot).move()
    }

    private func grow(to size: Int) {
        let larger = UnsafeMutablePointer<Connection>.allocate(capacity: size)
        let flags = UnsafeMutablePointer<Bool>.allocate(capacity: size)
        flags.initialize(repeating: false, count: size)
        for slot in 0..<capacity where isPresent[slot] {
            (larger + slot).moveInitialize(from: base + slot, count: 1)
            flags[slot] = true
        }
        base.deallocate()
        isPresent.deallocate()
        (base, isPresent, capacity) = (larger, flags, size)
    }
}
