import Gevent
import GeventConnPool
import GeventTesting
import Logging
import Testing

@Suite(.virtualTime)
struct `A closure pool` {
    @Test func `calls its closures where a subclass has its overrides`() throws {
        var log: [String] = []
        var number = 0
        let pool = ClosureConnectionPool(
            1, keepalive: .seconds(10),
            configuration: .init {
                $0.trustWindow = .seconds(1)
                $0.usesLimit = 2
            }
        ) {
            number += 1
            log.append("connect")
            return number
        } keepalive: {
            log.append("keepalive \($0)")
        } isConnectionError: {
            $0 is OtherError
        } validate: {
            log.append("validate \($0)")
            return true
        } close: {
            log.append("close \($0)")
        } retire: {
            log.append("retire \($0)")
        }
        try sleep(for: .seconds(5))
        try pool.get { _ in }
        try pool.get { _ in }
        try sleep(for: .seconds(1))
        #expect(log == ["connect", "keepalive 1", "validate 1", "retire 1", "close 1", "connect"])
        #expect(throws: OtherError.self) { try pool.get { _ in throw OtherError() } }
        #expect(pool.statistics.discards == 1)
        try pool.close()
    }

    @Test func `has the pool's own hooks where it was given none`() throws {
        let pool = ClosureConnectionPool(2) { try Socket.pair().0 }
        try pool.waitUntilReady()
        var sockets: [Socket] = []
        try pool.get { sockets.append($0) }
        try pool.close()
        #expect(sockets.map(\.isClosed) == [true])
    }
}

@Suite(.hub)
struct `An async pool` {
    final class Numbers: ConnectionPool<Int> {
        var made = 0
        override func newConnection() throws -> Int? {
            made += 1
            return made
        }
    }

    @Test func `lends to async code`() async throws {
        let hub = HubThread(name: "pool")
        let pool = try await AsyncConnectionPool(on: hub) {
            Numbers(1, configuration: .init { $0.reconnectDelay = .seconds(3_600) })
        }
        #expect(try await pool.get { $0 } == 1)
        #expect(
            try await pool.get {
                $0 + 1
            } isReusable: { _ in
                false
            } == 2)
        #expect(try await pool.statistics.discards == 1)
        await #expect(throws: PoolExhausted.self) { try await pool.get(timeout: .milliseconds(1)) { $0 } }
        try await pool.close()
        await #expect(throws: PoolClosed.self) { try await pool.get { $0 } }
        await hub.stop()
    }

    final class Pairs: ConnectionPool<Socket> {
        override func newConnection() throws -> Socket? {
            let (a, b) = try Socket.pair()
            peers.append(b)
            return a
        }
        var peers: [Socket] = []
    }

    @Test func `may be dropped after its hub was stopped, with connections open`() async throws {
        let hub = HubThread(name: "pool")
        var pool: AsyncConnectionPool<Socket>? = try await AsyncConnectionPool(on: hub) { Pairs(2) }
        try await pool?.get { _ in }
        await hub.stop()
        await #expect(throws: HubDestroyed.self) { try await pool?.get { _ in } }
        pool = nil
    }

    @Test func `serves many tasks, each one connection at a time`() async throws {
        let hub = HubThread(name: "pool")
        let pool = try await AsyncConnectionPool(on: hub) {
            Numbers(2, configuration: .init { $0.spawnFrequency = .zero })
        }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await pool.get { _ in
                        try yield()
                        return 1
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 50)
        let s = try await pool.statistics
        #expect((s.leases, s.returns, s.connects) == (50, 50, 2))
        await hub.stop()
    }
}

@Suite(.virtualTime)
struct `What a pool says of itself` {
    let server = FakeServer()

    @Test func `adds up`() throws {
        let pool = FakePool(5, server) { $0.spawnFrequency = .seconds(1) }
        try sleep(for: .seconds(2.5))
        let lease = try pool.lease()
        let s = pool.statistics
        #expect((s.size, s.idle, s.leased, s.connecting, s.waitingToConnect) == (5, 2, 1, 0, 2))
        #expect((s.connects, s.leases, s.returns) == (3, 1, 0))
        lease.return()
    }

    @Test func `has quantiles of waiting and use`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        let callers = (0..<4).map { _ in spawn { try pool.get { _ in try sleep(for: .seconds(1)) } } }
        try joinAll(callers, raisingErrors: true)
        let s = pool.statistics
        #expect(s.waitTimes.count == 4)
        #expect(s.waitTimes.quantile(0.25) == .zero)
        let most = try #require(s.waitTimes.quantile(1))
        #expect(most >= .seconds(3) && most < .seconds(3.75))
        let use = try #require(s.useTimes.quantile(0.5))
        #expect(use >= .seconds(1) && use < .seconds(1.25))
        #expect(FakePool(1, server).statistics.useTimes.quantile(1) == nil)
    }

    @Test func `comes in a legal order for each connection`() throws {
        let observer = RecordingObserver()
        let pool = FakePool(2, server, keepalive: .seconds(7)) {
            $0.trustWindow = .seconds(2)
            $0.maximumLifetime = .seconds(40)
        }
        pool.observer = observer
        for n in 0..<60 {
            try sleep(for: .seconds(1))
            do {
                try pool.get { _ in
                    if n % 9 == 0 { throw OtherError() }
                    if n % 13 == 0 { throw SocketError("x") }
                }
            } catch is OtherError {
            } catch is SocketError {}
        }
        try pool.close()
        #expect(observer.illegal.isEmpty)
        #expect(observer.count("discarded") >= 4 && observer.count("retiring") >= 2 && observer.count("checked") >= 9)
    }

    @Test func `is logged with the pool's name`() throws {
        let (logger, lines) = LogRecorder.logger()
        let pool = FakePool(1, server)
        pool.logger = logger
        try pool.get { _ in }
        try pool.close()
        #expect(
            lines.lines == [
                "trace: a borrower waits", "debug: connecting", "debug: connected", "trace: leased", "trace: returned",
                "debug: retiring", "debug: closed",
            ])
    }

    @Test func `reaches the hub's handler when nobody else hears of a failing connect, once`() throws {
        var reported: [String] = []
        Hub.current.onUnhandledError = { _, error in reported.append("\(error)") }
        let pool = ClosureConnectionPool<Int>(2) { throw SocketError("down") }
        try sleep(for: .seconds(100))
        #expect(reported == ["down"])
        try pool.close()
    }
}

@Suite(.inTurn)
struct `A pool configuration` {
    @Test func `has the original's behaviour by default`() throws {
        let c = PoolConfiguration()
        #expect(c.borrowTimeout == nil && c.maximumWaiters == nil && c.trustWindow == nil && c.maximumLifetime == nil)
        #expect(c.idleOrder == .fifo && c.interrupted == .discard && c.reconnectDelay == .seconds(1))
        #expect(c.backOff.initial == .milliseconds(100) && c.backOff.factor == 2 && c.backOff.limit == .seconds(400))
        try c.validate(size: 1)
    }

    @Test(
        arguments: [
            { $0.borrowTimeout = .seconds(-1) }, { $0.connectTimeout = .zero }, { $0.maximumWaiters = -1 },
            { $0.maximumLifetime = .zero }, { $0.idleLimit = .zero }, { $0.usesLimit = 0 },
            { $0.trustWindow = .seconds(-1) },
            { $0.validationTimeout = .zero }, { $0.keepaliveTimeout = .zero }, { $0.leakThreshold = .zero },
            { $0.spawnFrequency = .seconds(-1) }, { $0.minimumSize = 11 }, { $0.minimumSize = -1 },
            { $0.maximumConcurrentConnects = 0 }, { $0.backOff.factor = 0.5 }, { $0.backOff.initial = .seconds(-1) },
            { $0.backOff.jitter = 2 }, { $0.settleTime = .seconds(-1) }, { $0.reconnectDelay = .seconds(-1) },
            { $0.breaker = .init(openAfter: .seconds(1), probeEvery: .zero) }, { $0.jitter = -0.1 },
            { $0.retireTimeout = .zero },
        ] as [@Sendable (inout PoolConfiguration) -> Void])
    func `is refused when a value cannot be`(_ change: @Sendable (inout PoolConfiguration) -> Void) {
        #expect(throws: InvalidPoolConfiguration.self) { try PoolConfiguration(change).validate(size: 10) }
    }

    @Test func `that cannot be stops the program in init`() async {
        await #expect(processExitsWith: .failure) {
            _ = ClosureConnectionPool<Int>(0) { 1 }
        }
    }
}
