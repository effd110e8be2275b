import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// Hours in which the server is away, comes and goes, or refuses, in virtual time.
@Suite(.virtualTime)
struct `A pool in an outage` {
    private let server = FakeServer()
    private let observer = RecordingObserver()

    private func pool(
        _ size: Int, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) -> FakePool {
        let pool = FakePool(size, server, configure)
        pool.observer = observer
        return pool
    }

    /// Every ten seconds a borrower; gives how many were served, and what each of the others got.
    private func borrowers(_ pool: FakePool, for time: Duration) throws -> (served: Int, errors: [String: Int]) {
        let start = Hub.current.clock.now
        var served = 0
        var errors: [String: Int] = [:]
        var callers: [Greenlet<Void>] = []
        while Hub.current.clock.now - start < time {
            callers.append(
                spawn {
                    do {
                        try pool.get { c in
                            try c.send(1)
                            _ = try c.receive()
                        }
                        served += 1
                    } catch {
                        try rethrowInterruption(error)
                        errors["\(type(of: error))", default: 0] += 1
                    }
                })
            try sleep(for: .seconds(10))
        }
        try joinAll(callers)
        return (served, errors)
    }

    private func goDown(_ pool: FakePool) throws {
        server.isUp = false
        // Every connection is cut.
        var leases: [Greenlet<Void>] = []
        for _ in 0..<pool.statistics.idle {
            leases.append(
                spawn {
                    _ = try? pool.get { c in
                        c.isBroken = true
                        try yield()
                        throw SocketError("cut")
                    }
                })
        }
        try joinAll(leases)
        #expect(pool.statistics.idle == 0)
    }

    @Test func `of an hour backs off as the original, and is full one step after its end`() throws {
        let pool = pool(10) { $0.borrowTimeout = .seconds(30) }
        try pool.waitUntilReady()
        try goDown(pool)
        let before = server.attempts.count
        let result = try borrowers(pool, for: .seconds(3600))
        #expect(result.served == 0)
        #expect(result.errors == ["PoolExhausted": 360])
        // 0.1, 0.2, 0.4 … 409.6 s: 13 attempts of each slot in 819 s, then one each 409.6 s.
        let attempts = server.attempts.count - before
        #expect(attempts >= 10 * 18 && attempts <= 10 * 21, "\(attempts)")
        #expect(pool.statistics.connectFailures == attempts)
        #expect(observer.count("connectFailed") == attempts)
        server.isUp = true
        try sleep(for: .milliseconds(409_700))
        #expect(pool.statistics.idle == 10)
    }

    @Test func `of an hour has one prober, and fails borrowers at once, with a breaker`() throws {
        server.connectTime = .seconds(1)
        let pool = pool(10) { $0.breaker = .init(openAfter: .seconds(30), probeEvery: .seconds(20)) }
        try pool.waitUntilReady()
        try goDown(pool)
        try sleep(for: .seconds(31))
        #expect(observer.count("breakerOpened") == 1)
        let before = server.attempts.count
        var most = 0
        let watcher = spawn {
            while true {
                most = max(most, pool.statistics.connecting)
                try sleep(for: .milliseconds(500))
            }
        }
        let result = try borrowers(pool, for: .seconds(3600))
        #expect(result.errors == ["PoolUnavailable": 360])
        let attempts = server.attempts.count - before
        #expect(attempts >= 3600 / 21 - 1 && attempts <= 3600 / 20 + 10, "\(attempts)")
        #expect(most == 1)
        #expect(pool.statistics.connectFailures == observer.count("connectFailed"))
        watcher.killNoWait()
        server.isUp = true
        try sleep(for: .seconds(20) + .seconds(1) + .seconds(1) + .seconds(1))
        #expect(pool.statistics.idle == 10)
        #expect(observer.count("breakerClosed") == 1)
    }

    @Test func `of an hour has one prober and lets borrowers wait, if told so`() throws {
        let pool = pool(10) {
            $0.breaker = .init(openAfter: .zero, probeEvery: .seconds(20), refusesBorrowers: false)
            $0.borrowTimeout = .seconds(60)
        }
        try pool.waitUntilReady()
        try goDown(pool)
        try sleep(for: .seconds(10))
        let before = server.attempts.count
        let result = try borrowers(pool, for: .seconds(3600))
        #expect(result.errors == ["PoolExhausted": 360])
        #expect(server.attempts.count - before <= 3660 / 20 + 1)
        let waiting = spawn { try pool.get { $0.number } }
        try yield()
        server.isUp = true
        try sleep(for: .seconds(21) + .seconds(1))
        #expect(try waiting.get() > 10)
        #expect(pool.statistics.idle == 10)
    }

    @Test func `that comes and goes makes no storm of connects`() throws {
        let pool = pool(10) {
            $0.settleTime = .seconds(30)
            $0.borrowTimeout = .seconds(5)
        }
        try pool.waitUntilReady()
        let before = server.attempts.count
        for _ in 0..<60 {
            try goDown(pool)
            try sleep(for: .seconds(5))
            server.isUp = true
            try sleep(for: .seconds(5))
        }
        // Ten minutes: without the settle time each slot would begin anew at 0.1 s every ten seconds.
        let attempts = server.attempts.count - before
        #expect(attempts <= 10 * 16, "\(attempts)")
        try sleep(for: .seconds(410))
        #expect(pool.statistics.idle == 10)
    }

    @Test func `of its login is tried by one slot, seldom, for as long as it lasts`() throws {
        server.isUp = false
        let pool = pool(20) { $0.borrowTimeout = .seconds(30) }
        pool.isRefused = { _ in true }
        let result = try borrowers(pool, for: .seconds(86_400))
        #expect(result.served == 0)
        // A day: one attempt each 400 s, and those of the beginning.
        #expect(server.attempts.count <= 86_400 / 400 + 20, "\(server.attempts.count)")
        server.isUp = true
        try sleep(for: .seconds(400) + .seconds(2))
        #expect(pool.statistics.idle == 20)
    }
}
