import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// What a row of borrows came to.
struct BorrowTally {
    var served = 0
    var unavailable = 0
    var exhausted = 0
    /// The longest wait of those that were served.
    var longest = Duration.zero
}

extension FakePool {
    /// Borrows once, for `hold`, and counts what became of it.
    @available(*, noasync)
    func count(_ tally: inout BorrowTally, hold: Duration = .milliseconds(10), timeout: Duration? = nil) throws {
        let clock = Hub.current.clock
        let start = clock.now
        var waited = Duration.zero
        do {
            try get(timeout: timeout) { _ in
                waited = clock.now - start
                try sleep(for: hold)
            }
            tally.served += 1
            tally.longest = max(tally.longest, waited)
        } catch is PoolUnavailable {
            tally.unavailable += 1
        } catch is PoolExhausted {
            tally.exhausted += 1
        }
    }

    /// Borrows `count` times, one after the other, `gap` apart.
    @available(*, noasync)
    func borrow(_ count: Int, every gap: Duration, timeout: Duration? = nil) throws -> BorrowTally {
        var tally = BorrowTally()
        for _ in 0..<count {
            try self.count(&tally, timeout: timeout)
            try sleep(for: gap)
        }
        return tally
    }
}

/// Options that work one by one and stopped a pool together.
@Suite(.virtualTime(quiet: nil, timeLimit: .seconds(120)))
struct `Options that meet` {
    private let server = FakeServer()

    // MARK: Breaker and elastic size

    @Test(arguments: [1, 5], [true, false])
    func `a breaker does not open because an elastic pool has let its last connection go`(
        size: Int, refuses: Bool
    ) throws {
        let pool = FakePool(size, server) {
            $0.minimumSize = 0
            $0.idleLimit = .seconds(60)
            $0.breaker = .init(openAfter: .seconds(5), probeEvery: .seconds(1), refusesBorrowers: refuses)
        }
        pool.onRetire = { c in if c.number == 1 { try sleep(for: .seconds(86_400)) } }
        try pool.get { _ in }
        try sleep(for: .seconds(70))
        let tally = try pool.borrow(3_600, every: .seconds(1), timeout: .seconds(30))
        #expect(tally.served >= 3_595, "\(tally)")
        #expect(server.opened > 1)
    }

    @Test func `a breaker does not open because a connection is slow to close`() throws {
        let pool = FakePool(2, server) {
            $0.minimumSize = 0
            $0.idleLimit = .seconds(60)
            $0.retireTimeout = .seconds(30)
            $0.breaker = .init(openAfter: .seconds(5), probeEvery: .seconds(1))
        }
        pool.onClose = { _ in try? sleep(for: .seconds(20)) }
        try pool.get { _ in }
        try sleep(for: .seconds(90))
        let tally = try pool.borrow(600, every: .seconds(1), timeout: .seconds(30))
        #expect(tally.served == 600, "\(tally)")
    }

    /// Slot 0 is spare and slot 1 tries, when slot 1 goes.
    private func loseTheOneThatTries(_ pool: FakePool, refusal: any Error) throws -> Greenlet<Void> {
        let a = try pool.lease()
        let b = try pool.lease()
        a.retire()
        try sleep(for: .seconds(1))
        server.isUp = false
        server.refusal = refusal
        b.discard()
        let waiter = spawn { try pool.get { _ in } }
        try sleep(for: .seconds(20))
        pool.resize(to: 1)
        try sleep(for: .seconds(20))
        server.isUp = true
        return waiter
    }

    @Test(arguments: [true, false])
    func `a resize while the breaker is open does not keep it open`(refuses: Bool) throws {
        let pool = FakePool(2, server) {
            $0.minimumSize = 0
            $0.breaker = .init(openAfter: .seconds(5), probeEvery: .seconds(1), refusesBorrowers: refuses)
        }
        let waiter = try loseTheOneThatTries(pool, refusal: SocketError("down"))
        let tally = try pool.borrow(120, every: .seconds(1), timeout: .seconds(5))
        #expect(tally.served >= 115, "\(tally)")
        #expect(waiter.isReady)
        try waiter.kill()
    }

    @Test func `a resize while the login is refused does not stop a pool`() throws {
        let pool = FakePool(2, server) {
            $0.minimumSize = 0
            $0.backOff = .init(initial: .milliseconds(100), limit: .seconds(10))
        }
        pool.isRefused = { $0 is OtherError }
        let waiter = try loseTheOneThatTries(pool, refusal: OtherError())
        var tally = BorrowTally()
        try pool.count(&tally, timeout: .seconds(21))
        #expect(tally.served == 1, "\(tally)")
        #expect(waiter.isReady && waiter.error == nil)
        try waiter.kill()
    }

    // MARK: A shared right

    private func pool(
        _ size: Int, _ quota: SharedAllowance, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) -> FakePool {
        let pool = FakePool(size, server) { c in
            c.minimumSize = 0
            configure(&c)
        }
        pool.allowance = quota
        return pool
    }

    @Test func `waiting for a right is no failed connect and backs nothing off`() throws {
        let quota = SharedAllowance(2)
        let holders = pool(2, quota)
        let a = try holders.lease()
        let b = try holders.lease()
        let waiters = pool(2, quota) { $0.connectTimeout = .seconds(5) }
        let clock = Hub.current.clock
        var servedAt: HubClock.Instant?
        let waiter = spawn { try waiters.get { _ in servedAt = clock.now } }
        try sleep(for: .seconds(1_500))
        #expect(waiters.statistics.connectFailures == 0)
        a.return()
        b.return()
        let freed = clock.now
        try sleep(for: .seconds(600))
        let served = try #require(servedAt)
        #expect(served - freed < .seconds(1), "\(served - freed) after both were idle")
        try waiter.kill()
    }

    @Test func `waiting for a right opens no breaker`() throws {
        let quota = SharedAllowance(1)
        let holder = pool(1, quota)
        let held = try holder.lease()
        let waiters = pool(1, quota) {
            $0.connectTimeout = .seconds(5)
            $0.breaker = .init(openAfter: .seconds(5), probeEvery: .seconds(1))
        }
        var tally = BorrowTally()
        let waiter = spawn { try waiters.count(&tally) }
        try sleep(for: .seconds(60))
        held.return()
        try sleep(for: .seconds(2))
        #expect((tally.served, tally.unavailable) == (1, 0), "\(tally)")
        let later = try waiters.borrow(60, every: .seconds(1), timeout: .seconds(5))
        #expect(later.served == 60, "\(later)")
        try waiter.kill()
    }

    /// How a suspended pool came to have a waiter.
    enum Suspension: Sendable, CaseIterable { case beforeTheWaiter, afterTheWaiter }

    @Test(arguments: Suspension.allCases, [nil, 0])
    func `a suspended pool takes no rights that it does not lend`(order: Suspension, minimum: Int?) throws {
        let quota = SharedAllowance(2)
        let other = pool(2, quota) { $0.spawnFrequency = .zero }
        let held = try other.lease()
        let blocked = try other.lease()
        let suspended = pool(2, quota) {
            $0.minimumSize = minimum
            $0.spawnFrequency = .zero
        }
        // A guard: the fault connects without end in one instant.
        suspended.onConnect = { [unowned suspended] in
            if suspended.statistics.connects > 2_000 { suspended.closeNoWait() }
        }
        if order == .beforeTheWaiter { suspended.suspend() }
        let waiters = (0..<2).map { _ in spawn { try suspended.get { _ in } } }
        try yield()
        if order == .afterTheWaiter { suspended.suspend() }
        let next = spawn { try other.get { _ in try sleep(for: .seconds(1)) } }
        try yield()
        blocked.retire()
        let tally = try other.borrow(10, every: .seconds(1), timeout: .seconds(10))
        try sleep(for: .seconds(60))
        #expect(next.isReady)
        #expect(tally.served == 10 && tally.longest < .seconds(2), "\(tally)")
        #expect(suspended.statistics.connects <= 2, "\(suspended.statistics.connects) connects")
        suspended.resume()
        try sleep(for: .seconds(5))
        #expect(waiters.allSatisfy { $0.isReady && $0.error == nil })
        held.return()
        for one in waiters { try one.kill() }
        try next.kill()
    }

    // MARK: A turn to connect

    @Test(arguments: 1...8)
    func `a slot that goes takes no turn to connect with it`(failure: Int) throws {
        let pool = FakePool(3, server) {
            $0.maximumConcurrentConnects = 1
            $0.backOff = .init(initial: .milliseconds(100), limit: .milliseconds(200))
        }
        let shrink = ShrinkingObserver(pool, at: failure)
        pool.observer = shrink
        server.isUp = false
        server.connectTime = .seconds(1)
        try sleep(for: .seconds(20))
        server.isUp = true
        var tally = BorrowTally()
        try pool.count(&tally, timeout: .seconds(10))
        #expect(tally.served == 1, "\(tally) \(pool.statistics)")
        #expect(pool.size == 1)
    }

    // MARK: A suspect beside a good one

    @Test(arguments: [PoolConfiguration.IdleOrder.fifo, .lifo])
    func `only the first borrower after a failover waits for a check`(order: PoolConfiguration.IdleOrder) throws {
        let pool = FakePool(20, server) {
            $0.trustWindow = .seconds(30)
            $0.idleOrder = order
            $0.spawnFrequency = .milliseconds(10)
        }
        try pool.waitUntilReady()
        try sleep(for: .seconds(60))
        // What was open before hangs without an end; what is opened from now on works.
        let old = server.opened
        pool.onValidate = { c in
            if c.number <= old { try sleep(for: .seconds(3_600)) }
            return true
        }
        var waits: [Duration] = []
        for _ in 0..<20 {
            let clock = Hub.current.clock
            let start = clock.now
            try pool.get { c in
                waits.append(clock.now - start)
                #expect(c.number > old)
            }
        }
        #expect(waits[0] < .seconds(6))
        #expect(waits.dropFirst().allSatisfy { $0 < .milliseconds(100) }, "\(waits)")
    }

    @Test(arguments: [PoolConfiguration.IdleOrder.fifo, .lifo])
    func `a borrower that does not wait gets a trusted connection beside suspect ones`(
        order: PoolConfiguration.IdleOrder
    ) throws {
        let pool = FakePool(3, server) {
            $0.trustWindow = .seconds(30)
            $0.idleOrder = order
        }
        try pool.waitUntilReady()
        try sleep(for: .seconds(29))
        // One is trusted from now on, the others soon are not.
        try pool.get { _ in }
        try sleep(for: .seconds(10))
        pool.onValidate = { _ in
            try sleep(for: .seconds(4))
            return true
        }
        var tally = BorrowTally()
        try pool.count(&tally, timeout: .zero)
        #expect(tally.served == 1, "\(tally)")
    }
}

/// Makes its pool smaller when a connect fails for the n-th time.
private final class ShrinkingObserver: PoolObserver {
    private weak var pool: FakePool?
    private let failure: Int
    private var failures = 0

    init(_ pool: FakePool, at failure: Int) {
        self.pool = pool
        self.failure = failure
    }

    func observe(_ event: PoolEvent) {
        guard case .connectFailed = event.kind else { return }
        failures += 1
        if failures == failure { pool?.resize(to: 1) }
    }
}
