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

    /// Stacks in use, the hub's own included, the one that is kept for the next greenlet not.
    var stacksInUse: Int { slab.inUse - (core.pointee.spare == nil ? 0 : 1) }

    /// Gives back, some in each idle turn, the pages of stacks that were free for a second. Not sooner: a hub that is
    /// idle between two timers would give back what it uses a moment later.
    func trimStacks() {
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

    /// What sanitizers and valgrind call this stack goes to the block that uses it now.
    func lendAnnotations(_ slot: Int32, _ block: Block) {
        block.pointee.context.tsan_fiber = nil
        block.pointee.context.valgrind_id = 0
        guard !annotations.isEmpty, let kept = annotations.removeValue(forKey: slot) else { return }
        block.pointee.context.tsan_fiber = kept.tsan_fiber
        block.pointee.context.valgrind_id = kept.valgrind_id
    }

    /// And comes back when it is free.
    func takeAnnotations(_ slot: Int32, _ block: Block) {
        guard block.pointee.context.tsan_fiber != nil || block.pointee.context.valgrind_id != 0 else { return }
        annotations[slot] = block.pointee.context
    }
}
