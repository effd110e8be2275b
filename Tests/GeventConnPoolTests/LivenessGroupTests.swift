import Gevent
import GeventConnPool
import GeventTesting
import Synchronization
import Testing

private final class Logins: Sendable {
    let count = Atomic(0)
}

private final class LoginPool: ConnectionPool<Int> {
    private let logins: Logins

    init(_ limit: Int, _ logins: Logins) {
        self.logins = logins
        super.init(
            limit,
            configuration: .init {
                $0.minimumSize = 0
                $0.spawnFrequency = .zero
            })
    }

    override func newConnection() throws -> Int? { logins.count.add(1, ordering: .relaxed).newValue }
}

/// Rights that are fewer than those who want them move seldom: each move costs a login.
@Suite(.inTurn)
struct `Fewer rights than hubs` {
    @Test func `a task's borrow goes where a connection is`() async throws {
        let logins = Logins()
        let threads = (0..<2).map { HubThread(name: "few-\($0)") }
        let group = PoolGroup<Int>(limit: 1, on: threads) { LoginPool($0, logins) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<2 {
                tasks.addTask { for _ in 0..<200 { try await group.get { _ in try sleep(for: .milliseconds(1)) } } }
            }
            try await tasks.waitForAll()
        }
        let count = logins.count.load(ordering: .relaxed)
        #expect(count <= 100, "\(count) logins for 400 uses")
        try await group.close()
        for thread in threads { await thread.stop() }
    }
}

@Suite(.virtualTime(quiet: nil, timeLimit: .seconds(120)))
struct `A right that two pools want` {
    @Test func `stays for a least time`() throws {
        let server = FakeServer()
        let quota = SharedAllowance(1)
        let pools = (0..<2).map { _ in
            let pool = FakePool(1, server) {
                $0.minimumSize = 0
                $0.spawnFrequency = .zero
            }
            pool.allowance = quota
            return pool
        }
        var longest = Duration.zero
        let clock = Hub.current.clock
        let callers = pools.map { pool in
            spawn {
                for _ in 0..<200 {
                    let start = clock.now
                    try pool.get { _ in
                        longest = max(longest, clock.now - start)
                        try sleep(for: .milliseconds(10))
                    }
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(server.mostAlive == 1)
        #expect(server.opened <= 100, "\(server.opened) connects for 400 uses")
        #expect(longest < .seconds(5), "and nobody starves: \(longest)")
    }
}
