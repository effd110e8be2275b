import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Closing a pool` {
    let server = FakeServer()
    let before = Hub.current.statistics.greenlets

    /// Nothing may be left of a closed pool.
    @available(*, noasync)
    private func expectNothingLeft(_ pool: FakePool, location: SourceLocation = #_sourceLocation) throws {
        #expect(server.alive == 0, sourceLocation: location)
        let s = pool.statistics
        #expect(s.size == 0 && s.idle + s.leased + s.connecting + s.checking == 0, sourceLocation: location)
        try sleep(for: .milliseconds(1))
        #expect(Hub.current.statistics.greenlets == before, sourceLocation: location)
    }

    @Test func `retires and closes what is idle`() throws {
        let pool = FakePool(3, server, keepalive: .seconds(10)) { $0.maximumLifetime = .seconds(100) }
        var retired = 0
        pool.onRetire = { _ in retired += 1 }
        try pool.waitUntilReady()
        try pool.close()
        #expect(pool.isClosed)
        #expect(retired == 3)
        #expect(throws: PoolClosed.self) { try pool.get { _ in } }
        try expectNothingLeft(pool)
    }

    @Test func `fails those that wait`() throws {
        let pool = FakePool(1, server)
        let lease = try pool.lease()
        let waiter = spawn { #expect(throws: PoolClosed.self) { try pool.get { _ in } } }
        try yield()
        pool.closeNoWait()
        _ = try waiter.get(timeout: .zero)
        lease.return()
        try pool.close()
        try expectNothingLeft(pool)
    }

    @Test func `waits for what is borrowed`() throws {
        let pool = FakePool(2, server)
        let borrower = spawn { try pool.get { _ in try sleep(for: .seconds(10)) } }
        try sleep(for: .seconds(1))
        try pool.close()
        #expect(server.now == 10)
        #expect(borrower.isSuccessful)
        try expectNothingLeft(pool)
    }

    @Test func `closes what is borrowed under its borrower once its time is over`() throws {
        let pool = FakePool(1, server)
        let borrower = spawn {
            try pool.get { c in
                try c.send(1, answeredAfter: .seconds(100))
                #expect(throws: SocketError.self) { try c.receive() }
            }
        }
        try sleep(for: .seconds(1))
        try pool.close(timeout: .seconds(5))
        #expect(server.now == 6)
        #expect(server.alive == 0)
        try borrower.get()
        try expectNothingLeft(pool)
    }

    @Test func `interrupts what is being connected`() throws {
        server.connectTime = .seconds(1000)
        let pool = FakePool(2, server)
        try sleep(for: .seconds(1))
        try pool.close()
        #expect(server.now == 1)
        try expectNothingLeft(pool)
    }

    @Test func `interrupts keepalive and validation`() throws {
        let pool = FakePool(2, server, keepalive: .seconds(10)) { $0.trustWindow = .zero }
        pool.onKeepalive = { _ in try sleep(for: .seconds(1000)) }
        pool.onValidate = { _ in
            try sleep(for: .seconds(1000))
            return true
        }
        try pool.waitUntilReady()
        try sleep(for: .seconds(1))
        let waiter = spawn { #expect(throws: PoolClosed.self) { try pool.get { _ in } } }
        try yield()
        #expect(pool.statistics.checking == 2)
        try pool.close()
        try waiter.join()
        #expect(server.now < 2)
        try expectNothingLeft(pool)
    }

    @Test func `ends slots that back off`() throws {
        server.isUp = false
        let pool = FakePool(2, server)
        try sleep(for: .seconds(100))
        try pool.close()
        #expect(server.now == 100)
        try expectNothingLeft(pool)
    }

    @Test func `does not wait for the caller's own lease`() throws {
        let pool = FakePool(2, server)
        try pool.waitUntilReady()
        try pool.get { _ in try pool.close() }
        try sleep(for: .milliseconds(1))
        try expectNothingLeft(pool)
    }

    @Test func `does not wait for the hook it is called from`() throws {
        let pool = FakePool(1, server, keepalive: .seconds(10))
        var hasReturned = false
        pool.onKeepalive = { [unowned pool] _ in
            try pool.close()
            hasReturned = true
        }
        try sleep(for: .seconds(1))
        #expect(hasReturned)
        try expectNothingLeft(pool)
    }

    @Test func `does not wait for the connect it is called from`() throws {
        let pool = FakePool(1, server)
        pool.onConnect = { [unowned pool] in try pool.close() }
        try sleep(for: .seconds(1))
        try expectNothingLeft(pool)
    }

    @Test func `may be asked for twice, and by several`() throws {
        let pool = FakePool(1, server)
        let borrower = spawn { try pool.get { _ in try sleep(for: .seconds(10)) } }
        try sleep(for: .seconds(1))
        var ended: [Double] = []
        let closers = (0..<3).map { _ in
            spawn {
                try pool.close()
                ended.append(server.now)
            }
        }
        try joinAll(closers, raisingErrors: true)
        #expect(ended == [10, 10, 10])
        try borrower.join()
        try pool.close()
        try expectNothingLeft(pool)
    }

    @Test func `fails those that wait for readiness`() throws {
        server.isUp = false
        let pool = FakePool(1, server)
        let waiter = spawn { #expect(throws: PoolClosed.self) { try pool.waitUntilReady() } }
        try sleep(for: .seconds(1))
        try pool.close()
        _ = try waiter.get()
        #expect(throws: PoolClosed.self) { try pool.waitUntilReady() }
    }

    @Test func `does not hang in a hook that cannot be interrupted`() throws {
        let pool = FakePool(1, server) { $0.retireTimeout = .seconds(1) }
        try pool.waitUntilReady()
        pool.onRetire = { _ in while true { try? sleep(for: .seconds(1000)) } }
        try pool.close(timeout: .seconds(5))
        #expect(server.now < 10)
        #expect(server.alive == 0)
    }

    @Test func `leaves waiting for readiness to its timeout`() throws {
        server.isUp = false
        let pool = FakePool(2, server)
        let error = try #require(throws: PoolExhausted.self) { try pool.waitUntilReady(1, timeout: .seconds(3)) }
        #expect(error.waited == .seconds(3))
        #expect("\(error)".contains("not 1 connections after waiting 3.0 seconds"))
    }
}
