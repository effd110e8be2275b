internal import EventLoop
public import Gevent
internal import Synchronization

/// One logical pool over the hubs of several threads, so that a program can use all cores under one hard limit.
///
/// ```swift
/// let group = PoolGroup(limit: 100, on: (1...4).map { HubThread(name: "epp-\($0)") }) { limit in
///     MyPool(limit, configuration: .init { $0.minimumSize = 0 })
/// }
/// // In a greenlet of any hub:
/// try group.get { c in try c.sendAll("x") }
/// // In a task: in a greenlet of the hub that has the least to do.
/// let text = try await group.get { c in try c.receiveText(upTo: 3) }
/// ```
///
/// A connection cannot leave the thread that it was made on. So each hub that uses the group has a pool of its own, made
/// at its first use, and all of them share one `SharedAllowance`: together they never have more than `limit`
/// connections, and a right that is freed on one hub serves a borrower that waits on another. Borrowers of one hub are
/// served in their order; between hubs see `SharedAllowance`.
///
/// With `minimumSize = 0` a pool connects when its borrowers wait; without, the pool whose hub comes first takes all
/// rights, and gives them up as others need them. A connection that is given up is retired: moving a right costs one
/// logout and one login.
public final class PoolGroup<Connection>: Sendable {
    /// The hard limit.
    public let allowance: SharedAllowance

    /// A hub's pool, for others that ask on its hub.
    private final class Member: @unchecked Sendable {
        // Unchecked: touched on its hub only.
        weak var pool: ConnectionPool<Connection>?
        let handle = Hub.current.handle

        init(_ pool: ConnectionPool<Connection>) { self.pool = pool }
    }

    private struct State {
        var members: [Member] = []
        var isClosed = false
    }

    /// A thread of the group's own, and how many borrows of tasks it has.
    private final class Station: Sendable {
        let hub: HubThread
        let borrows = Atomic(0)

        init(_ hub: HubThread) { self.hub = hub }
    }

    private let state = Lock(State())
    private let pools: HubLocal<ConnectionPool<Connection>>
    private let stations: [Station]

    /// A group of at most `limit` connections, at least 1.
    ///
    /// - Parameters:
    ///   - hubs: where borrows of tasks run. Greenlets borrow on their own hub, whichever it is.
    ///   - make: makes the pool of one hub, on that hub. It is given `limit`, the pool's size where it may have all.
    public init(
        limit: Int, on hubs: [HubThread] = [], _ make: @escaping @Sendable (_ limit: Int) -> ConnectionPool<Connection>
    ) {
        let allowance = SharedAllowance(limit)
        self.allowance = allowance
        stations = hubs.map(Station.init)
        pools = HubLocal {
            let pool = make(limit)
            pool.allowance = allowance
            return pool
        }
    }

    deinit {
        for member in state.withLock({ $0.members }) { member.handle.post { [pools] in pools.set(nil) } }
    }

    /// How many connections there may be.
    public var limit: Int { allowance.limit }

    /// The calling thread's pool, made if there is none yet.
    ///
    /// - Throws: `PoolClosed` after `close`.
    public var pool: ConnectionPool<Connection> {
        get throws {
            let pool = try pools.value
            if !pool.isEnlisted { try enlist(pool) }
            return pool
        }
    }

    private func enlist(_ pool: ConnectionPool<Connection>) throws {
        let member = Member(pool)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.members.append(member) }
            return state.isClosed
        }
        pool.isEnlisted = true
        if isClosed { pool.closeNoWait() }
    }

    // MARK: Borrowing

    /// Lends a connection of the calling thread's pool. Parks the calling greenlet. See `ConnectionPool.get`.
    @available(*, noasync) @discardableResult
    public func get<Result>(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
        _ body: (Connection) throws -> Result, isReusable: ((Result) -> Bool)? = nil
    ) throws -> Result {
        try pool.get(timeout: timeout, file: file, line: line, body, isReusable: isReusable)
    }

    /// Lends a connection to `body`, which runs in a greenlet of one of the group's hubs, where there is a connection if
    /// possible, and may park there. Cancelling the task interrupts it.
    @discardableResult
    public func get<Result: Sendable>(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable (Connection) throws -> Result,
        isReusable: (@Sendable (Result) -> Bool)? = nil
    ) async throws -> Result {
        let station = stationToUse()
        station.borrows.add(1, ordering: .relaxed)
        defer { station.borrows.subtract(1, ordering: .relaxed) }
        return try await station.hub.run {
            try self.pool.get(timeout: timeout, file: file, line: line, body, isReusable: isReusable)
        }
    }

    /// The hub for a task's borrow: one that has a connection which nobody uses; else, while rights are free, the one that
    /// has the least to do; else the one with the fewest borrows for each connection, for moving a right costs a login.
    private func stationToUse() -> Station {
        let (free, held) = allowance.holdings(stations.map(\.hub.handle))
        let borrows = stations.map { $0.borrows.load(ordering: .relaxed) }
        let all = stations.indices
        let idle = all.filter { borrows[$0] < held[$0] }
        let some = free > 0 ? [] : all.filter { held[$0] > 0 }
        let choice =
            idle.min { borrows[$0] < borrows[$1] } ?? some.min { borrows[$0] * held[$1] < borrows[$1] * held[$0] }
            ?? all.min { borrows[$0] < borrows[$1] }
        guard let choice else { fatalError("a PoolGroup without hubs lends to greenlets only") }
        return stations[choice]
    }

    // MARK: All of it

    /// What the pools of all hubs have and did, added up; each at its own moment.
    public func statistics() async throws -> PoolStatistics {
        var sum = PoolStatistics()
        for member in state.withLock({ $0.members }) {
            do {
                if let one = try await member.handle.run({ member.pool?.statistics }) { sum.add(one) }
            } catch is HubDestroyed {}
        }
        return sum
    }

    /// Closes the pools of all hubs and waits until nothing of them is left; afterwards borrowers get `PoolClosed`.
    /// Idempotent. See `ConnectionPool.close(timeout:)`.
    public func close(timeout: Duration? = nil) async throws {
        let members = state.withLock { state in
            state.isClosed = true
            return state.members
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for member in members {
                tasks.addTask {
                    do {
                        try await member.handle.run { try member.pool?.close(timeout: timeout) }
                    } catch is HubDestroyed {}
                }
            }
            try await tasks.waitForAll()
        }
    }
}
