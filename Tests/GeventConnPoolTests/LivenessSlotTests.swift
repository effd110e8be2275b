import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// A borrower never waits for a slot that is busy with the past, and nothing connects for callers long gone.
@Suite(.virtualTime(quiet: nil, timeLimit: .seconds(120)))
struct `A place for one more` {
    private let server = FakeServer()

    private func elastic(
        _ size: Int, minimum: Int = 0, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) -> FakePool {
        FakePool(size, server) {
            $0.minimumSize = minimum
            configure(&$0)
        }
    }

    private func wait(_ pool: FakePool, timeout: Duration? = .seconds(60)) throws -> Duration {
        let clock = Hub.current.clock
        let start = clock.now
        return try pool.get(timeout: timeout) { _ in clock.now - start }
    }

    // MARK: Demand

    @Test func `connects end with the demand`() throws {
        server.connectTime = .milliseconds(10)
        let pool = elastic(50, minimum: 1)
        try pool.waitUntilReady()
        let burst = (0..<50).map { _ in spawn { try pool.get { _ in try sleep(for: .milliseconds(1)) } } }
        try joinAll(burst, raisingErrors: true)
        try sleep(for: .seconds(10))
        #expect(server.opened <= 3, "\(server.opened) connects for a burst of 50 ms")
    }

    @Test func `connects end when the borrowers have gone`() throws {
        let pool = elastic(50)
        server.connectTime = .milliseconds(300)
        let burst = (0..<50).map { _ in spawn { try pool.get(timeout: .milliseconds(150)) { _ in } } }
        try joinAll(burst)
        try sleep(for: .seconds(10))
        #expect(server.opened <= 3, "\(server.opened) connects for borrowers that waited 150 ms")
    }

    // MARK: Slots that are busy with the past

    @Test func `a discard does not keep the next borrower waiting beside free slots`() throws {
        let pool = elastic(10)
        try pool.lease().discard()
        let waited = try wait(pool)
        #expect(waited <= .milliseconds(110), "\(waited)")
    }

    @Test func `a slow close does not keep the next borrower waiting beside free slots`() throws {
        let pool = elastic(10)
        pool.onClose = { _ in try? sleep(for: .seconds(4)) }
        try pool.lease().discard()
        let waited = try wait(pool, timeout: .seconds(1))
        #expect(waited <= .milliseconds(110), "\(waited)")
    }

    @Test func `a slow retirement does not keep the next borrower waiting beside free slots`() throws {
        let pool = elastic(10)
        pool.onRetire = { _ in try sleep(for: .seconds(4)) }
        try pool.lease().retire()
        let waited = try wait(pool, timeout: .seconds(1))
        #expect(waited <= .milliseconds(110), "\(waited)")
    }

    @Test func `a slot that backs off does not keep the next borrower waiting beside free slots`() throws {
        let pool = elastic(10) { $0.backOff = .init(initial: .seconds(60), limit: .seconds(600)) }
        var attempts = 0
        pool.onConnect = {
            attempts += 1
            if attempts == 1 { throw SocketError("once") }
        }
        let waited = try wait(pool, timeout: .seconds(600))
        #expect(waited <= .milliseconds(210), "\(waited)")
    }

    @Test func `a borrower does not wait for one hung connect`() throws {
        let pool = elastic(10)
        var attempts = 0
        pool.onConnect = {
            attempts += 1
            if attempts == 1 { try sleep(for: .seconds(86_400)) }
        }
        let waited = try wait(pool, timeout: .seconds(3_600))
        #expect(waited <= .seconds(10), "\(waited)")
    }

    @Test func `a hung connect of the minimum does not keep a borrower waiting`() throws {
        let pool = elastic(10, minimum: 1)
        var attempts = 0
        pool.onConnect = {
            attempts += 1
            if attempts == 1 { try sleep(for: .seconds(86_400)) }
        }
        try sleep(for: .seconds(5))
        let waited = try wait(pool, timeout: .seconds(3_600))
        #expect(waited <= .seconds(10), "\(waited)")
    }

    // MARK: Interruptions

    @Test func `an interrupted borrower's connection is replaced at once`() throws {
        let pool = FakePool(1, server)
        try pool.waitUntilReady()
        #expect(throws: Timeout.self) {
            try withTimeout(.milliseconds(50)) { try pool.get { _ in try sleep(for: .seconds(1)) } }
        }
        let waited = try wait(pool)
        #expect(waited <= .milliseconds(110), "\(waited)")
    }

    @Test func `interrupted borrowers' connections are replaced with the spacing of the start`() throws {
        let pool = FakePool(10, server)
        try pool.waitUntilReady()
        let before = server.attempts.count
        let held = (0..<10).map { _ in
            spawn { try withTimeout(.milliseconds(50)) { try pool.get { _ in try sleep(for: .seconds(1)) } } }
        }
        try joinAll(held)
        try sleep(for: .seconds(2))
        let attempts = server.attempts.dropFirst(before)
        #expect(attempts.count == 10)
        for (one, next) in zip(attempts, attempts.dropFirst()) { #expect(next - one >= 0.0999, "\(attempts)") }
        let first = try #require(attempts.first)
        let last = try #require(attempts.last)
        #expect(last - first <= 0.95)
    }

    /// A thousand callers in ten seconds, each with a second for all it does, and a server that gets slower.
    @Test func `overload does not empty a pool whose borrowers time out`() throws {
        func serve(_ interrupted: PoolConfiguration.Interrupted) throws -> Int {
            let pool = FakePool(10, FakeServer()) {
                $0.interrupted = interrupted
                $0.spawnFrequency = .milliseconds(10)
            }
            try pool.waitUntilReady()
            var served = 0
            let callers = (0..<1_000).map { n in
                spawn(after: .milliseconds(n * 10)) {
                    try withTimeout(.seconds(1)) {
                        try pool.get { _ in try sleep(for: .milliseconds(n % 2 == 0 ? 100 : 300)) }
                    }
                    served += 1
                }
            }
            try joinAll(callers)
            try pool.close()
            return served
        }
        let (kept, discarded) = (try serve(.keep), try serve(.discard))
        #expect(discarded * 4 >= kept, "\(discarded) of 1,000 are served, \(kept) with .keep")
    }

    // MARK: Waiting for readiness

    @Test func `waiting for readiness is told of a resize`() throws {
        let pool = FakePool(3, server) { $0.spawnFrequency = .zero }
        pool.onConnect = { [server] in if server.opened == 2 { throw SocketError("no more than two") } }
        try sleep(for: .seconds(1))
        let ready = spawn { try pool.waitUntilReady(timeout: .seconds(60)) }
        try sleep(for: .seconds(1))
        #expect(!ready.isReady)
        pool.resize(to: 2)
        try sleep(for: .milliseconds(10))
        #expect(ready.isReady && ready.error == nil)
        try ready.kill()
    }

    @Test func `waiting for readiness makes an elastic pool connect`() throws {
        let pool = elastic(5)
        let took = try Hub.current.clock.measure { try pool.waitUntilReady(3, timeout: .seconds(60)) }
        #expect(took <= .seconds(1))
        #expect(server.alive == 3)
    }

    @Test func `a refusal ends the wait for readiness`() throws {
        server.isUp = false
        server.refusal = OtherError()
        let pool = elastic(5)
        pool.isRefused = { $0 is OtherError }
        let took = try Hub.current.clock.measure {
            #expect(throws: (any Error).self) { try pool.waitUntilReady(1, timeout: .seconds(60)) }
        }
        #expect(took <= .seconds(1), "\(took)")
    }

    // MARK: Which connection goes

    @Test(arguments: [0, 1])
    func `a smaller size lets go what comes back first`(first: Int) throws {
        let pool = FakePool(2, server) { $0.spawnFrequency = .zero }
        try pool.waitUntilReady()
        var released = [false, false]
        let holders = (0..<2).map { n in
            spawn { try pool.get { _ in while !released[n] { try sleep(for: .milliseconds(10)) } } }
        }
        try sleep(for: .milliseconds(50))
        pool.resize(to: 1)
        released[first] = true
        try sleep(for: .seconds(1))
        #expect(pool.statistics.retirements == 1)
        #expect((server.alive, pool.statistics.leased, pool.statistics.size) == (1, 1, 1))
        released[1 - first] = true
        try joinAll(holders, raisingErrors: true)
        try sleep(for: .seconds(5))
        #expect((server.alive, pool.statistics.idle, server.opened) == (1, 1, 2))
    }

    @Test func `a lifetime never takes more than half of a pool at a time`() throws {
        let pool = FakePool(24, server) {
            $0.spawnFrequency = .zero
            $0.maximumLifetime = .seconds(60)
        }
        pool.onRetire = { _ in try sleep(for: .seconds(2)) }
        server.connectTime = .seconds(1)
        try pool.waitUntilReady()
        var least = Int.max
        for _ in 0..<1_200 {
            try sleep(for: .milliseconds(100))
            let s = pool.statistics
            least = min(least, s.idle + s.leased + s.checking)
        }
        #expect(least >= 12, "\(least) of 24 were left")
        #expect(server.opened >= 48, "and all are renewed")
    }

    @Test func `a retire hook that hangs keeps its slot for retireTimeout`() throws {
        let pool = FakePool(1, server)
        pool.onRetire = { _ in while true { try? sleep(for: .seconds(3_600)) } }
        try pool.waitUntilReady()
        try pool.lease().retire()
        let waited = try wait(pool)
        #expect(waited <= .seconds(5.2), "\(waited)")
    }

    @Test func `hooks that both hang keep their slot for retireTimeout`() throws {
        let pool = FakePool(1, server)
        pool.onRetire = { _ in try sleep(for: .seconds(3_600)) }
        pool.onClose = { _ in try? sleep(for: .seconds(3_600)) }
        try pool.waitUntilReady()
        try pool.lease().retire()
        let waited = try wait(pool)
        #expect(waited <= .seconds(5.2), "\(waited)")
    }

    // MARK: What is broken

    @Test func `a stream that its borrower closed is not lent again`() throws {
        var ends: [Socket] = []
        let pool = ClosureConnectionPool<Socket>(1) {
            let (a, b) = try Socket.pair()
            ends.append(b)
            return a
        }
        try pool.get { $0.close() }
        try pool.get(timeout: .seconds(5)) { try $0.sendAll("x") }
        try pool.lease().connection.close()
        try pool.get(timeout: .seconds(5)) { try $0.sendAll("x") }
        #expect(ends.count == 3)
        try pool.close()
    }

    @Test func `PoolExhausted names a failed check`() throws {
        let pool = FakePool(1, server) { $0.trustWindow = .zero }
        try pool.waitUntilReady()
        try sleep(for: .seconds(1))
        pool.onValidate = { _ in throw SocketError("the check said no") }
        server.connectTime = .seconds(3_600)
        let error = try #require(throws: PoolExhausted.self) { try pool.get(timeout: .seconds(1)) { _ in } }
        #expect("\(error)".contains("the check said no"), "\(error)")
    }
}
