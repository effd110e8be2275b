import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Connections that know who has them.
private final class Guarded {
    var users = 0
    var isClosed = false
}

private final class GuardedPool: ConnectionPool<Guarded> {
    /// Open connections, by identity.
    private(set) var open: Set<ObjectIdentifier> = []

    override func newConnection() throws -> Guarded {
        try yield()
        let connection = Guarded()
        open.insert(ObjectIdentifier(connection))
        return connection
    }

    override func closeConnection(_ connection: Guarded) {
        connection.isClosed = true
        open.remove(ObjectIdentifier(connection))
    }
}

/// Random numbers that can be had again.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite(.inTurn)
struct `Cancelling async borrowers` {
    private enum End: Hashable { case served, cancelled, exhausted, other }

    private final class Keeper: @unchecked Sendable {
        // Unchecked: filled and read on the hub's thread only.
        var pool: GuardedPool?
    }

    /// From elsewhere and from tasks that run on the pool's own hub.
    @Test(arguments: [false, true])
    func `ten thousand times at random loses nothing`(onItsHub: Bool) async throws {
        let hub = HubThread(name: "cancelled")
        let keeper = Keeper()
        let size = 8
        let pool = try await AsyncConnectionPool(on: hub) {
            let pool = GuardedPool(
                size,
                configuration: .init {
                    $0.spawnFrequency = .zero
                    $0.reconnectDelay = .zero
                })
            keeper.pool = pool
            return pool
        }
        var dice = Dice(state: onItsHub ? 7 : 11)
        var ends: [End: Int] = [:]
        for _ in 0..<100 {
            let tasks = (0..<100).map { _ in
                let pause = dice.next() % 4 == 0 ? nil : Duration.microseconds(dice.next() % 300)
                return Task(executorPreference: onItsHub ? hub : nil) { () -> End in
                    do {
                        try await pool.get(timeout: .seconds(60)) { connection in
                            guard connection.users == 0, !connection.isClosed else { throw Mixed() }
                            connection.users += 1
                            defer { connection.users -= 1 }
                            if let pause { try sleep(for: pause) } else { try yield() }
                        }
                        return .served
                    } catch is GreenletExit {
                        return .cancelled
                    } catch is PoolExhausted {
                        return .exhausted
                    } catch {
                        return .other
                    }
                }
            }
            // Each is cancelled, at a moment that lies before, in or after its borrow.
            for task in tasks.shuffled(using: &dice) {
                for _ in 0..<dice.next() % 8 { await Task.yield() }
                if dice.next() % 16 == 0 { try await Task.sleep(for: .microseconds(dice.next() % 500)) }
                task.cancel()
            }
            for task in tasks { ends[await task.value, default: 0] += 1 }
        }
        #expect(ends.values.reduce(0, +) == 10_000)
        #expect(ends[.other] == nil && ends[.exhausted] == nil)
        #expect(ends[.served, default: 0] > 100)
        #expect(ends[.cancelled, default: 0] > 100)

        try await hub.run { try keeper.pool?.waitUntilReady(size, timeout: .seconds(60)) }
        let (s, open) = try await hub.run { (keeper.pool?.statistics, keeper.pool?.open.count) }
        let statistics = try #require(s)
        #expect(open == size)
        #expect((statistics.size, statistics.idle, statistics.waiters) == (size, size, 0))
        // What was lent came back or was dropped, and what was dropped was replaced.
        #expect(statistics.leases == statistics.returns + statistics.discards)
        #expect(statistics.connects == size + statistics.discards)
        #expect(statistics.discards > 0)
        try await pool.get(timeout: .seconds(60)) { #expect($0.users == 0) }
        try await pool.close(timeout: .seconds(60))
        await hub.stop()
    }

    private struct Mixed: Error {}
}
