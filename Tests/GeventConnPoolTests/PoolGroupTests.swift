import Gevent
import GeventTesting
import Synchronization
import Testing

@testable import GeventConnPool

/// Counts what several threads have open.
private final class Census: Sendable {
    let alive = Atomic(0)
    let most = Atomic(0)
    let opened = Atomic(0)
    let busy = Atomic(0)

    func open() {
        opened.add(1, ordering: .relaxed)
        most.max(alive.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
    }

    func close() { alive.subtract(1, ordering: .relaxed) }
}

private final class CensusPool: ConnectionPool<Int> {
    let census: Census

    init(_ limit: Int, _ census: Census) {
        self.census = census
        super.init(
            limit,
            configuration: .init {
                $0.minimumSize = 0
                $0.spawnFrequency = .zero
                $0.reconnectDelay = .zero
            })
    }

    override func newConnection() throws -> Int? {
        census.open()
        do {
            try sleep(for: .microseconds(200))
        } catch {
            census.close()
            throw error
        }
        return census.opened.load(ordering: .relaxed)
    }

    override func closeConnection(_ connection: Int) { census.close() }
}

@Suite(.inTurn)
struct `A group of pools` {
    private let census = Census()

    private func group(_ limit: Int, hubs: Int) -> (PoolGroup<Int>, [HubThread]) {
        let hubs = (0..<hubs).map { HubThread(name: "group-\($0)") }
        return (PoolGroup(limit: limit, on: hubs) { [census] in CensusPool($0, census) }, hubs)
    }

    /// Whatever each hub does, together they never have more than the limit, and all are served.
    @Test(arguments: [(1, 2), (2, 3), (5, 3), (8, 2)])
    func `keeps to its limit on several threads, and serves all of them`(limit: Int, hubs: Int) async throws {
        let (group, threads) = group(limit, hubs: hubs)
        let leases = limit < hubs ? 20 : 200
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for (n, thread) in threads.enumerated() {
                tasks.addTask {
                    try await thread.run {
                        var random = SeededGenerator(UInt64(n + 1))
                        let callers = (0..<12).map { _ in
                            spawn {
                                for _ in 0..<leases {
                                    let fails = random.chance(2)
                                    let pause = random.chance(10) ? Duration.microseconds(100) : .zero
                                    do {
                                        try group.get { _ in
                                            try sleep(for: pause)
                                            if fails { throw SocketError("made up") }
                                        }
                                    } catch is SocketError {}
                                    if random.chance(2) { try sleep(for: .microseconds(500)) }
                                }
                            }
                        }
                        try joinAll(callers, raisingErrors: true)
                        return 12 * leases
                    }
                }
            }
            var served = 0
            for try await one in tasks { served += one }
            #expect(served == hubs * 12 * leases)
        }
        #expect(census.most.load(ordering: .relaxed) <= limit)
        let statistics = try await group.statistics()
        #expect(statistics.leases == hubs * 12 * leases)
        #expect(statistics.waitTimes.count == statistics.leases)
        #expect(statistics.returns + statistics.discards == statistics.leases)
        try await group.close(timeout: .seconds(10))
        #expect(census.alive.load(ordering: .relaxed) == 0)
        #expect(group.allowance.used == 0)
        for thread in threads { await thread.stop() }
    }

    @Test func `moves a right to the hub whose borrower waits`() async throws {
        let (group, threads) = group(1, hubs: 2)
        for _ in 0..<10 {
            for thread in threads { try await thread.run { try group.get { _ in } } }
        }
        #expect(census.most.load(ordering: .relaxed) == 1)
        #expect(census.opened.load(ordering: .relaxed) == 20)
        try await group.close()
        for thread in threads { await thread.stop() }
    }

    @Test func `runs borrows of tasks on all of its hubs`() async throws {
        let (group, threads) = group(4, hubs: 2)
        try await withThrowingTaskGroup(of: Void.self) { [census] tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    try await group.get { _ in
                        census.busy.add(1, ordering: .relaxed)
                        // Until all four are inside: two on each hub.
                        while census.busy.load(ordering: .relaxed) < 4 { try sleep(for: .milliseconds(1)) }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        for thread in threads {
            #expect(try await thread.run { try group.pool.statistics.leases } == 2)
        }
        try await group.close()
        await #expect(throws: PoolClosed.self) { try await group.get { _ in } }
        for thread in threads { await thread.stop() }
    }

    @Test func `lets its pools go with itself, and the rights of a thread with the thread`() async throws {
        do {
            let (group, threads) = group(2, hubs: 2)
            for thread in threads { try await thread.run { try group.get { _ in } } }
            #expect(group.allowance.used == 2)
            await threads[0].stop()
            #expect(group.allowance.used == 1)
            #expect(try await group.statistics().idle == 1)
            try await threads[1].run { try group.get { _ in } }
            await threads[1].stop()
            #expect(group.allowance.used == 0)
        }
    }
    /// A greenlet that ignores the end of its hub waits for a right for ever, and no hub is there to wake it.
    @Test func `a right does not go to a greenlet whose hub is gone`() async throws {
        let quota = SharedAllowance(1)
        let (owner, thread) = (HubThread(), HubThread())
        try await owner.run { try quota.acquire(timeout: nil) }
        try await thread.run {
            spawn {
                while true { try? quota.acquire(timeout: nil) }
            }
            try yield()
        }
        await thread.stop()
        try await owner.run {
            quota.release()
            #expect(quota.used == 0)
            try quota.acquire(timeout: .zero)
        }
        await owner.stop()
    }
}
