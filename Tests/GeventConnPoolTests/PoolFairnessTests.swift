import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// `bench pool-fair` has the same with a thousand callers and a million leases.
@Suite(.hub, .tags(.slow))
struct `Many callers on few connections` {
    @Test(arguments: [PoolConfiguration.IdleOrder.fifo, .lifo])
    func `wait alike, get their own replies, and cost no connect more`(order: PoolConfiguration.IdleOrder) throws {
        let (callers, rounds, size) = (200, 200, 10)
        let server = FakeServer()
        let pool = FakePool(size, server) {
            $0.spawnFrequency = .zero
            $0.idleOrder = order
        }
        try pool.waitUntilReady()
        var (served, waitedInAll, longest) = (0, 0, 0)
        let greenlets = (0..<callers).map { caller in
            spawn {
                for round in 0..<rounds {
                    let before = served
                    let request = caller * rounds + round
                    let answer = try pool.get { c in
                        served += 1
                        waitedInAll += served - before
                        longest = max(longest, served - before)
                        try c.send(request)
                        try yield()
                        return try c.receive()
                    }
                    if answer != request { Issue.record("\(request) was answered \(answer)") }
                }
            }
        }
        try joinAll(greenlets, raisingErrors: true)
        #expect(served == callers * rounds)
        #expect(longest * served <= 2 * waitedInAll, "\(longest) is the longest wait, of \(waitedInAll) in all")
        #expect(server.opened == size)
        #expect(pool.statistics.waiters == 0 && pool.statistics.idle == size)
    }
}
