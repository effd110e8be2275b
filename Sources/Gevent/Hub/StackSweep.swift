internal import CCoroutine
internal import Coroutines
internal import EventLoop

/// Looks through a hub's greenlets for those that have waited for long, and parks their stacks: some in each turn, all of
/// them once in a round, and a round every half delay.
final class StackSweep {
    private let minimum: Int
    private let delay: Nanoseconds
    private let interval: Nanoseconds
    private var isInRound = false
    /// The next block to look at in this round.
    private var place = 0
    private var nextRound: Nanoseconds = 0
    /// Begins a round on a hub that has nothing else to do. Safe: freed with the hub, whose loop is gone by then.
    private let timer: UnsafeMutablePointer<TimerNode>

    private static let shortestInterval: Nanoseconds = 10_000_000
    /// How long it may take in an idle turn, and at the least in any: a look takes some nanoseconds, parking 3 µs.
    private static let idleTime: Nanoseconds = 500_000
    private static let leastTime: Nanoseconds = 50_000
    /// Looks, parking counted as many, until the clock is read.
    private static let batch = 512
    private static let looksForParking = 64
    /// Pages given back in a turn, a microsecond each: about as many as greenlets can end in one.
    private static let trimLimit = 4_096

    /// nil where stacks cannot be parked.
    init?(_ hub: Hub, _ configuration: Hub.StackParking) {
        guard hub.slab.guardKind == .marker, cg_parking_make(hub.core.thread) else { return nil }
        minimum = configuration.minimumGreenlets
        delay = Nanoseconds(0).advanced(after: configuration.delay)
        interval = max(delay / 2, Self.shortestInterval)
        timer = .allocate(capacity: 1)
        timer.initialize(to: TimerNode { _ in })
    }

    deinit { timer.deallocate() }

    /// At a turn's end, on the hub's own stack. Whether there is more to do at once.
    func goOn(_ hub: Hub) -> Bool {
        // One is the hub's.
        guard hub.stacksInUse - 1 >= max(minimum, 1) else { return false }
        trim(hub)
        let now = hub.loop.now
        if !isInRound {
            guard now >= nextRound else {
                if !timer.pointee.isStarted { hub.loop.start(timer, at: nextRound, keepsLoopAlive: false) }
                return false
            }
            isInRound = true
            place = 0
        }
        let count = hub.chunks.count * Hub.chunkSize
        let end = endOfTime(hub)
        var left = Self.batch
        while place < count {
            // Safe: below the number of blocks that there are, which only grows.
            let block = hub.chunks[place / Hub.chunkSize] + place % Hub.chunkSize
            place += 1
            left -= 1
            if waitsLong(block, now), cg_parking_park(hub.core.thread.pointee.parking, block.context) {
                left -= Self.looksForParking
            }
            if left <= 0 {
                if monotonicNanoseconds() >= end { return true }
                left = Self.batch
            }
        }
        isInRound = false
        nextRound = now.adding(interval)
        return goOn(hub)
    }

    /// Real time. A busy hub gives it as much as the turn took: else stacks would be made faster than they are parked.
    private func endOfTime(_ hub: Hub) -> Nanoseconds {
        let now = monotonicNanoseconds()
        if hub.core.pointee.queue.count == 0 { return now + Self.idleTime }
        let began = hub.core.pointee.sliceEnd - hub.core.pointee.timeSlice
        return now + max(now - began, Self.leastTime)
    }

    private func waitsLong(_ block: Block, _ now: Nanoseconds) -> Bool {
        // A thread's own stack is not the hub's to move.
        guard block.pointee.state == .parked, block.pointee.stackClass >= 0, block.pointee.reason.isOwn else {
            return false
        }
        if now - block.pointee.parkedSince < delay { return false }
        return !block.pointee.timer.isStarted || block.pointee.timer.deadline - now > delay
    }

    /// Many that wake and end one after the other each leave a page that was just brought back: they are not kept until
    /// the hub is idle.
    private func trim(_ hub: Hub) {
        guard hub.slab.warm > 4 * Hub.warmStacks else { return }
        hub.slab.trim(keeping: Hub.warmStacks, limit: Self.trimLimit)
    }
}
