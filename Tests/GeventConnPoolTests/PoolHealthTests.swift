import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

@Suite(.virtualTime)
struct `The health of pooled connections` {
    let server = FakeServer()

    @Test func `is checked on borrow only beyond the trust window`() throws {
        let pool = FakePool(1, server) { $0.trustWindow = .seconds(10) }
        var checks = 0
        pool.onValidate = { _ in
            checks += 1
            return true
        }
        try pool.get { _ in }
        try sleep(for: .seconds(10))
        try pool.get { _ in }
        #expect(checks == 0)
        try sleep(for: .seconds(11))
        try pool.get { _ in }
        #expect(checks == 1)
    }

    @Test func `is not checked at all by default`() throws {
        let pool = FakePool(1, server)
        pool.onValidate = { _ in
            Issue.record("checked")
            return false
        }
        try pool.get { _ in }
        try sleep(for: .seconds(1_000_000))
        try pool.get { _ in }
    }

    @Test func `costs one connect when all idle connections died`() throws {
        let pool = FakePool(5, server) { $0.trustWindow = .seconds(60) }
        try pool.waitUntilReady()
        // The server restarts while nobody uses any.
        var connections: [FakeConnection] = []
        for _ in 0..<5 { try pool.get { connections.append($0) } }
        try sleep(for: .seconds(61))
        for connection in connections { connection.isBroken = true }
        let start = server.now
        let connects = pool.statistics.connects
        #expect(try pool.get { $0.isBroken } == false)
        #expect(server.now - start < 0.2)
        #expect(pool.statistics.connects - connects <= 2)
    }

    @Test func `is suspect when another connection was found dead since`() throws {
        let pool = FakePool(2, server) { $0.trustWindow = .seconds(60) }
        try pool.waitUntilReady()
        var connections: [FakeConnection] = []
        for _ in 0..<2 { try pool.get { connections.append($0) } }
        try sleep(for: .seconds(1))
        for connection in connections { connection.isBroken = true }
        #expect(throws: SocketError.self) { try pool.get { try $0.send(1) } }
        // Within its window, and yet it is not lent unseen.
        #expect(try pool.get { $0.isBroken } == false)
        #expect(pool.statistics.discards == 2)
    }

    @Test func `is taken for bad when the check takes too long`() throws {
        let pool = FakePool(1, server) {
            $0.trustWindow = .zero
            $0.validationTimeout = .seconds(2)
        }
        try pool.get { _ in }
        try sleep(for: .seconds(1))
        pool.onValidate = { _ in
            try sleep(for: .seconds(100))
            return true
        }
        let start = server.now
        #expect(try pool.get { $0.number } == 2)
        #expect(server.now - start == 2)
    }

    @Test func `counts the check in the borrow timeout, and goes on without the borrower`() throws {
        let pool = FakePool(1, server) { $0.trustWindow = .zero }
        try pool.get { _ in }
        try sleep(for: .seconds(1))
        pool.onValidate = { _ in
            try sleep(for: .seconds(3))
            return true
        }
        #expect(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
        #expect(pool.statistics.checking == 1)
        try sleep(for: .seconds(3))
        #expect(pool.statistics.idle == 1)
    }

    @Test func `is refreshed by keepalive, which leaves borrowed ones alone`() throws {
        let pool = FakePool(2, server, keepalive: .seconds(10)) { $0.trustWindow = .seconds(11) }
        pool.onValidate = { _ in
            Issue.record("checked although it was just kept alive")
            return true
        }
        try pool.waitUntilReady()
        var touched: [Int] = []
        pool.onKeepalive = { touched.append($0.number) }
        let lease = try pool.lease()
        let held = lease.connection.number
        try sleep(for: .seconds(60))
        #expect(!touched.contains(held))
        // The other one once a period, not in place of the one that is away.
        #expect((5...7).contains(touched.count))
        lease.return()
        try pool.get { _ in }
    }

    @Test func `does not keep borrowers waiting for keepalive's turn at size 1`() throws {
        let pool = FakePool(1, server, keepalive: .seconds(1))
        try pool.waitUntilReady()
        let borrowers = (0..<50).map { _ in spawn { try pool.get { _ in try sleep(for: .seconds(1)) } } }
        var pings: [Double] = []
        pool.onKeepalive = { _ in pings.append(server.now) }
        try joinAll(borrowers, raisingErrors: true)
        #expect(server.now <= 50.5)
        #expect(pings.allSatisfy { $0 >= 50 }, "keepalive takes what nobody waits for")
        try sleep(for: .seconds(3))
        #expect(!pings.isEmpty)
    }

    @Test func `is lost when keepalive takes too long`() throws {
        let pool = FakePool(1, server, keepalive: .seconds(10)) { $0.keepaliveTimeout = .seconds(2) }
        pool.onKeepalive = { _ in try sleep(for: .seconds(100)) }
        try sleep(for: .seconds(2.5))
        #expect(pool.statistics.discards == 1)
    }

    @Test func `ends with the lifetime, gracefully, and not under a borrower`() throws {
        let pool = FakePool(1, server) { $0.maximumLifetime = .seconds(100) }
        var log: [String] = []
        pool.onRetire = { [server] in log.append("retire \($0.number) @\(server.now)") }
        pool.onClose = { [server] in log.append("close \($0.number) @\(server.now)") }
        try sleep(for: .seconds(90))
        try pool.get { _ in try sleep(for: .seconds(30)) }
        try sleep(for: .seconds(150))
        #expect(
            log == ["retire 1 @120.0", "close 1 @120.0", "retire 2 @220.0", "close 2 @220.0"])
        #expect(pool.statistics.retirements == 2)
        #expect(pool.statistics.idle == 1)
    }

    @Test func `ends with the lifetime, though its first borrower had it when the pool looked what is due`() throws {
        let pool = FakePool(1, server) { $0.maximumLifetime = .seconds(100) }
        // Waits for the connection, and so has it at once.
        try pool.get { _ in try sleep(for: .seconds(1)) }
        try sleep(for: .seconds(98))
        #expect(pool.statistics.retirements == 0)
        try sleep(for: .seconds(2))
        #expect(pool.statistics.retirements == 1)
    }

    @Test func `does not end for all connections at once with jitter`() throws {
        let pool = FakePool(10, server) {
            $0.maximumLifetime = .seconds(1000)
            $0.jitter = 0.2
            $0.spawnFrequency = .zero
        }
        // Spread evenly: chance would have all ten on one side once in 512 runs.
        var chance = 0.0
        pool.random = {
            chance = (chance + 0.3).truncatingRemainder(dividingBy: 1)
            return chance
        }
        try pool.waitUntilReady()
        try sleep(for: .seconds(1000))
        #expect((1..<10).contains(pool.statistics.retirements))
        try sleep(for: .seconds(201))
        #expect(pool.statistics.retirements >= 10)
    }

    @Test func `ends with the idle limit`() throws {
        let pool = FakePool(1, server) { $0.idleLimit = .seconds(10) }
        for _ in 0..<5 {
            try pool.get { _ in }
            try sleep(for: .seconds(9))
        }
        #expect(pool.statistics.retirements == 0)
        try sleep(for: .seconds(2))
        #expect(pool.statistics.retirements == 1)
    }

    @Test func `ends with the uses limit`() throws {
        let pool = FakePool(1, server) { $0.usesLimit = 3 }
        #expect(try (0..<7).map { _ in try pool.get { $0.number } } == [1, 1, 1, 2, 2, 2, 3])
        #expect(pool.statistics.discards == 0)
    }

    @Test func `does not depend on hooks that hang`() throws {
        let pool = FakePool(1, server) {
            $0.usesLimit = 1
            $0.retireTimeout = .seconds(2)
        }
        pool.onRetire = { _ in while true { try? sleep(for: .seconds(100)) } }
        try pool.get { _ in }
        let start = server.now
        try pool.get { _ in }
        #expect(server.now - start < 3)
    }

    @Test func `does not depend on retire hooks that throw`() throws {
        let pool = FakePool(1, server) { $0.usesLimit = 1 }
        pool.onRetire = { _ in throw OtherError() }
        #expect(try (0..<3).map { _ in try pool.get { $0.number } } == [1, 2, 3])
        try pool.close()
        #expect(server.alive == 0)
    }

    @Test func `delays no borrower by a hook that parks`() throws {
        let pool = FakePool(1, server)
        pool.onClose = { _ in try? sleep(for: .seconds(3)) }
        try pool.waitUntilReady()
        let start = server.now
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        #expect(server.now == start)
        try pool.waitUntilReady()
        // Never two alive in one slot: it connects when the old one is closed.
        #expect(server.now - start == 3)
        #expect(server.mostAlive == 1)
    }

    @Test func `ends for all by invalidateAll, borrowed ones when they come back`() throws {
        let pool = FakePool(3, server)
        try pool.waitUntilReady()
        let lease = try pool.lease()
        pool.invalidateAll()
        try sleep(for: .seconds(1))
        #expect(server.closed == 2)
        #expect(pool.statistics.leased == 1)
        lease.return()
        try pool.waitUntilReady()
        #expect(server.closed == 3)
        #expect(try (0..<3).map { _ in try pool.get { $0.number } }.allSatisfy { $0 > 3 })
    }

    @Test func `ends by invalidateAll for what was being connected`() throws {
        server.connectTime = .seconds(5)
        let pool = FakePool(1, server)
        try sleep(for: .seconds(1))
        pool.invalidateAll()
        #expect(try pool.get { $0.number } == 2)
    }
}
