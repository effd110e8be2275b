internal import CCoroutine
import Glibc

/// The stacks of one hub: one reservation of address space, cut into equal slots.
///
///     low ┌────────────┬─────────────────────────┐ one slot (256 KiB by default)
///         │ guard      │          ◄── stack grows│
///         │ 16 KiB     │                         │
///         └────────────┴─────────────────────────┘ high
///
/// A guard is a marker in the page tables (MADV_GUARD_INSTALL, Linux 6.13), which costs no mapping of its own: a million
/// stacks are one mapping. On older kernels guards are mprotect'ed pages, each of which splits the mapping in three;
/// past 45 % of the kernel's limit on mappings the rest go without, and the stack pointer is compared at each switch.
/// Freed slots are used again last in, first out, still warm. Rejected: a mapping for each stack (10 µs, and it fails
/// at the 32,753rd), growing stacks (the kernel does not promise what lies below).
package struct StackSlab: ~Copyable {
    package enum Guard: Sendable, Equatable { case marker, protection, none }

    package let base: UnsafeMutableRawPointer
    package let slotSize: Int
    package let guardSize: Int
    package let capacity: Int
    /// The kind of guard that new slots get.
    package private(set) var guardKind: Guard
    /// Slots that have ever been used.
    package private(set) var opened = 0
    /// Slots that have their guards.
    private var guarded = 0
    /// Slots of which the pages may still be there.
    private var free: [Int32] = []
    /// The fewest that were free since `takeUnused`.
    private var unused = 0
    /// Slots of which the pages were given back.
    private var cold: [Int32] = []
    private var protectionsLeft: Int

    package var inUse: Int { opened - free.count - cold.count }

    /// Reserves address space for `capacity` stacks of `slotSize` bytes, or for fewer where there is not as much.
    package init(slotSize wanted: Int, capacity wantedCapacity: Int) {
        let page = sysconf(Int32(_SC_PAGESIZE))
        slotSize = (max(wanted, 4 * page) + page - 1) / page * page
        guardSize = slotSize >= 128 * 1024 ? max(16 * 1024, page) : page
        // Sanitizers and valgrind keep a shadow of what is mapped: less is asked of them.
        var count = cg_is_shadowed() ? min(wantedCapacity, 16_384) : wantedCapacity
        var memory = MAP_FAILED
        while true {
            memory = mmap(
                nil, count * slotSize, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE) | Int32(MAP_STACK), -1, 0)
            if memory != MAP_FAILED || count <= 64 { break }
            count /= 2
        }
        guard let memory, memory != MAP_FAILED else {
            fatalError("No address space for \(count) greenlet stacks of \(slotSize) bytes: errno \(errno)")
        }
        base = memory
        capacity = count
        // Before Linux 6.7 MAP_STACK does not keep huge pages away; one touched page must not cost 2 MiB.
        madvise(base, count * slotSize, MADV_NOHUGEPAGE)
        let probe = cg_guard_install(base, page)
        guardKind = probe == 0 ? .marker : .protection
        protectionsLeft = Self.mappingLimit * 45 / 100 / 2
    }

    deinit { munmap(base, capacity * slotSize) }

    private static var mappingLimit: Int {
        guard let file = fopen("/proc/sys/vm/max_map_count", "re") else { return 65_530 }
        defer { fclose(file) }
        var line: [CChar] = Array(repeating: 0, count: 32)
        guard fgets(&line, 32, file) != nil else { return 65_530 }
        return Int(strtol(line, nil, 10))
    }

    /// A slot's number, or nil when all are in use.
    package mutating func take() -> Int32? {
        if let slot = free.popLast() {
            unused = min(unused, free.count)
            return slot
        }
        if let slot = cold.popLast() { return slot }
        guard opened < capacity else { return nil }
        if opened == guarded { guardMore() }
        opened += 1
        return Int32(opened - 1)
    }

    /// Guards the next slot that was never used. Markers of several at once, more each time: in turn with the first
    /// touches of their stacks each would take half as long again.
    private mutating func guardMore() {
        // Safe: opened < capacity, so that the guards lie in the reservation, and nobody uses these slots yet.
        let start = base + guarded * slotSize
        var count = 1
        switch guardKind {
        case .marker:
            count = min(max(guarded, 1), Self.guardBatch, capacity - guarded)
            cg_guard_install_each(start, slotSize, guardSize, Int32(count))
        case .protection:
            if protectionsLeft > 0, mprotect(start, guardSize, PROT_NONE) == 0 {
                protectionsLeft -= 1
            } else {
                guardKind = .none
            }
        case .none:
            break
        }
        guarded += count
    }

    /// The page tables of so many guards are four pages at 256 KiB a slot, used or not.
    private static let guardBatch = 32

    /// Gives a slot back. The caller may still stand on it until its next switch.
    package mutating func put(_ slot: Int32) { free.append(slot) }

    /// The usable part of a slot.
    package func bounds(_ slot: Int32) -> (low: UnsafeMutableRawPointer, size: Int) {
        // Safe: only numbers that `take` gave come here.
        (base + Int(slot) * slotSize + guardSize, slotSize - guardSize)
    }

    /// Free slots whose pages may still be resident.
    package var warm: Int { free.count }

    /// How many of the warm slots were free all the time since this was last asked.
    package mutating func takeUnused() -> Int {
        defer { unused = free.count }
        return unused
    }

    /// Gives the pages of up to `limit` free slots back to the system, keeping the `keeping` last used ones warm.
    package mutating func trim(keeping: Int, limit: Int) {
        let count = min(limit, free.count - keeping)
        guard count > 0 else { return }
        for slot in free.prefix(count) {
            let (low, size) = bounds(slot)
            madvise(low, size, MADV_DONTNEED)
            cold.append(slot)
        }
        free.removeFirst(count)
        unused = min(unused, free.count)
    }
}
