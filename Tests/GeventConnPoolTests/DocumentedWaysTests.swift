// The ways of PoolsAndOptions.md for programs that worked otherwise with another pool.
import Gevent
import GeventConnPool
import GeventTesting
import Synchronization
import Testing

/// A connection that was taken and is put back later, as `get_conn` and `put_conn` do.
final class Held<Connection> {
    private var lease: Lease<Connection>?
    let connection: Connection

    init(_ pool: ConnectionPool<Connection>) throws {
        let lease = try pool.lease()
        connection = lease.connection
        self.lease = consume lease
    }

    func put(isBroken: Bool = false) {
        guard let lease = lease.take() else { return }
        if isBroken { lease.discard() } else { lease.return() }
    }
}

@Suite(.virtualTime)
struct `A way of another pool` {
    private let server = FakeServer()

    @Test func `to take a connection and put it back`() throws {
        let pool = FakePool(2, server)
        let held = try Held(pool)
        #expect(pool.statistics.leased == 1)
        held.put()
        held.put()
        #expect((pool.statistics.leased, pool.statistics.returns) == (0, 1))
        try Held(pool).put(isBroken: true)
        #expect(pool.statistics.discards == 1)
        // One that is forgotten goes back.
        _ = try Held(pool)
        #expect(pool.statistics.leased == 0)
    }

    @Test func `to hold several in an array`() throws {
        let pool = FakePool(3, server)
        var all = try (0..<3).map { _ in try Held(pool) }
        #expect(Set(all.map(\.connection.number)).count == 3)
        all[1].put(isBroken: true)
        all.removeAll()
        #expect((pool.statistics.leased, pool.statistics.returns, pool.statistics.discards) == (0, 2, 1))
    }

    @Test func `to close all connections in a loop`() throws {
        let pool = FakePool(3, server)
        try pool.waitUntilReady()
        try pool.get { mine in
            // What is idle goes now, what is lent when it comes back; others take their places.
            pool.invalidateAll()
            try sleep(for: .milliseconds(10))
            #expect(!mine.isClosed)
        }
        try sleep(for: .seconds(5))
        #expect((server.closed, server.alive) == (3, 3))
        #expect(pool.evict { $0.number > 4 } == 2)
        try sleep(for: .seconds(5))
        #expect((server.closed, server.alive) == (5, 3))
    }

    @Test func `to hear of each failure`() throws {
        let waits = Mutex<[Duration?]>([])
        let policy = RetryPolicy(
            maxFailures: 2, backOff: .init(initial: .seconds(1), limit: .seconds(9)),
            onFailure: { failure in
                #expect((failure.error as? SocketError)?.message == "\(failure.count)")
                waits.withLock { $0.append(failure.wait) }
            })
        var attempts = 0
        #expect(throws: SocketError.self) {
            try withRetry(policy) {
                attempts += 1
                throw SocketError("\(attempts)")
            }
        }
        #expect(waits.withLock { $0 } == [.seconds(1), .seconds(2), nil])
    }

    @Test func `not to hear of what is not tried again`() throws {
        let policy = RetryPolicy(onFailure: { _ in Issue.record("it was told") })
        #expect(throws: OtherError.self) { try withRetry(policy) { throw OtherError() } }
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try withRetry(policy) { try sleep(for: .seconds(9)) } }
        }
    }

    @Test func `to count anew after an attempt that went well for long`() throws {
        let counts = Mutex<[Int]>([])
        let policy = RetryPolicy(
            maxFailures: 2, backOff: .init(initial: .seconds(1), limit: .seconds(100)),
            onFailure: { failure in counts.withLock { $0.append(failure.count) } }, resetAfter: .seconds(60))
        var attempts = 0
        let took = try Hub.current.clock.measure {
            #expect(throws: SocketError.self) {
                try withRetry(policy) {
                    attempts += 1
                    // A subscription that lasts, at the third attempt exactly as long as it must.
                    if attempts == 3 { try sleep(for: .seconds(60)) }
                    if attempts == 5 { try sleep(for: .milliseconds(59_900)) }
                    throw SocketError("ended")
                }
            }
        }
        #expect(counts.withLock { $0 } == [1, 2, 1, 2, 3])
        #expect(took == .milliseconds(125_900), "1 and 2, 60 and 1, 2 and 59.9 seconds")
    }

    @Test func `to keep the deadline in spite of a reset`() throws {
        let policy = RetryPolicy(interval: .seconds(1), deadline: .seconds(10), resetAfter: .seconds(2))
        var attempts = 0
        #expect(throws: SocketError.self) {
            try withRetry(policy) {
                attempts += 1
                try sleep(for: .seconds(3))
                throw SocketError("ended")
            }
        }
        #expect(attempts == 3)
    }
}
