import Gevent
import GeventConnPool
import GeventTesting
import Testing

struct OtherError: Error {}

/// What geventconnpool's own pool does.
@Suite(.virtualTime)
struct `A connection pool` {
    let server = FakeServer()

    @Test func `connects slot i at i times the spawn frequency`() throws {
        let pool = FakePool(5, server)
        #expect(server.attempts.isEmpty, "nothing is connected before the caller parks")
        try pool.waitUntilReady()
        #expect(server.attempts == [0, 0.1, 0.2, 0.3, 0.4])
        #expect(pool.statistics.idle == 5)
    }

    final class Fast: FakePool {
        override class var spawnFrequency: Duration { .milliseconds(10) }
    }

    @Test func `takes the spawn frequency of its subclass`() throws {
        try Fast(3, server).waitUntilReady()
        #expect(server.attempts == [0, 0.01, 0.02])
    }

    @Test func `prefers the configuration's spawn frequency to the class's`() throws {
        try Fast(3, server) { $0.spawnFrequency = .milliseconds(300) }.waitUntilReady()
        #expect(server.attempts == [0, 0.3, 0.6])
    }

    @Test func `backs off after failed connects for as long as they fail`() throws {
        server.isUp = false
        let pool = FakePool(1, server)
        try sleep(for: .seconds(1700))
        // 0.1 doubles while it is below 400, so that it ends at 409.6.
        var expected = [0.0]
        var delay = 0.1
        while let last = expected.last, last + delay <= 1700 {
            expected.append(((last + delay) * 1000).rounded() / 1000)
            if delay < 400 { delay *= 2 }
        }
        #expect(server.attempts == expected)
        #expect(expected.suffix(2) == [1228.7, 1638.3])
        server.isUp = true
        try pool.waitUntilReady()
        #expect(pool.statistics.connectFailures == expected.count)
    }

    @Test func `lends the connection that is idle longest`() throws {
        let pool = FakePool(3, server)
        try pool.waitUntilReady()
        let order = try (0..<7).map { _ in try pool.get { $0.number } }
        #expect(order == [1, 2, 3, 1, 2, 3, 1])
    }

    @Test func `connects again one second after a listed error`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        #expect(pool.statistics.discards == 1)
        #expect(pool.statistics.idle == 0)
        try pool.waitUntilReady()
        #expect(server.attempts == [0, 1])
        #expect(server.closed == 1)
    }

    @Test func `keeps a connection whose body throws an error that is not listed`() throws {
        let pool = FakePool(1, server)
        #expect(throws: OtherError.self) { try pool.get { _ in throw OtherError() } }
        #expect(pool.statistics.idle == 1)
        #expect(pool.statistics.discards == 0)
        #expect(try pool.get { $0.number } == 1)
    }

    @Test func `discards on subclasses of a listed error`() throws {
        let pool = FakePool(1, server)
        #expect(throws: SocketTimeout.self) { try pool.get { _ in throw SocketTimeout("x") } }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `discards on any error if told so, but not on an interruption by type alone`() throws {
        let pool = FakePool(1, server, errorTypes: [(any Error).self])
        #expect(throws: GreenletExit.self) { try pool.get { _ in throw GreenletExit() } }
        #expect(pool.statistics.discards == 0)
        #expect(throws: OtherError.self) { try pool.get { _ in throw OtherError() } }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `asks its subclass whether an error breaks a connection`() throws {
        final class Judge: FakePool {
            override func isConnectionError(_ error: any Error) -> Bool { error is OtherError }
        }
        let pool = Judge(1, server)
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        #expect(pool.statistics.discards == 0)
        #expect(throws: OtherError.self) { try pool.get { _ in throw OtherError() } }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `serves those that wait in the order in which they came`() throws {
        let pool = FakePool(1, server)
        var order: [Int] = []
        let callers = (0..<5).map { n in
            spawn {
                try pool.get { _ in
                    order.append(n)
                    try sleep(for: .seconds(1))
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(order == [0, 1, 2, 3, 4])
    }

    @Test func `keeps each connection alive once a period, in turn`() throws {
        let pool = FakePool(4, server, keepalive: .seconds(40))
        var touched: [String] = []
        pool.onKeepalive = { [server] c in touched.append("\(c.number)@\(Int(server.now.rounded()))") }
        try sleep(for: .seconds(81))
        #expect(
            touched == ["1@0", "2@10", "3@20", "4@30", "1@40", "2@50", "3@60", "4@70", "1@80"])
    }

    @Test func `replaces a connection whose keepalive fails`() throws {
        let pool = FakePool(1, server, keepalive: .seconds(10))
        try sleep(for: .seconds(1))
        try pool.get { $0.isBroken = true }
        try sleep(for: .seconds(11))
        #expect(pool.statistics.discards == 1)
        #expect(try pool.get { $0.number } == 2)
        #expect(server.attempts == [0, 11])
    }

    @Test func `gives what the body gives`() throws {
        let pool = FakePool(2, server)
        let answer: Int = try pool.get { c in
            try c.send(7)
            return try c.receive()
        }
        #expect(answer == 7)
    }
}
