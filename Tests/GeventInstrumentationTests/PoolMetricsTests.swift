import Gevent
import GeventConnPool
import GeventInstrumentation
import GeventTesting
import MetricsTestKit
import Testing

/// Each connect takes a second.
private final class SlowPool: ConnectionPool<Int> {
    private var made = 0

    override class var spawnFrequency: Duration { .zero }

    override func newConnection() throws -> Int {
        try sleep(for: .seconds(1))
        made += 1
        return made
    }

    override func isConnectionError(_ error: any Error) -> Bool { error is Cut }

    struct Cut: Error {}
}

private final class Counting: PoolObserver {
    private(set) var count = 0
    func observe(_ event: PoolEvent) { count += 1 }
}

/// What the metrics of one pool say now.
private struct Reading {
    let metrics: TestMetrics

    private func meter(_ name: String, _ more: [(String, String)] = []) throws -> Double? {
        let name = "db.client.connection.\(name)"
        return try metrics.expectMeter(name, [("db.client.connection.pool.name", "numbers")] + more).lastValue
    }

    private func timer(_ name: String) throws -> [Int64] {
        let pool = [("db.client.connection.pool.name", "numbers")]
        return try metrics.expectTimer("db.client.connection.\(name)", pool).values.map { $0 / 1_000_000_000 }
    }

    var idle: Double? { get throws { try meter("count", [("db.client.connection.state", "idle")]) } }
    var used: Double? { get throws { try meter("count", [("db.client.connection.state", "used")]) } }
    var maximum: Double? { get throws { try meter("max") } }
    var idleMaximum: Double? { get throws { try meter("idle.max") } }
    var idleMinimum: Double? { get throws { try meter("idle.min") } }
    var pending: Double? { get throws { try meter("pending_requests") } }
    var timeouts: Int64 {
        get throws {
            let pool = [("db.client.connection.pool.name", "numbers")]
            return try metrics.expectCounter("db.client.connection.timeouts", pool).totalValue
        }
    }
    var createTimes: [Int64] { get throws { try timer("create_time") } }
    var waitTimes: [Int64] { get throws { try timer("wait_time") } }
    var useTimes: [Int64] { get throws { try timer("use_time") } }
}

@Suite(.virtualTime)
struct `Metrics of a pool` {
    private let metrics = TestMetrics()
    private var now: Reading { Reading(metrics: metrics) }

    private func makePool(_ size: Int, _ configure: (inout PoolConfiguration) -> Void = { _ in }) -> SlowPool {
        let pool = SlowPool(size, configuration: .init(configure))
        pool.name = "numbers"
        pool.observer = PoolMetrics(pool, factory: metrics)
        return pool
    }

    @Test func `count connections by state, and say how many there may be`() throws {
        let pool = makePool(3) { $0.minimumSize = 2 }
        #expect(try (now.idle, now.used, now.pending) == (0, 0, 0))
        #expect(try (now.maximum, now.idleMaximum, now.idleMinimum) == (3, 3, 2))
        try pool.waitUntilReady()
        #expect(try (now.idle, now.used) == (2, 0))
        let inside = try pool.get { _ in try (now.idle, now.used) }
        #expect(inside == (1, 1))
        #expect(try (now.idle, now.used) == (2, 0))
        try pool.close()
        #expect(try (now.idle, now.used) == (0, 0))
    }

    @Test func `follow a change of size`() throws {
        let pool = makePool(2)
        try pool.waitUntilReady()
        pool.resize(to: 4)
        try pool.waitUntilReady()
        #expect(try (now.maximum, now.idleMinimum, now.idle) == (4, 4, 4))
    }

    @Test func `time connects, waits and uses`() throws {
        let pool = makePool(1)
        let first = spawn { try pool.get { _ in try sleep(for: .seconds(3)) } }
        let second = spawn { try pool.get { _ in try sleep(for: .seconds(5)) } }
        try sleep(for: .milliseconds(500))
        #expect(try now.pending == 2)
        try joinAll([first, second], raisingErrors: true)
        #expect(try now.pending == 0)
        #expect(try now.createTimes == [1])
        #expect(try now.waitTimes == [1, 4])
        #expect(try now.useTimes == [3, 5])
    }

    @Test func `count who got nothing, and who went away`() throws {
        let pool = makePool(1)
        try pool.waitUntilReady()
        try pool.get { _ in
            #expect(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
            #expect(try now.timeouts == 1)
            let killed = spawn { try pool.get { _ in } }
            try yield()
            #expect(try now.pending == 1)
            try killed.kill()
            #expect(try now.pending == 0)
            #expect(try now.timeouts == 1)
        }
    }

    @Test func `count a connection that breaks no more, and the one in its place`() throws {
        let pool = makePool(1)
        try pool.waitUntilReady()
        #expect(throws: SlowPool.Cut.self) {
            try pool.get { _ in
                try sleep(for: .seconds(2))
                throw SlowPool.Cut()
            }
        }
        #expect(try (now.idle, now.used) == (0, 0))
        #expect(try now.useTimes == [2])
        try pool.waitUntilReady()
        #expect(try (now.idle, now.used) == (1, 0))
        #expect(try now.createTimes == [1, 1])
    }

    @Test func `tell another observer too`() throws {
        let next = Counting()
        let pool = SlowPool(1)
        pool.name = "numbers"
        pool.observer = PoolMetrics(pool, factory: metrics, next: next)
        try pool.waitUntilReady()
        #expect(next.count == 2)  // connecting, connected
    }
}
