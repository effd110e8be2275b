import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Borrowing from a pool` {
    let server = FakeServer()

    @Test func `ends in PoolExhausted when the timeout is over, and says why`() throws {
        let pool = FakePool(2, server) { $0.borrowTimeout = .seconds(3) }
        pool.name = "registry"
        try pool.waitUntilReady()
        server.isUp = false
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        spawn { try pool.get { _ in try sleep(for: .seconds(60)) } }
        try sleep(for: .seconds(2))
        let clock = Hub.current.clock
        let start = clock.now
        let error = try #require(throws: PoolExhausted.self) { try pool.get { _ in } }
        #expect(clock.now - start == .seconds(3))
        #expect(
            "\(error)" == """
                registry: no connection after waiting 3.0 seconds: size 2, idle 0, leased 1, connecting 0, checking 0, \
                retiring 0, waiting to connect 1, waiters 0; last connect error: connection refused
                """)
        #expect(pool.statistics.exhaustions == 1)
    }

    @Test func `prefers the call's timeout to the pool's`() throws {
        let pool = FakePool(1, server) { $0.borrowTimeout = .seconds(3) }
        let lease = try pool.lease()
        #expect(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
        #expect(server.now == 1)
        lease.return()
    }

    @Test func `is a try when the timeout is zero`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        #expect(try pool.get(timeout: .zero) { $0.number } == 1)
        let lease = try pool.lease(timeout: .zero)
        let start = server.now
        #expect(throws: PoolExhausted.self) { try pool.get(timeout: .zero) { _ in } }
        #expect(server.now == start)
        lease.return()
    }

    @Test func `fails at once when too many wait`() throws {
        let pool = FakePool(1, server) { $0.maximumWaiters = 2 }
        try pool.waitUntilReady()
        let lease = try pool.lease()
        let waiters = (0..<2).map { _ in spawn { try pool.get { _ in } } }
        try yield()
        let error = try #require(throws: PoolExhausted.self) { try pool.get { _ in } }
        #expect(error.waited == .zero)
        #expect("\(error)".contains("2 wait already, which is the limit"))
        lease.return()
        try joinAll(waiters, raisingErrors: true)
    }

    @Test func `allows no waiter at all when the limit is zero`() throws {
        let pool = FakePool(1, server) { $0.maximumWaiters = 0 }
        #expect(throws: PoolExhausted.self) { try pool.get { _ in } }
        try pool.waitUntilReady()
        try pool.get { _ in }
    }

    @Test func `hands a finished connect to the first waiter`() throws {
        server.connectTime = .seconds(5)
        let pool = FakePool(1, server)
        var order: [String] = []
        let first = spawn { try pool.get { _ in order.append("first") } }
        // Asks at the instant at which the connect is done, before the first waiter has run.
        let late = spawn(after: .seconds(5)) { try pool.get { _ in order.append("late") } }
        try joinAll([first, late], raisingErrors: true)
        #expect(order == ["first", "late"])
    }

    @Test func `lets nobody overtake a waiter that was given a connection`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        var order: [String] = []
        let waiter = spawn {
            try pool.get { _ in order.append("waiter") }
        }
        let lease = try pool.lease()
        try yield()
        lease.return()
        // The waiter has not run yet, but the connection is its own.
        try pool.get { _ in order.append("returner") }
        try waiter.join()
        #expect(order == ["waiter", "returner"])
    }

    @Test func `gives the connection of a killed waiter to the next one`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        var served: [Int] = []
        let lease = try pool.lease()
        let waiters = (0..<3).map { n in spawn { try pool.get { _ in served.append(n) } } }
        try yield()
        try waiters[0].kill()
        // Killed in its next turn; but before that it is given the connection.
        waiters[1].killNoWait()
        lease.return()
        try joinAll(waiters)
        #expect(served == [2])
        #expect(pool.statistics.idle == 1)
        #expect(pool.statistics.waiters == 0)
    }

    @Test func `leaves connecting alone when the borrower gives up`() throws {
        server.connectTime = .seconds(5)
        let pool = FakePool(1, server)
        #expect(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
        try pool.waitUntilReady()
        #expect(server.attempts.count == 1)
        #expect(server.now == 5)
    }

    @Test func `discards what isReusable refuses`() throws {
        let pool = FakePool(1, server)
        let code = try pool.get { _ in
            2500
        } isReusable: {
            $0 < 2500
        }
        #expect(code == 2500)
        #expect(pool.statistics.discards == 1)
        _ = try pool.get { _ in
            1000
        } isReusable: {
            $0 < 2500
        }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `lends the last used first in lifo order`() throws {
        let pool = FakePool(3, server) { $0.idleOrder = .lifo }
        try pool.waitUntilReady()
        #expect(try (0..<3).map { _ in try pool.get { $0.number } } == [3, 3, 3])
    }

    @Test func `does not lend the one whose body threw next, in lifo order too`() throws {
        let pool = FakePool(3, server) { $0.idleOrder = .lifo }
        try pool.waitUntilReady()
        var used: [Int] = []
        let policy = RetryPolicy(maxFailures: 2, isRetryable: { $0 is OtherError })
        #expect(throws: OtherError.self) {
            try withRetry(policy) {
                try pool.get { c in
                    used.append(c.number)
                    throw OtherError()
                }
            }
        }
        #expect(used == [3, 2, 1])
    }

    @Test func `lends nothing while the pool is suspended`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        pool.suspend()
        #expect(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
        let waiter = spawn { try pool.get { _ in } }
        try sleep(for: .seconds(1))
        #expect(!waiter.isReady)
        pool.resume()
        try waiter.get()
    }

    @Test func `is refused on a hub callback, where nothing may park`() throws {
        let pool = FakePool(1, server)
        pool.suspend()
        var seen: (any Error)?
        Hub.current.runCallback {
            do { try pool.get { _ in } } catch { seen = error }
        }
        try yield()
        #expect(seen is BlockingSwitchOutError)
        #expect(pool.statistics.waiters == 0)
    }

    @Test func `reports a lease that is held too long, and its end`() throws {
        let pool = FakePool(1, server) { $0.leakThreshold = .seconds(10) }
        let observer = RecordingObserver()
        pool.observer = observer
        try pool.get { _ in try sleep(for: .seconds(9)) }
        #expect(observer.count("leaked") == 0)
        let line = #line + 1
        try pool.get { _ in try sleep(for: .seconds(30)) }
        #expect(observer.count("leaked") == 1)
        let leaks = observer.events.compactMap { event -> String? in
            switch event.kind {
            case .leaked(let file, let line): "leaked \(file):\(line)"
            case .leakCleared(let file, let line): "cleared \(file):\(line)"
            default: nil
            }
        }
        let site = "GeventConnPoolTests/PoolBorrowingTests.swift:\(line)"
        #expect(leaks == ["leaked \(site)", "cleared \(site)"])
    }

    @Test func `goes to the cooperating caller within its slice of a million leases`() throws {
        let pool = FakePool(10, server)
        try pool.waitUntilReady()
        for _ in 0..<100_000 { try pool.get { _ in } }
        #expect(pool.statistics.leases == 100_000)
        #expect(pool.statistics.returns == 100_000)
    }
}
