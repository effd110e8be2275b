import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Where the original was found wanting; each has its row in MIGRATION.md.
@Suite(.virtualTime)
struct `A repaired pool` {
    let server = FakeServer()

    @Test(arguments: [true, false])
    func `does not lose a slot to an error of newConnection`(isListed: Bool) throws {
        server.isUp = false
        server.refusal = isListed ? SocketError("x") : OtherError()
        let pool = FakePool(2, server)
        try sleep(for: .seconds(1))
        server.isUp = true
        try pool.waitUntilReady()
        #expect(pool.statistics.idle == 2)
    }

    @Test func `does not lose a slot to a kill of the greenlet that connects`() throws {
        let pool = FakePool(1, server)
        var victim: AnyGreenlet?
        pool.onConnect = {
            if victim == nil {
                victim = .current
                try sleep(for: .seconds(60))
            }
        }
        try sleep(for: .seconds(1))
        try #require(victim).killNoWait()
        try pool.waitUntilReady()
        #expect(pool.statistics.connectFailures == 1)
    }

    @Test func `counts a connect as failed only when it gives nil`() throws {
        var made: [[Int]?] = [nil, []]
        let pool = ClosureConnectionPool<[Int]>(1) { made.removeFirst() }
        pool.observer = RecordingObserver()
        try pool.waitUntilReady()
        #expect(pool.statistics.connectFailures == 1)
        #expect(try pool.get { $0.isEmpty })
    }

    @Test func `discards a connection whose borrower timed out, so that nobody reads its reply`() throws {
        let pool = FakePool(1, server)
        #expect(throws: Timeout.self) {
            try pool.get { c in
                try c.send(1, answeredAfter: .seconds(10))
                _ = try withTimeout(.seconds(1)) { try c.receive() }
            }
        }
        let answer = try pool.get { c in
            try c.send(2)
            return try c.receive()
        }
        #expect(answer == 2)
        #expect(pool.statistics.discards == 1)
    }

    @Test func `discards a connection whose borrower was killed`() throws {
        let pool = FakePool(1, server)
        let borrower = spawn { try pool.get { _ in try sleep(for: .seconds(100)) } }
        try sleep(for: .seconds(1))
        try borrower.kill()
        #expect(pool.statistics.discards == 1)
        #expect(try pool.get { $0.number } == 2)
    }

    @Test func `discards after an interruption with an error of the user's own`() throws {
        let pool = FakePool(1, server)
        #expect(throws: OtherError.self) {
            try withTimeout(.seconds(1), throwing: OtherError()) { try pool.get { _ in try sleep(for: .seconds(9)) } }
        }
        #expect(pool.statistics.discards == 1)
        let borrower = spawn { try pool.get { _ in try sleep(for: .seconds(9)) } }
        try sleep(for: .seconds(2))
        // Its error is its own affair.
        borrower.hub.onUnhandledError = { _, _ in }
        try borrower.kill(throwing: OtherError())
        #expect(pool.statistics.discards == 2)
    }

    @Test func `discards a connection whose body caught the timeout itself`() throws {
        let pool = FakePool(1, server)
        try pool.get { c in
            try c.send(1, answeredAfter: .seconds(5))
            _ = try withTimeout(.seconds(1), silently: true) { try c.receive() }
        }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `does not mistake an interruption before the borrow for one inside`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        _ = try withTimeout(.seconds(1), silently: true) { try sleep(for: .seconds(9)) }
        try pool.get { _ in }
        #expect(pool.statistics.discards == 0)
    }

    @Test func `keeps an interrupted connection if told so, as the original does`() throws {
        let pool = FakePool(1, server) { $0.interrupted = .keep }
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try pool.get { _ in try sleep(for: .seconds(9)) } }
        }
        #expect(pool.statistics.discards == 0)
        #expect(try pool.get { $0.number } == 1)
    }

    @Test func `goes on with keepalive after an error that is not listed`() throws {
        let pool = FakePool(1, server, keepalive: .seconds(10))
        var calls = 0
        pool.onKeepalive = { _ in
            calls += 1
            if calls == 1 { throw OtherError() }
        }
        try sleep(for: .seconds(35))
        #expect(calls == 4)
        #expect(pool.statistics.discards == 1)
        #expect(pool.statistics.idle == 1)
    }

    @Test func `closes dropped connections`() throws {
        let pool = FakePool(1, server)
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        try pool.waitUntilReady()
        #expect((server.opened, server.closed) == (2, 1))
    }

    @Test func `is freed when it is dropped, keepalive and all`() throws {
        let before = Hub.current.statistics.greenlets
        weak var weakPool: FakePool?
        do {
            let pool = FakePool(3, server, keepalive: .seconds(10)) {
                $0.idleLimit = .seconds(100)
                $0.leakThreshold = .seconds(5)
            }
            weakPool = pool
            try pool.get { _ in }
            try sleep(for: .seconds(30))
        }
        #expect(weakPool == nil)
        try sleep(for: .milliseconds(1))
        #expect(Hub.current.statistics.greenlets == before)
    }

    @Test func `is freed when it is dropped while slots back off`() throws {
        server.isUp = false
        let before = Hub.current.statistics.greenlets
        weak var weakPool: FakePool?
        do {
            let pool = FakePool(2, server)
            weakPool = pool
            try sleep(for: .seconds(30))
        }
        #expect(weakPool == nil)
        try sleep(for: .milliseconds(1))
        #expect(Hub.current.statistics.greenlets == before)
    }

    @Test func `reconnects with the start's spacing after failures at one instant`() throws {
        let pool = FakePool(4, server)
        try pool.waitUntilReady()
        try sleep(for: .seconds(9.7))
        let broken = (0..<4).map { _ in
            spawn { #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } } }
        }
        try joinAll(broken)
        try pool.waitUntilReady()
        #expect(server.attempts.suffix(4) == [11, 11.1, 11.2, 11.3])
    }

    @Test func `varies the time of reconnects by jitter`() throws {
        let pool = FakePool(1, server) { $0.jitter = 0.5 }
        var delays: Set<Double> = []
        for _ in 0..<20 {
            try pool.waitUntilReady()
            let start = server.now
            #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
            try pool.waitUntilReady()
            let delay = server.now - start
            #expect((0.5...1.5).contains(delay))
            delays.insert(delay)
        }
        #expect(delays.count > 5)
    }

    @Test func `serves everybody alike when callers return and ask again`() throws {
        let pool = FakePool(10, server)
        try pool.waitUntilReady()
        var served = Array(repeating: 0, count: 20)
        let callers = (0..<20).map { n in
            spawn {
                for _ in 0..<50 {
                    try pool.get { _ in
                        served[n] += 1
                        try yield()
                    }
                }
            }
        }
        while served.reduce(0, +) < 500 { try yield() }
        let (least, most) = try (#require(served.min()), #require(served.max()))
        #expect(most - least <= 2)
        try joinAll(callers, raisingErrors: true)
        #expect(server.opened == 10)
    }

    @Test func `says who holds the connections when a nested get runs out of time`() throws {
        let pool = FakePool(1, server)
        let error = try #require(throws: PoolExhausted.self) {
            try pool.get { _ in try pool.get(timeout: .seconds(1)) { _ in } }
        }
        #expect(error.statistics.leased == 1)
        #expect(error.waited == .seconds(1))
        #expect("\(error)".contains("leased 1 (1 by the greenlet that asks for another)"))
    }

    @Test(arguments: [0, -1]) func `refuses a size that cannot be`(size: Int) throws {
        let error = #expect(throws: InvalidPoolConfiguration.self) { try PoolConfiguration().validate(size: size) }
        #expect(error.map { "\($0)" } == "the size of a pool must be at least 1, not \(size)")
    }
}
