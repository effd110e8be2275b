import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// Pools on one hub, which makes every order of events the same each time; `PoolGroupTests` has them on several.
@Suite(.virtualTime)
struct `A shared allowance` {
    private let server = FakeServer()

    private func pool(
        _ size: Int, _ quota: SharedAllowance, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) -> FakePool {
        let pool = FakePool(size, server) { c in
            c.minimumSize = 0
            c.spawnFrequency = .zero
            configure(&c)
        }
        pool.allowance = quota
        return pool
    }

    /// `count` greenlets that borrow for 10 ms, again and again until `end`; gives how often each did.
    private func callers(
        _ count: Int, _ pool: FakePool, until end: Duration, hold: Duration = .milliseconds(10)
    ) -> [Greenlet<Int>] {
        let start = Hub.current.clock.now
        return (0..<count).map { _ in
            spawn {
                var leases = 0
                while Hub.current.clock.now - start < end {
                    try pool.get { _ in try sleep(for: hold) }
                    leases += 1
                }
                return leases
            }
        }
    }

    @Test func `is a hard limit for all of its pools together`() throws {
        let quota = SharedAllowance(3)
        let pools = (0..<3).map { _ in pool(3, quota) }
        for one in pools { _ = callers(5, one, until: .seconds(2)) }
        try sleep(for: .seconds(3))
        #expect(server.mostAlive == 3)
        #expect(quota.used <= 3)
        for one in pools { try one.close() }
        #expect(quota.used == 0)
        #expect(server.alive == 0)
    }

    @Test func `lets an idle connection go when another pool's borrower waits`() throws {
        let quota = SharedAllowance(2)
        let (a, b) = (pool(2, quota), pool(2, quota))
        try joinAll(callers(2, a, until: .milliseconds(1)))
        #expect(a.statistics.idle == 2)
        var waited = Duration.seconds(99)
        try b.get { _ in waited = .milliseconds(Int(server.now * 1000)) - .milliseconds(10) }
        #expect(waited < .milliseconds(5))
        #expect(a.statistics.idle == 1)
        #expect(a.statistics.retirements == 1)
        try sleep(for: .seconds(10))
        #expect(a.statistics.idle == 1 && b.statistics.idle == 1, "nobody wants more")
    }

    @Test func `shares alike when borrowers wait everywhere`() throws {
        let quota = SharedAllowance(8)
        let (a, b) = (pool(8, quota), pool(8, quota))
        let first = callers(20, a, until: .seconds(5))
        try sleep(for: .seconds(1))
        #expect(a.statistics.leased == 8)
        let second = callers(20, b, until: .seconds(4))
        try sleep(for: .seconds(1))
        #expect(abs(a.statistics.leased - b.statistics.leased) <= 1)
        #expect(a.statistics.leased + b.statistics.leased == 8)
        try joinAll(first + second)
        let least = try second.map { try $0.get() }.min()
        #expect(least ?? 0 > 50, "half of 8 connections for 20 callers, for 4 s of 10 ms each")
        #expect(server.opened < 30, "shares move once, not for ever: \(server.opened) connects")
    }

    @Test func `takes turns when there is less than one for each`() throws {
        let quota = SharedAllowance(1)
        let pools = (0..<3).map { _ in pool(1, quota) }
        let each = pools.map { callers(2, $0, until: .seconds(1)) }
        for one in each {
            for caller in one { #expect(try caller.get() > 10) }
        }
        #expect(server.mostAlive == 1)
    }

    @Test func `asks for nothing back when the borrower has gone`() throws {
        let quota = SharedAllowance(1)
        let (a, b) = (pool(1, quota), pool(1, quota))
        let holder = spawn { try a.get { _ in try sleep(for: .seconds(2)) } }
        try sleep(for: .milliseconds(10))
        #expect(throws: PoolExhausted.self) { try b.get(timeout: .seconds(1)) { _ in } }
        try holder.get()
        try sleep(for: .milliseconds(10))
        // What waits for the right is b's slot, without a borrower.
        #expect(a.statistics.idle == 1)
        #expect(a.statistics.retirements == 0)
    }

    @Test func `serves pools of fixed size where borrowers wait`() throws {
        let quota = SharedAllowance(2)
        let a = pool(2, quota) { $0.minimumSize = nil }
        try a.waitUntilReady()
        let b = pool(2, quota) { $0.minimumSize = nil }
        try b.get { _ in }
        try sleep(for: .seconds(10))
        #expect(a.statistics.idle == 1 && b.statistics.idle == 1)
        #expect(server.opened == 3)
        try a.get { _ in }
        #expect(server.mostAlive == 2)
    }

    @Test func `has what a dropped pool had`() throws {
        let quota = SharedAllowance(2)
        do {
            let dropped = pool(2, quota)
            try dropped.get { _ in }
            #expect(quota.used == 1)
        }
        try sleep(for: .milliseconds(10))
        #expect(quota.used == 0)
    }

    @Test func `can be asked by what is no pool`() throws {
        let quota = SharedAllowance(1)
        let a = pool(1, quota)
        try a.get { _ in }
        try quota.acquire(timeout: .seconds(1))
        #expect(a.statistics.idle == 0)
        let error = #expect(throws: AllowanceExhausted.self) { try quota.acquire(timeout: .seconds(1)) }
        #expect(error?.description == "the allowance of 1 connections is used up")
        quota.release()
        #expect(quota.used == 0)
    }

    @Test func `does not lose the right of a slot that is closed while it waits`() throws {
        let quota = SharedAllowance(1)
        try quota.acquire(timeout: nil)
        let a = pool(1, quota)
        let waiting = spawn { #expect(throws: PoolClosed.self) { try a.get { _ in } } }
        try sleep(for: .seconds(1))
        #expect(a.statistics.connecting == 1)
        try a.close()
        try waiting.join()
        quota.release()
        #expect(quota.used == 0)
        try quota.acquire(timeout: .zero)
    }
}
