internal import CCoroutine
internal import Coroutines
internal import EventLoop

/// Stacks that are free: their pages, and what sanitizers call them.
extension Hub {
    /// Free stacks that keep their pages while the hub is idle.
    static let warmStacks = 1_024
    /// How many of them are dealt with in one turn, so that none takes long.
    private static let trimBatch = 64
    private static let trimBatchTime: Nanoseconds = 1_000_000
    private static let trimInterval: Nanoseconds = 1_000_000_000

    /// The stack that the hub itself runs on, and callbacks with it. Not a greenlet's: it stays as large however small
    /// those are.
    static let ownStackSize = 2 << 20
    /// Free stacks of each other size that keep their pages.
    private static let warmOtherStacks = 16

    /// Stacks in use, the hub's own included, the one that is kept for the next greenlet not.
    var stacksInUse: Int {
        1 + slab.inUse - (core.pointee.spare == nil ? 0 : 1) + otherStacks.reduce(0) { $0 + $1.slab.inUse }
    }

    /// Those of them that have a guard.
    var guardedStacks: Int {
        let spare = core.pointee.spare.map { $0.pointee.context.canary == nil ? 1 : 0 } ?? 0
        return ownSlab.guardedInUse + slab.guardedInUse - spare + otherStacks.reduce(0) { $0 + $1.slab.guardedInUse }
    }

    // MARK: Sizes

    /// The class of stacks that have at least `size` bytes; made if there is none.
    func stackClass(_ size: Int) -> Int16 {
        // Half as much again is no reason for a size of its own.
        if size <= slab.stackSize, size > slab.stackSize / 2 { return 0 }
        var rounded = Configuration.minimumStackSize
        // What is larger than all address space is not there in any case.
        while rounded < min(size, 1 << 50) { rounded *= 2 }
        if rounded == slab.stackSize { return 0 }
        if let place = otherStacks.firstIndex(where: { $0.slab.stackSize == rounded }) { return Int16(place + 1) }
        let slab = Self.makeSlab(configuration, core, rounded, configuration.maximumGreenlets)
        otherStacks.append(SizedStacks(slab))
        return Int16(otherStacks.count)
    }

    static func makeSlab(_ configuration: Configuration, _ core: Core, _ stackSize: Int, _ capacity: Int) -> StackSlab {
        StackSlab(
            stackSize: stackSize, guardSize: configuration.stackGuardSize, capacity: capacity, thread: core.thread,
            strongest: configuration.strongestStackGuard.kind)
    }

    @inline(__always)
    func takeStack(_ stackClass: Int16) -> UnsafeMutableRawPointer? {
        if stackClass == 0 { return slab.take() }
        return otherStacks[Int(stackClass) - 1].slab.take()
    }

    @inline(__always)
    func putStack(_ stack: UnsafeMutableRawPointer, _ stackClass: Int16) {
        if stackClass == 0 { slab.put(stack) } else { otherStacks[Int(stackClass) - 1].slab.put(stack) }
    }

    @inline(__always)
    func stackSize(_ stackClass: Int16) -> Int {
        stackClass == 0 ? slab.stackSize : otherStacks[Int(stackClass) - 1].slab.stackSize
    }

    /// What a stack without a guard must not write to.
    @inline(__always)
    func canary(_ stack: UnsafeMutableRawPointer, _ stackClass: Int16) -> UnsafePointer<UInt>? {
        let place = stackClass == 0 ? slab.canary(stack) : otherStacks[Int(stackClass) - 1].slab.canary(stack)
        return place.map { UnsafePointer($0) }
    }

    /// Why there is no stack.
    func stackShortage(_ stackClass: Int16) -> TooManyGreenlets {
        stackClass == 0
            ? TooManyGreenlets(limit: slab.inUse, errno: slab.failure)
            : otherStacks[Int(stackClass) - 1].shortage
    }

    // MARK: Free ones

    /// Gives back, some in each idle turn, the pages of stacks that were free for a second. Not sooner: a hub that is
    /// idle between two timers would give back what it uses a moment later.
    func trimStacks() {
        if !otherStacks.isEmpty { trimOtherStacks() }
        guard slab.warm > Self.warmStacks else { return }
        // A turn's end is known without a look at the clock.
        let now = core.pointee.sliceEnd
        if now >= trimTime {
            stacksToTrim = slab.takeUnused() - Self.warmStacks
            trimTime = now + Self.trimInterval
        }
        guard stacksToTrim > 0 else { return }
        // Each takes a microsecond, which a timer that is nearly due does not wait for.
        let isHurried = loop.isDueSoon(Self.trimBatchTime)
        let count = min(stacksToTrim, isHurried ? 4 : Self.trimBatch)
        slab.trim(keeping: Self.warmStacks, limit: count)
        stacksToTrim -= count
    }

    private func trimOtherStacks() {
        let now = core.pointee.sliceEnd
        guard now >= otherTrimTime else { return }
        otherTrimTime = now + Self.trimInterval
        for stacks in otherStacks {
            let count = min(stacks.slab.takeUnused() - Self.warmOtherStacks, Self.trimBatch)
            if count > 0 { stacks.slab.trim(keeping: Self.warmOtherStacks, limit: count) }
        }
    }

    // MARK: Sanitizers

    /// What sanitizers and valgrind call this stack goes to the block that uses it now.
    func lendAnnotations(_ stack: UnsafeMutableRawPointer, _ block: Block) {
        block.pointee.context.tsan_fiber = nil
        block.pointee.context.valgrind_id = 0
        guard !annotations.isEmpty, let kept = annotations.removeValue(forKey: stack) else { return }
        block.pointee.context.tsan_fiber = kept.tsan_fiber
        block.pointee.context.valgrind_id = kept.valgrind_id
    }

    /// And comes back when it is free.
    func takeAnnotations(_ stack: UnsafeMutableRawPointer, _ block: Block) {
        guard block.pointee.context.tsan_fiber != nil || block.pointee.context.valgrind_id != 0 else { return }
        annotations[stack] = block.pointee.context
    }
}

/// Stacks of another size than the hub's usual one.
final class SizedStacks {
    // Unchecked: its methods call nothing of ours.
    @exclusivity(unchecked) var slab: StackSlab

    init(_ slab: consuming StackSlab) { self.slab = slab }

    var shortage: TooManyGreenlets { TooManyGreenlets(limit: slab.inUse, errno: slab.failure) }
}
