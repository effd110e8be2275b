internal import EventLoop
internal import Gevent
internal import Synchronization

/// One hard limit over the pools of several threads: never more connections than that, all of them together.
///
/// ```swift
/// let quota = SharedAllowance(100)
/// // On each hub:
/// let pool = MyPool(100, configuration: .init { $0.minimumSize = 0 })
/// pool.allowance = quota
/// ```
///
/// `PoolGroup` sets this up. A right that is given back on one hub goes to a pool on another that waits for one. Pools
/// whose borrowers wait come first, among them those that have the fewest connections, then in the order in which they
/// asked. While borrowers wait and no right is free, other pools give connections up: idle ones at once; and a pool
/// that has over one more than the pool that waits, or waits for its first, retires the next that comes back although
/// it has waiters of its own. So with demand everywhere the shares become equal. A limit below the number of pools that
/// have demand makes them take turns, with a connect for each.
///
/// May be used from any thread.
public final class SharedAllowance: Allowance, Sendable {
    /// How many connections there may be.
    public let limit: Int

    private struct State {
        /// In which process.
        var forks = Hub.forkCount
        var free: Int
        var tickets: [AllowanceTicket] = []
        var shares: [AllowanceShare] = []
        /// Of those who ask without being a pool.
        let others: AllowanceShare

        /// How many rights somebody must give back for borrowers of others than `share`, and who waits first.
        func need(besides share: AllowanceShare) -> (count: Int, promised: Int, first: AllowanceShare?) {
            var (count, promised) = (0, 0)
            var first: AllowanceShare?
            for one in shares + [others] {
                promised += one.promised
                let urgent = one === share ? 0 : one.urgent
                count += urgent
                if urgent > 0, first.map({ one.held < $0.held }) ?? true { first = one }
            }
            return (max(0, count - free - promised), promised, first)
        }
    }

    private let state: Lock<State>
    private let others = AllowanceShare(nil) {}

    /// An allowance of `limit` connections, at least 1.
    public init(_ limit: Int) {
        require(limit >= 1, "an allowance must be at least 1, not \(limit)")
        self.limit = limit
        others.demand.waiters.store(.max, ordering: .relaxed)
        state = Lock(State(free: limit, others: others))
    }

    /// How many connections there are now, those that are being made or closed included.
    public var used: Int { state.withLock { limit - $0.free } }

    /// Takes one right, for something that is no pool's. Parks the calling greenlet until there is one.
    ///
    /// - Parameter timeout: nil: for as long as it takes.
    /// - Throws: `AllowanceExhausted` when the timeout is over.
    @available(*, noasync)
    public func acquire(timeout: Duration?) throws {
        try acquire(others, timeout)
        arrived(others)
    }

    /// Gives a right back that `acquire(timeout:)` took; never parks.
    public func release() {
        release(others)
    }

    /// How many rights are free, and how many the pools of each of these hubs have.
    func holdings(_ hubs: [Hub.Handle]) -> (free: Int, held: [Int]) {
        state.withLock { state in
            let held = hubs.map { hub in state.shares.reduce(0) { $0 + ($1.belongs(to: hub) ? $1.held : 0) } }
            return (state.free, held)
        }
    }

    // MARK: Shares

    /// A pool's part of it, for a pool of the calling thread's hub. `onRecall` is called there when the pool is to look
    /// at what is wanted of it.
    func join(onRecall: @escaping () -> Void) -> AllowanceMembership {
        let share = AllowanceShare(Hub.current.handle, onRecall)
        state.withLock { state in
            if state.forks != Hub.forkCount { Self.forgetParent(&state, limit) }
            state.shares.append(share)
        }
        return AllowanceMembership(self, share)
    }

    /// In a forked child: its pools start empty, and those of other threads are not there.
    private static func forgetParent(_ state: inout State, _ limit: Int) {
        for share in state.shares + [state.others] {
            (share.held, share.promised, share.arriving, share.ticketCount) = (0, 0, 0, 0)
        }
        (state.free, state.tickets, state.shares, state.forks) = (limit, [], [], Hub.forkCount)
    }

    /// The pool is gone, and what it held with it.
    func leave(_ share: AllowanceShare) {
        change { state in
            state.shares.removeAll { $0 === share }
            state.tickets.removeAll { $0.share === share }
            share.ticketCount = 0
            state.free += share.held
            share.held = 0
            share.arriving = 0
            share.promised = 0
        }
    }

    @available(*, noasync)
    func acquire(_ share: AllowanceShare, _ timeout: Duration?) throws {
        let here = Hub.current.handle
        let ticket = AllowanceTicket(share)
        let end = ticket.handOver.deadline(after: timeout)
        var isLocal = false
        change { state in
            state.tickets.append(ticket)
            share.ticketCount += 1
            isLocal = state.shares.allSatisfy { $0.belongs(to: here) }
        }
        do {
            let granted: Void? = try ticket.handOver.wait(until: end, awaitsOthers: !isLocal) {
                neverConnected(share)
            }
            if granted == nil { throw AllowanceExhausted(limit: limit) }
        } catch {
            change { state in
                guard let place = state.tickets.firstIndex(where: { $0 === ticket }) else { return }
                state.tickets.remove(at: place)
                share.ticketCount -= 1
            }
            throw error
        }
    }

    /// What was granted is there, or will not be.
    func arrived(_ share: AllowanceShare) {
        change { _ in share.arriving -= 1 }
    }

    /// What was granted is not used.
    func neverConnected(_ share: AllowanceShare) {
        change { state in
            share.arriving -= 1
            Self.giveBack(share, &state)
        }
    }

    func release(_ share: AllowanceShare) {
        change { Self.giveBack(share, &$0) }
    }

    /// More borrowers of a pool wait, or none waits any more.
    func demandChanged(_ share: AllowanceShare) {
        let isNews = state.withLock { _ in share.urgent != share.urgentCount }
        if isNews { change { _ in } }
    }

    /// Which connections are to be given up when they come back.
    enum Returning {
        case nothing
        /// The next one that nobody waits for.
        case ifNobodyWaits
        /// The next one.
        case always
    }

    /// What others want of a pool.
    struct Recall {
        /// So many idle connections, at once. They are promised already.
        var idle = 0
        /// And then what comes back.
        var returning = Returning.nothing
    }

    /// What is wanted of a pool that has `idle` idle connections and has just promised `promised` more.
    func recall(from share: AllowanceShare, idle: Int, promised: Int) -> Recall {
        state.withLock { state in
            share.promised = min(share.promised + promised, share.held)
            share.isLookDue = false
            let (count, promisedByAll, first) = state.need(besides: share)
            share.isAsked = count > 0
            guard count > 0, let first else { return Recall() }
            let given = max(0, min(count, idle, share.held - share.promised))
            share.promised += given
            guard count > given else { return Recall(idle: given) }
            let left = share.held - share.promised
            // What is on its way to the one that waits is as good as there.
            let there = first.held + promisedByAll
            let isForced = left > 0 && (left > there + 1 || there == 0)
            return Recall(idle: given, returning: isForced ? .always : .ifNobodyWaits)
        }
    }

    private static func giveBack(_ share: AllowanceShare, _ state: inout State) {
        guard state.forks == Hub.forkCount else { return }
        require(share.held > 0, "an allowance is released more often than it was acquired")
        share.held -= 1
        share.promised = max(0, share.promised - 1)
        state.free += 1
    }

    /// Changes something, grants what then can be granted, and asks the pools that are concerned.
    private func change(_ body: (inout State) -> Void) {
        let asked = state.withLock { state in
            body(&state)
            Self.grant(&state)
            return Self.sharesToAsk(&state)
        }
        for share in asked { share.ask() }
    }

    private static func grant(_ state: inout State) {
        while state.free > 0 {
            let next = state.tickets.indices.min { a, b in
                let (a, b) = (state.tickets[a].share, state.tickets[b].share)
                let (isAUrgent, isBUrgent) = (a.urgent > 0, b.urgent > 0)
                return isAUrgent != isBUrgent ? isAUrgent : a.held < b.held
            }
            guard let next else { break }
            let ticket = state.tickets.remove(at: next)
            ticket.share.ticketCount -= 1
            guard ticket.handOver.give(()) else { continue }
            state.free -= 1
            ticket.share.held += 1
            ticket.share.arriving += 1
        }
    }

    /// Those that have something which somebody wants, and those that were asked for what nobody wants any more.
    private static func sharesToAsk(_ state: inout State) -> [AllowanceShare] {
        for share in state.shares { share.urgentCount = share.urgent }
        let isUrgent = state.others.ticketCount > 0 || state.shares.contains { $0.urgentCount > 0 }
        let asked = state.shares.filter { !$0.isLookDue && ($0.isAsked || (isUrgent && $0.held > 0)) }
        for share in asked { share.isLookDue = true }
        return asked
    }
}

/// There was no right to connect within the time that was given.
public struct AllowanceExhausted: Error, CustomStringConvertible {
    /// How many connections there may be.
    public let limit: Int

    /// That all are taken.
    public var description: String { "the allowance of \(limit) connections is used up" }
}
