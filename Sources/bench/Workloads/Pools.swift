import Gevent
import GeventConnPool

/// A connection that does nothing.
private final class Dummy {}

private final class DummyPool: ConnectionPool<Dummy> {
    override class var spawnFrequency: Duration { .zero }
    override func newConnection() throws -> Dummy? { Dummy() }
}

extension Workload {
    /// The pool's own cost.
    static let pool = Workload(
        name: "pool", summary: "get and return of a dummy connection, size 10, one caller"
    ) {
        let pool = DummyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let count = Scale.of(1_000_000)
        return Round {
            for _ in 0..<count { try pool.get { _ in } }
            return count
        } finish: {
            try pool.close(timeout: .seconds(5))
        }
    }

    /// The pool's cost as `RegistryClient` has it: its options, a budget for each borrow, a look at each reply.
    static let eppLease = Workload(
        name: "epp-lease", summary: "get and return as RegistryClient does it: trust window, jitter, budget, verdict"
    ) {
        let pool = DummyPool(
            10,
            configuration: .init {
                $0.borrowTimeout = .seconds(10)
                $0.connectTimeout = .seconds(20)
                $0.trustWindow = .seconds(60)
                $0.validationTimeout = .seconds(10)
                $0.jitter = 0.05
                $0.reconnectDelay = .zero
                $0.backOff = .init(limit: .seconds(30), jitter: 0.1)
                $0.retireTimeout = .seconds(5)
            })
        pool.reportsFailures = false
        try pool.waitUntilReady(timeout: .seconds(5))
        let count = Scale.of(1_000_000)
        return Round {
            for _ in 0..<count {
                try pool.get(timeout: .seconds(10)) { _ in
                    1_000
                } isReusable: {
                    $0 < 2_500
                }
            }
            return count
        } finish: {
            try pool.close(timeout: .seconds(5))
        }
    }

    /// Everybody waits for somebody.
    static let poolContended = Workload(
        name: "pool-contended", summary: "100 callers on a pool of 10, a yield inside, a get"
    ) {
        let pool = DummyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let rounds = Scale.of(10_000)
        return Round {
            let callers = (0..<100).map { _ in
                spawn {
                    for _ in 0..<rounds { try pool.get { _ in try yield() } }
                }
            }
            try joinAll(callers, raisingErrors: true)
            return 100 * rounds
        } finish: {
            try pool.close(timeout: .seconds(5))
        }
    }

    /// A million leases; fails if anybody starves, gets another's reply, or a connection more is made.
    static let poolFair = Workload(
        name: "pool-fair", summary: "1,000 callers on a pool of 10, each reply its own, nobody starves, a lease"
    ) {
        let pool = ReplyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let rounds = 1_000
        return Round {
            let callers = (0..<1_000).map { caller in
                spawn {
                    for round in 0..<rounds { try pool.exchange(caller * rounds + round) }
                }
            }
            try joinAll(callers, raisingErrors: true)
            return 1_000 * rounds
        } finish: {
            try pool.check()
            try pool.close(timeout: .seconds(5))
        }
    }
}

/// Answers come in the order of the requests, so that whoever leaves without its own leaves it to the next.
private final class Replies {
    var waiting: [Int] = []
}

private final class ReplyPool: ConnectionPool<Replies> {
    private var served = 0
    private var waitedInAll = 0
    private var longestWait = 0

    override class var spawnFrequency: Duration { .zero }
    override func newConnection() throws -> Replies? { Replies() }

    /// How long a caller waits is counted in leases of others.
    func exchange(_ request: Int) throws {
        let before = served
        try get { replies in
            served += 1
            let waited = served - before
            waitedInAll += waited
            longestWait = max(longestWait, waited)
            replies.waiting.append(request)
            try yield()
            guard replies.waiting.removeFirst() == request else { throw SocketError("another caller's reply") }
        }
    }

    func check() throws {
        guard statistics.connects == 10 else { throw SocketError("\(statistics.connects) connects in place of 10") }
        guard longestWait * served <= 2 * waitedInAll else {
            throw SocketError("starving: \(longestWait) waited, \(Double(waitedInAll) / Double(served)) is the mean")
        }
    }
}
