internal import Synchronization

/// Decides what a pool does. It knows of no greenlet, no connection and no clock: it is told what happened and when,
/// changes the states of its slots, and leaves what is to be carried out in `effects`.
///
/// `ConnectionPool` tells it and carries out; the tests tell it without a pool, in every order there is.
///
/// The separation is that of PostgresNIO's `PoolStateMachine`; here it is one class without type parameters, since
/// green threads need no executor and connections stay in the pool.
///
/// What a lease touches is `@exclusivity(unchecked)`. Safe: nothing here parks or calls out while it changes a field, so
/// that no two accesses can overlap; checking that took half of a lease's time.
final class PoolMachine {
    /// What the pool is to do, in order.
    enum Effect {
        /// The waiter has its outcome.
        case wake(Waiter)
        /// The slot has something to do: a worker starts, or the one that waits asks for its `nextStep`.
        case work(Int)
        /// The hook that has the slot is to be interrupted.
        case interrupt(Int)
        /// A connection is idle, and keepalive waits for one.
        case keepalive
        /// Something falls due earlier than `maintainAt` was when `maintain` said so.
        case maintain
        /// There is a connection more, or the pool is closed: whoever waits for readiness looks.
        case ready
        /// A slot of a closed pool became vacant: whoever waits in `close` looks.
        case drained
        /// One more borrower waits, or none waits any more.
        case demand
        /// A connection was given up because of `recall`, which is `nothing` again.
        case recalled
        /// A connection of the parent's is dropped in a forked child, as it is.
        case forget(Int)
        /// `span`: what the event says that something took.
        case observe(PoolEvent.Kind, connection: Int, span: Nanoseconds?)
    }

    /// Why borrowers are refused.
    enum Refusal {
        case closed
        case unavailable
        case tooMany
    }

    /// Which connections are to be given up when they come back, because others share an allowance with the pool.
    enum Recall {
        case nothing
        /// The next one that nobody waits for.
        case ifNobodyWaits
        /// The next one.
        case always
    }

    /// While no connect is likely to succeed, one slot tries and the others wait for it.
    struct Restraint {
        enum Reason { case breaker, refusal }
        var reason: Reason
        var probeEvery: Nanoseconds
        var nextProbe: Nanoseconds
        var prober: Int?
    }

    @exclusivity(unchecked) var rules: PoolRules
    /// The pool's name, for errors.
    var name = ""
    @exclusivity(unchecked) var slots = SlotTable()
    /// The size that was asked for.
    var size = 0
    /// Ends of the idle list, by the time since when they are idle; -1 for none.
    @exclusivity(unchecked) var idleFirst = -1
    @exclusivity(unchecked) var idleLast = -1
    @exclusivity(unchecked) var waiters = WaiterQueue()
    @exclusivity(unchecked) var effects: [Effect] = []
    /// The waiter that has its outcome, before all `effects`: a return usually wakes one and does nothing else, and
    /// filling and emptying the list took a quarter of a contended lease.
    // Safe: unmanaged, since its borrower holds it until it has been woken, and nothing runs between here and there.
    @exclusivity(unchecked) var wake: Unmanaged<Waiter>?
    /// Whether anybody wants `Effect.observe`.
    @exclusivity(unchecked) var isObserved = false
    @exclusivity(unchecked) var counters = PoolStatistics()

    /// Whether idle connections may be lent.
    @exclusivity(unchecked) var isLending = true
    var isSuspended = false
    var isClosed = false
    /// Slots that are not vacant.
    var occupied = 0
    /// Connections that are idle, leased or being checked.
    var live = 0
    var connecting = 0
    /// Validations for borrowers that run.
    var validations = 0
    /// Slots that wait for demand.
    var dormant = 0
    /// Counted up by `invalidateAll`.
    @exclusivity(unchecked) var generation = 0
    var lastConnection = 0
    /// When a connection was last found dead: whatever was not seen to work since is suspect.
    @exclusivity(unchecked) var suspectedAt = Nanoseconds.min
    /// Since when there is no connection although there should be one.
    var downSince: Nanoseconds?
    var restraint: Restraint?
    var lastConnectError: (any Error)?
    /// Connects that failed since one succeeded.
    var failuresInARow = 0
    @exclusivity(unchecked) var isKeepaliveWaiting = false
    @exclusivity(unchecked) var recall = Recall.nothing
    /// Where others, who want `Effect.demand`, read how many borrowers wait; nil if nobody does.
    @exclusivity(unchecked) var demand: DemandGauge?
    /// When `maintain` must be called next, as far as it is known.
    @exclusivity(unchecked) var maintainAt = Nanoseconds.never
    /// 0 up to 1; tests put their own in.
    var random: () -> Double = { Double.random(in: 0..<1) }

    init(rules: PoolRules) { self.rules = rules }

    deinit {
        // A pool with waiters lives; a machine in a test may not.
        while waiters.popFirst() != nil {}
        slots.deallocate()
    }

    // MARK: Slots

    func add(_ state: SlotState) -> Int {
        let slot = slots.firstIndex { $0.state == .vacant } ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot] = Slot()
        slots[slot].state = state
        occupied += 1
        return slot
    }

    func vacate(_ slot: Int) {
        slots[slot].state = .vacant
        slots[slot].isDoomed = false
        occupied -= 1
        if restraint?.prober == slot { passProbe() }
        if isClosed { effects.append(.drained) }
    }

    // MARK: The idle list

    @inline(__always)
    func unlink(_ slot: Int) {
        let (previous, next) = (slots[slot].previous, slots[slot].next)
        if previous >= 0 { slots[previous].next = next } else { idleFirst = next }
        if next >= 0 { slots[next].previous = previous } else { idleLast = previous }
    }

    @inline(__always)
    func linkLast(_ slot: Int) {
        slots[slot].state = .idle
        slots[slot].next = -1
        slots[slot].previous = idleLast
        if idleLast >= 0 { slots[idleLast].next = slot } else { idleFirst = slot }
        idleLast = slot
    }

    func linkFirst(_ slot: Int) {
        slots[slot].state = .idle
        slots[slot].previous = -1
        slots[slot].next = idleFirst
        if idleFirst >= 0 { slots[idleFirst].previous = slot } else { idleLast = slot }
        idleFirst = slot
    }

    /// The one to lend next; -1 for none.
    @inline(__always)
    var nextIdle: Int { rules.isLIFO ? idleLast : idleFirst }

    // MARK: What the pool is told to do

    @inline(__always)
    func noteWake(_ waiter: Waiter) {
        if effects.isEmpty, wake == nil { wake = .passUnretained(waiter) } else { effects.append(.wake(waiter)) }
    }

    @inline(__always)
    func takeWake() -> Unmanaged<Waiter>? {
        guard let waiter = wake else { return nil }
        wake = nil
        return waiter
    }

    @inline(__always)
    func observe(_ kind: @autoclosure () -> PoolEvent.Kind, _ slot: Int? = nil, span: Nanoseconds? = nil) {
        guard isObserved else { return }
        effects.append(.observe(kind(), connection: slot.map { slots[$0].connection } ?? 0, span: span))
    }

    /// After the number of waiters has changed.
    @inline(__always)
    func noteDemand(isMore: Bool = false) {
        if let demand {
            demand.waiters.store(waiters.count, ordering: .relaxed)
            if isMore || waiters.isEmpty { effects.append(.demand) }
        }
    }

    @inline(__always)
    func noteDue(_ time: Nanoseconds) {
        guard time < maintainAt else { return }
        maintainAt = time
        effects.append(.maintain)
    }

    // MARK: Looking

    func statistics() -> PoolStatistics {
        var s = counters
        s.size = occupied
        s.waiters = waiters.count
        for slot in slots {
            switch slot.state {
            case .vacant, .inherited: break
            case .waitingToConnect: s.waitingToConnect += 1
            case .connecting: s.connecting += 1
            case .idle: s.idle += 1
            case .leased: s.leased += 1
            case .checking: s.checking += 1
            case .retiring: s.retiring += 1
            }
        }
        return s
    }

    /// How many connections a greenlet has borrowed.
    func leases(of holder: ObjectIdentifier) -> Int {
        slots.count { $0.state == .leased && $0.holder == holder }
    }

    /// How many slots somebody other than a greenlet has.
    func occupied(besides holder: ObjectIdentifier) -> Int {
        slots.count { slot in
            switch slot.state {
            case .vacant, .inherited: false
            case .leased, .checking, .connecting, .retiring: slot.holder != holder
            case .idle, .waitingToConnect: true
            }
        }
    }
}
