internal import Gevent
internal import Synchronization

/// A pool's membership in a `SharedAllowance`; when the last reference to it goes, what the pool held is free.
final class AllowanceMembership: Allowance {
    private let allowance: SharedAllowance
    private let share: AllowanceShare

    init(_ allowance: SharedAllowance, _ share: AllowanceShare) {
        self.allowance = allowance
        self.share = share
    }

    deinit { allowance.leave(share) }

    @available(*, noasync)
    func acquire(timeout: Duration?) throws { try allowance.acquire(share, timeout) }
    func release() { allowance.release(share) }

    /// A right that was acquired is a connection now.
    func didConnect() { allowance.arrived(share) }
    /// A right that was acquired is not used.
    func neverConnected() { allowance.neverConnected(share) }

    var demand: DemandGauge { share.demand }
    func demandChanged() { allowance.demandChanged(share) }

    func recall(idle: Int, promised: Int) -> SharedAllowance.Recall {
        allowance.recall(from: share, idle: idle, promised: promised)
    }
}

/// How many borrowers of a pool wait, written on its hub and read anywhere.
final class DemandGauge: Sendable {
    let waiters = Atomic(0)
}

/// What a `SharedAllowance` knows of one pool.
final class AllowanceShare: @unchecked Sendable {
    // Unchecked: the variables are guarded by the allowance's lock; `onRecall` is called on the pool's hub only.
    var held = 0
    /// How many of those are about to be given back because somebody wants them.
    var promised = 0
    /// How many of those are not connections yet.
    var arriving = 0
    /// How many tickets it has, and as how many of them were last known to be for borrowers that wait.
    var ticketCount = 0
    var urgentCount = 0
    /// It was told that somebody wants something.
    var isAsked = false
    var isLookDue = false
    let demand = DemandGauge()
    private let handle: Hub.Handle?
    private let onRecall: () -> Void

    init(_ handle: Hub.Handle?, _ onRecall: @escaping () -> Void) {
        self.handle = handle
        self.onRecall = onRecall
    }

    /// How many of its tickets are for borrowers that wait and for whom nothing is on the way.
    var urgent: Int { max(0, min(ticketCount, demand.waiters.load(ordering: .relaxed) - arriving)) }

    /// Whether it belongs to that hub.
    func belongs(to other: Hub.Handle) -> Bool { handle.map { $0.isSame(as: other) } ?? false }

    /// Lets the pool look at what is wanted of it. From any thread.
    func ask() { handle?.runSoon { self.onRecall() } }
}

/// A greenlet that waits for a right.
final class AllowanceTicket: Sendable {
    let share: AllowanceShare
    let handOver = HandOver<Void>()

    init(_ share: AllowanceShare) { self.share = share }
}
