import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `How a pool connects` {
    let server = FakeServer()

    @Test func `not more than so many at once`() throws {
        server.connectTime = .seconds(1)
        let pool = FakePool(6, server) {
            $0.maximumConcurrentConnects = 2
            $0.spawnFrequency = .zero
        }
        var most = 0
        pool.onConnect = { [unowned pool] in most = max(most, pool.statistics.connecting) }
        try pool.waitUntilReady()
        #expect(most == 2)
        #expect(server.attempts == [0, 0, 1, 1, 2, 2])
    }

    @Test func `with an end to each attempt`() throws {
        server.connectTime = .seconds(60)
        let pool = FakePool(1, server) { $0.connectTimeout = .seconds(2) }
        let error = try #require(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(5)) { _ in } }
        #expect(server.attempts == [0, 2.1, 4.3])
        #expect("\(error)".contains("last connect error: no connection within 2.0 seconds"))
        server.connectTime = .zero
        try pool.get { _ in }
    }

    @Test func `with jitter in the back-off`() throws {
        server.isUp = false
        let pool = FakePool(1, server) { $0.backOff = .init(initial: .seconds(1), factor: 1, jitter: 0.5) }
        try sleep(for: .seconds(100))
        let gaps = zip(server.attempts.dropFirst(), server.attempts).map { $0 - $1 }
        // Differences of floating-point seconds.
        #expect(gaps.allSatisfy { (0.499...1.501).contains($0) }, "\(gaps)")
        #expect(Set(gaps).count > 10)
        try pool.close()
    }

    @Test func `backing off for connections that do not live for the settle time`() throws {
        let pool = FakePool(1, server) {
            $0.settleTime = .seconds(60)
            $0.backOff = .init(initial: .seconds(2))
        }
        for _ in 0..<4 {
            #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        }
        try pool.waitUntilReady()
        #expect(server.attempts == [0, 2, 6, 14, 30])
        try sleep(for: .seconds(60))
        #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        try pool.waitUntilReady()
        #expect(server.attempts.last == 91)
    }

    @Test func `resetting the back-off at each success by default`() throws {
        let pool = FakePool(1, server)
        for _ in 0..<3 {
            #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } }
        }
        try pool.waitUntilReady()
        #expect(server.attempts == [0, 1, 2, 3])
    }

    @Test func `failing borrowers while the breaker is open, and once more after a probe`() throws {
        let pool = FakePool(3, server) { $0.breaker = .init(openAfter: .seconds(5), probeEvery: .seconds(10)) }
        let observer = RecordingObserver()
        pool.observer = observer
        try pool.waitUntilReady()
        server.isUp = false
        for _ in 0..<3 { #expect(throws: SocketError.self) { try pool.get { _ in throw SocketError("x") } } }
        // Waits at first, and fails when the breaker opens.
        let start = server.now
        let error = #expect(throws: PoolUnavailable.self) { try pool.get { _ in } }
        #expect(server.now - start == 5)
        #expect(error?.lastConnectError is SocketError)
        #expect(error.map { "\($0)".contains("connection refused") } == true)
        // Then at once.
        let later = server.now
        #expect(throws: PoolUnavailable.self) { try pool.get { _ in } }
        #expect(server.now == later)
        // One prober, every ten seconds.
        let attempts = server.attempts.count
        try sleep(for: .seconds(3600))
        #expect((350...360).contains(server.attempts.count - attempts))
        server.isUp = true
        try sleep(for: .seconds(10.3))
        #expect(pool.statistics.idle == 3)
        try pool.get { _ in }
        #expect(observer.names.filter { $0.hasPrefix("breaker") } == ["breakerOpened", "breakerClosed"])
    }

    @Test func `trying a refused login seldom, with one slot`() throws {
        server.isUp = false
        server.refusal = OtherError()
        let pool = FakePool(5, server)
        pool.isRefused = { $0 is OtherError }
        try sleep(for: .seconds(4001))
        // The first one, and then one each 400 seconds.
        #expect(server.attempts.count == 11)
        server.isUp = true
        try pool.waitUntilReady()
        #expect(server.now < 4401)
    }

    @Test func `not all at once after an outage`() throws {
        server.isUp = false
        let pool = FakePool(3, server)
        try sleep(for: .seconds(3600))
        let attempts = server.attempts.count
        #expect(attempts <= 3 * 21)
        server.isUp = true
        try pool.waitUntilReady(timeout: .seconds(410))
        #expect(Set(server.attempts.suffix(3)).count == 3)
    }

    @Test func `on demand above the minimum size, and back again`() throws {
        let pool = FakePool(4, server) {
            $0.minimumSize = 1
            $0.idleLimit = .seconds(30)
        }
        try pool.waitUntilReady()
        try sleep(for: .seconds(5))
        #expect(server.alive == 1)
        #expect(pool.statistics.waitingToConnect == 3)
        let callers = (0..<3).map { _ in spawn { try pool.get { _ in try sleep(for: .seconds(5)) } } }
        try joinAll(callers, raisingErrors: true)
        #expect(server.mostAlive == 3)
        try sleep(for: .seconds(60))
        #expect(server.alive == 1)
        #expect(pool.statistics.size == 4)
    }

    @Test func `not at all without demand at minimum size 0`() throws {
        let pool = FakePool(2, server) {
            $0.minimumSize = 0
            $0.breaker = .init(openAfter: .seconds(1), probeEvery: .seconds(1))
        }
        try sleep(for: .seconds(100))
        #expect(server.attempts.isEmpty)
        try pool.get { _ in }
        #expect(server.attempts == [100])
    }

    @Test func `recovering from an open breaker at minimum size 0`() throws {
        server.isUp = false
        let pool = FakePool(2, server) {
            $0.minimumSize = 0
            $0.breaker = .init(openAfter: .seconds(1), probeEvery: .seconds(5))
        }
        #expect(throws: PoolUnavailable.self) { try pool.get { _ in } }
        #expect(throws: PoolUnavailable.self) { try pool.get { _ in } }
        server.isUp = true
        try sleep(for: .seconds(6))
        try pool.get { _ in }
    }

    @Test func `growing when it is resized`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        try sleep(for: .seconds(1))
        pool.resize(to: 3)
        try pool.waitUntilReady()
        #expect(pool.size == 3)
        #expect(server.attempts == [0, 1, 1.1])
    }

    @Test func `shrinking when it is resized, borrowed connections last`() throws {
        let pool = FakePool(4, server)
        try pool.waitUntilReady()
        let one = try pool.lease()
        let two = try pool.lease()
        pool.resize(to: 1)
        try sleep(for: .milliseconds(1))
        #expect(server.alive == 2)
        #expect(pool.statistics.size == 2)
        one.return()
        two.return()
        try sleep(for: .milliseconds(1))
        #expect(server.alive == 1)
        #expect(pool.statistics.size == 1)
        try pool.get { _ in }
        pool.resize(to: 2)
        try pool.waitUntilReady()
        #expect(server.alive == 2)
    }

    @Test func `by the leave of its allowance`() throws {
        final class Quota: Allowance {
            var free: Int
            var most = 0
            init(_ free: Int) { self.free = free }
            func acquire(timeout: Duration?) throws {
                guard free > 0 else { throw OtherError() }
                free -= 1
            }
            func release() { free += 1 }
        }
        let quota = Quota(2)
        var pool: FakePool? = FakePool(3, server)
        pool?.allowance = quota
        try sleep(for: .seconds(10))
        #expect(server.alive == 2)
        #expect(pool?.statistics.connectFailures ?? 0 > 0)
        _ = try pool?.get { _ in } as Void?
        #expect(throws: SocketError.self) { try pool?.get { _ in throw SocketError("x") } }
        try sleep(for: .milliseconds(1))
        #expect(quota.free == 1)
        try sleep(for: .seconds(500))
        #expect(quota.free == 0)
        pool = nil
        #expect(quota.free == 2)
    }
}
