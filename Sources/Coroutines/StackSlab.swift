package import CCoroutine
import Glibc

/// One hub's stacks of one size: address space in a few segments, each cut into equal slots.
///
///     a segment    low ┌───────┬──────────┬───────┬──────────┬───────┬──────────┬─────────────────┐ high
///                      │ guard │  stack 0 │ guard │  stack 1 │ guard │  stack 2 │ never opened    │
///                      └───────┴──────────┴───────┴──────────┴───────┴──────────┴─────────────────┘
///
/// A segment is reserved when the one before is used up, twice as large, inaccessible; its slots are opened some at a
/// time. So a hub with few greenlets takes little of what a limit on address space counts, and no more of what the system
/// promises where it does not overcommit.
///
/// A guard is a marker in the page tables (MADV_GUARD_INSTALL, Linux 6.13), which costs no mapping of its own: a million
/// stacks are some mappings. On older kernels each stack alone is opened, and its guard is what never was: two mappings a
/// stack, as many as `StackBudget` gives. Stacks beyond that have none; the canary at the top of the stack below shows
/// what came over.
///
/// Freed stacks are used again last in, first out, still warm. Rejected: a mapping for each stack (10 µs, and it fails at
/// the 32,753rd), growing stacks (the kernel does not promise what lies below), one reservation for all stacks there may
/// ever be (512 hubs took all address space).
package struct StackSlab: ~Copyable {
    package enum Guard: Sendable, Equatable { case marker, protection, none }

    /// The usable bytes of each stack.
    package let stackSize: Int
    /// The bytes below each stack that fault.
    package let guardSize: Int
    package var slotSize: Int { guardSize + stackSize }
    /// How many stacks there may be.
    package let capacity: Int
    /// The kind of guard that new stacks get.
    package private(set) var guardKind: Guard
    /// Why `take` gave none last: 0 where the capacity is used up.
    package private(set) var failure: Int32 = 0

    private struct Segment {
        let base: UnsafeMutableRawPointer
        let count: Int
        /// Slots that are open, the first ones; of them those from `unguarded` on have no guard.
        var opened = 0
        var unguarded = Int.max
    }

    private let thread: UnsafeMutablePointer<cg_thread>
    private var segments: [Segment] = []
    /// Stacks that were ever opened, and of them those that nobody has had yet: the last ones of the last segment.
    private var opened = 0
    private var ready = 0
    private var slots = 0
    /// Stacks of which the pages may still be there.
    private var free: [UnsafeMutableRawPointer] = []
    /// The fewest that were free since `takeUnused`.
    private var unused = 0
    /// Stacks of which the pages were given back.
    private var cold: [UnsafeMutableRawPointer] = []
    private var unguardedInUse = 0
    private var mappings = 0

    package var inUse: Int { opened - ready - free.count - cold.count }
    /// Those in use that have a guard.
    package var guardedInUse: Int { inUse - unguardedInUse }

    /// Stacks of `stackSize` bytes for the hub of `thread`, which outlives them; reserves nothing yet. A frame of up to
    /// `guardSize` bytes cannot get over the guard, which is a page larger. `strongest` is for tests: the best kind of
    /// guard that may be used.
    package init(
        stackSize: Int, guardSize: Int, capacity: Int, thread: UnsafeMutablePointer<cg_thread>,
        strongest: Guard = .marker
    ) {
        self.stackSize = Self.wholePages(max(stackSize, 1))
        // A frame just as large as the guard would begin to be used where that ends.
        self.guardSize = Self.wholePages(guardSize) + Self.page
        // Sanitizers and valgrind keep a shadow of what is mapped: less is asked of them.
        self.capacity = cg_is_shadowed() ? min(capacity, 16_384) : capacity
        self.thread = thread
        guardKind = strongest
    }

    /// No better guards than these: another slab of the thread has found that there are none.
    package mutating func useAtMost(_ kind: Guard) { if guardKind != .none, kind != .marker { guardKind = kind } }

    deinit {
        for segment in segments { munmap(segment.base, segment.count * slotSize) }
        StackBudget.giveBackAddressSpace(slots * slotSize)
        StackBudget.giveBackMappings(mappings)
    }

    private static let canarySize = Int(CG_CANARIES) * MemoryLayout<UInt>.size
    private static let page = sysconf(Int32(_SC_PAGESIZE))

    private static func wholePages(_ size: Int) -> Int { (size + page - 1) / page * page }

    // MARK: Taking and giving back

    /// The lowest byte of a stack, or nil: see `failure`.
    @inline(__always)
    package mutating func take() -> UnsafeMutableRawPointer? {
        if let stack = free.popLast() {
            unused = min(unused, free.count)
            if guardKind == .none, canary(stack) != nil { unguardedInUse += 1 }
            return stack
        }
        return takeCold()
    }

    @inline(never)
    private mutating func takeCold() -> UnsafeMutableRawPointer? {
        var stack = cold.popLast()
        if stack == nil, ready > 0 || openMore() {
            let last = segments[segments.count - 1]
            stack = last.base + (last.opened - ready) * slotSize + guardSize
            ready -= 1
        }
        // Safe: the highest words of a stack that nobody uses yet.
        if let stack { cg_canary_put((stack + stackSize - Self.canarySize).assumingMemoryBound(to: UInt.self)) }
        if guardKind == .none, let stack, canary(stack) != nil { unguardedInUse += 1 }
        return stack
    }

    /// Gives a stack back. The caller may still stand on it until its next switch.
    package mutating func put(_ stack: UnsafeMutableRawPointer) {
        if guardKind == .none, canary(stack) != nil { unguardedInUse -= 1 }
        free.append(stack)
    }

    /// Where a stack without a guard has its canary: at the top of the stack below, or the segment's low end. nil for
    /// one that has a guard.
    package func canary(_ stack: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt>? {
        guard guardKind == .none else { return nil }
        for segment in segments where stack >= segment.base && stack < segment.base + segment.count * slotSize {
            let slot = (stack - segment.base) / slotSize
            guard slot >= segment.unguarded else { return nil }
            let start = segment.base + slot * slotSize
            // Safe: as `takeCold` and `openMore` put them.
            return (slot == 0 ? start : start - Self.canarySize).assumingMemoryBound(to: UInt.self)
        }
        return nil
    }

    // MARK: Reserving and opening

    /// The first segment's bytes at most, and its slots at most.
    private static let firstSegment = (bytes: 256 << 20, slots: 1_024)
    /// Slots that are opened at once, at most; the page tables of so many markers are four pages at 256 KiB a slot.
    private static let batch = (bytes: 64 << 20, slots: 32)

    /// Opens some slots that were never used. False if there are none, and none to be had.
    private mutating func openMore() -> Bool {
        failure = 0
        guard opened < capacity else { return false }
        if opened == slots, !reserve() { return false }
        let last = segments.count - 1
        let start = segments[last].base + segments[last].opened * slotSize
        // In turn with the first touches of their stacks each would take half as long again; more each time.
        let most = max(min(Self.batch.slots, Self.batch.bytes / slotSize), 1)
        let wanted = min(max(opened, 1), most, segments[last].count - segments[last].opened, capacity - opened)
        let count = open(start, wanted)
        guard count > 0 else { return false }
        if guardKind == .none, segments[last].unguarded == .max {
            segments[last].unguarded = segments[last].opened
            thread.pointee.checks_canaries = true
            thread.pointee.slow = true
            // Safe: the lowest words of a slot that was just opened.
            if segments[last].opened == 0 { cg_canary_put(start.assumingMemoryBound(to: UInt.self)) }
        }
        segments[last].opened += count
        opened += count
        ready = count
        return true
    }

    /// Opens up to `count` slots, all with the same kind of guard, the best there is. How many; 0: `failure`.
    private mutating func open(_ start: UnsafeMutableRawPointer, _ count: Int) -> Int {
        // Safe, below: the slots lie in a segment, and nobody uses them yet.
        switch guardKind {
        case .marker:
            guard mprotect(start, count * slotSize, PROT_READ | PROT_WRITE) == 0 else {
                failure = errno
                return 0
            }
            let done = Int(cg_guard_install_each(start, slotSize, guardSize, Int32(count)))
            if done > 0 {
                // What got no marker is closed again, and tried anew in its turn.
                if done < count { mprotect(start + done * slotSize, (count - done) * slotSize, PROT_NONE) }
                return done
            }
            // EINVAL: the kernel has none, or memory is locked.
            mprotect(start, count * slotSize, PROT_NONE)
            guardKind = .protection
            return open(start, count)
        case .protection:
            let granted = StackBudget.takeMappings(2 * count)
            var done = 0
            while done < granted / 2,
                mprotect(start + done * slotSize + guardSize, stackSize, PROT_READ | PROT_WRITE) == 0
            { done += 1 }
            StackBudget.giveBackMappings(granted - 2 * done)
            mappings += 2 * done
            if done > 0 { return done }
            guardKind = .none
            return open(start, count)
        case .none:
            guard mprotect(start, count * slotSize, PROT_READ | PROT_WRITE) == 0 else {
                failure = errno
                return 0
            }
            return count
        }
    }

    /// Reserves another segment, as large as all before it, or smaller where there is not as much.
    private mutating func reserve() -> Bool {
        let first = max(min(Self.firstSegment.bytes / slotSize, Self.firstSegment.slots), 1)
        var count = min(max(slots, first), capacity - slots)
        failure = ENOMEM
        while count > 0 {
            let bytes = StackBudget.takeAddressSpace(count * slotSize)
            count = bytes / slotSize
            StackBudget.giveBackAddressSpace(bytes - count * slotSize)
            guard count > 0 else { return false }
            let memory = mmap(
                nil, count * slotSize, PROT_NONE,
                MAP_PRIVATE | Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE) | Int32(MAP_STACK), -1, 0)
            if let memory, memory != MAP_FAILED {
                guard cg_region_add(thread, memory, count * slotSize, slotSize, guardSize) else {
                    munmap(memory, count * slotSize)
                    StackBudget.giveBackAddressSpace(count * slotSize)
                    return false
                }
                // Before Linux 6.7 MAP_STACK does not keep huge pages away; one touched page must not cost 2 MiB.
                madvise(memory, count * slotSize, MADV_NOHUGEPAGE)
                segments.append(Segment(base: memory, count: count))
                slots += count
                failure = 0
                return true
            }
            failure = errno
            StackBudget.giveBackAddressSpace(count * slotSize)
            count /= 2
        }
        return false
    }

    // MARK: Free stacks

    /// Free stacks whose pages may still be resident.
    package var warm: Int { free.count }

    /// How many of the warm ones were free all the time since this was last asked.
    package mutating func takeUnused() -> Int {
        defer { unused = free.count }
        return unused
    }

    /// Gives the pages of up to `limit` free stacks back to the system, keeping the `keeping` last used ones warm.
    package mutating func trim(keeping: Int, limit: Int) {
        let count = min(limit, free.count - keeping)
        guard count > 0 else { return }
        for stack in free.prefix(count) {
            madvise(stack, stackSize, MADV_DONTNEED)
            cold.append(stack)
        }
        free.removeFirst(count)
        unused = min(unused, free.count)
    }
}
