internal import CCoroutine
internal import Coroutines
internal import EventLoop

/// A snapshot of what a hub has done and holds.
public struct HubStatistics: Sendable, Equatable {
    /// How stacks are kept from running into each other.
    public enum StackGuard: String, Sendable {
        /// Page-table markers: no limit on their number.
        case marker
        /// Protected pages, as long as the system's limit on mappings allows.
        case protection
        /// The limit was reached: a canary is looked at whenever such a stack is left.
        case none
    }

    /// Greenlets that have started and not ended, the main one not counted.
    public let greenlets: Int
    /// Greenlets that are ready to run, and callbacks.
    public let runnable: Int
    /// Stacks in use, the hub's own included.
    public let stacks: Int
    /// Those of them that are parked: see `Hub.Configuration.stackParking`.
    public let parkedStacks: Int
    /// Bytes that those take instead of their pages.
    public let parkedBytes: Int
    /// Those of them that have a guard; the others are checked when they are left.
    public let guardedStacks: Int
    /// How many stacks of one size there can be, the hub's own included.
    public let maximumStacks: Int
    /// How new stacks are guarded.
    public let stackGuard: StackGuard
    /// Timers that are set.
    public let timers: Int
    /// Switches to greenlets so far.
    public let switches: UInt64
    /// Turns of the loop so far.
    public let turns: UInt64
}

extension Hub {
    /// A snapshot of this hub's counters.
    public var statistics: HubStatistics {
        checkThread()
        return HubStatistics(
            greenlets: liveGreenlets().count { $0 !== mainGreenlet }, runnable: core.pointee.queue.count,
            stacks: stacksInUse,
            parkedStacks: cg_parking_count(core.thread.pointee.parking),
            parkedBytes: cg_parking_bytes(core.thread.pointee.parking),
            guardedStacks: guardedStacks, maximumStacks: slab.capacity + 1,
            stackGuard: HubStatistics.StackGuard(slab.guardKind), timers: loop.timerCount,
            switches: core.pointee.switches, turns: core.pointee.turns)
    }
}

extension HubStatistics.StackGuard {
    init(_ kind: StackSlab.Guard) {
        switch kind {
        case .marker: self = .marker
        case .protection: self = .protection
        case .none: self = .none
        }
    }

    /// As slabs call it.
    var kind: StackSlab.Guard {
        switch self {
        case .marker: .marker
        case .protection: .protection
        case .none: .none
        }
    }
}
