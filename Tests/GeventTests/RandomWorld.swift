import Gevent
import GeventTesting

/// Greenlets that do at random what greenlets do, and a driver that kills them, among primitives of which it is known
/// what must hold.
final class RandomWorld {
    private static let permits = 3

    private(set) var violations: [String] = []
    private(set) var spawned = 0
    private(set) var killed = 0
    private(set) var timeouts = 0
    private(set) var mostAlive = 0
    var summary: String { "\(spawned) spawned, \(killed) killed, \(timeouts) timeouts, \(mostAlive) at once" }

    private var random: SplitMix
    private let events = (0..<8).map { _ in Event() }
    /// How often each event was set.
    private var settings = Array(repeating: 0, count: 8)
    private let semaphores = (0..<4).map { _ in BoundedSemaphore(permits) as CountingSemaphore }
    private var holders = Array(repeating: 0, count: 4)
    private let locks = (0..<2).map { _ in RecursiveLock() }
    private var owners: [Int?] = [nil, nil]
    private var results = (0..<8).map { _ in AsyncResult<Int>() }
    // In order of their spawning: a dictionary would have another order in each process.
    private var workers: [(id: Int, greenlet: Greenlet<Int>)] = []
    private var killedWorkers: Set<Int> = []
    private var isFinishing = false

    init(_ seed: UInt64) {
        random = SplitMix(state: seed)
        Hub.current.onUnhandledError = { [unowned self] _, error in
            check(error is Broken, "\(error) was not caught")
        }
    }

    private func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { violations.append(what()) }
    }

    private func pick(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private var delay: Duration { .milliseconds(pick(12)) }

    // MARK: The driver

    func run(steps: Int) throws {
        let before = Hub.current.statistics
        for _ in 0..<steps {
            try step()
            checkCounts()
        }
        try finish()
        let after = Hub.current.statistics
        check(after.timers == before.timers, "\(after.timers) timers are left, of \(before.timers)")
        check(after.greenlets == before.greenlets, "\(after.greenlets) greenlets are left, of \(before.greenlets)")
        check(after.stacks == before.stacks, "\(after.stacks) stacks are left, of \(before.stacks)")
        check(semaphores.allSatisfy { $0.counter == Self.permits }, "permits are missing")
        check(locks.allSatisfy { !$0.isLocked }, "a lock is still held")
    }

    private func step() throws {
        switch pick(20) {
        case 0...6: spawnWorker()
        case 7, 8: kill()
        case 9: try killAndWait()
        case 10: set(pick(8))
        case 11: events[pick(8)].clear()
        case 12: setResult(pick(8))
        case 13...15: try yield()
        case 16: try sleep(for: delay)
        case 17: try waitForSome()
        case 18: for _ in 0..<10 { spawnWorker() }
        default: reap()
        }
        if pick(50) == 0 { mostAlive = max(mostAlive, workers.count { !$0.greenlet.isReady }) }
    }

    private func checkCounts() {
        for i in 0..<4 {
            check(semaphores[i].counter + holders[i] == Self.permits, "semaphore \(i) lost count")
        }
    }

    private func set(_ i: Int) {
        settings[i] += 1
        events[i].set()
    }

    private func setResult(_ i: Int) {
        if pick(4) == 0 { results[i].setError(Broken()) } else { results[i].set(i) }
        results[i] = AsyncResult()
    }

    private func kill() {
        guard let (id, worker) = workers.randomElement(using: &random), !worker.isReady else { return }
        killed += 1
        killedWorkers.insert(id)
        worker.killNoWait(throwing: pick(3) == 0 ? Broken() : GreenletExit())
    }

    private func killAndWait() throws {
        guard let (id, worker) = workers.randomElement(using: &random), !worker.isReady else { return }
        killed += 1
        killedWorkers.insert(id)
        try worker.kill(timeout: pick(2) == 0 ? nil : delay)
    }

    private func waitForSome() throws {
        let some = workers.prefix(10).map { $0.greenlet as any Waitable } + [events[pick(8)], semaphores[pick(4)]]
        let limit = delay
        let ready = try wait(for: some, timeout: limit, count: 3)
        check(ready.count <= 3, "more than were asked for")
    }

    /// Looks at those that have ended.
    private func reap() {
        for (id, worker) in workers where worker.isReady {
            let wasKilled = killedWorkers.remove(id) != nil
            if let error = worker.error {
                check(error is Broken && wasKilled, "worker \(id) failed with \(error)")
            } else {
                check(worker.value == id || wasKilled, "worker \(id) ended without its value")
            }
        }
        workers.removeAll { $0.greenlet.isReady }
    }

    private func finish() throws {
        for i in 0..<8 {
            set(i)
            setResult(i)
        }
        isFinishing = true
        let ended = try joinAll(workers.map(\.greenlet), timeout: .seconds(1_000))
        check(ended.count == workers.count, "\(workers.count - ended.count) workers never ended")
        reap()
        checkCounts()
        check(holders == [0, 0, 0, 0] && owners == [nil, nil], "somebody ended with a permit or a lock")
    }

    // MARK: The workers

    private func spawnWorker() {
        if isFinishing || workers.count >= 300 { return }
        spawned += 1
        let id = spawned
        let body = { [unowned self] () throws -> Int in
            for _ in 0...pick(12) {
                try work(id, depth: 0)
                checkCounts()
            }
            return id
        }
        let greenlet = pick(5) == 0 ? Gevent.spawn(after: delay, body) : Gevent.spawn(body)
        workers.append((id, greenlet))
    }

    private func work(_ id: Int, depth: Int) throws {
        switch pick(depth > 3 ? 6 : 11) {
        case 0: try yield()
        case 1: try sleep(for: delay)
        case 2: try waitForEvent(pick(8))
        case 3: try waitForResult(pick(8))
        case 4: try joinAnother(id)
        case 5: set(pick(8))
        case 6: try hold(pick(4), id, depth)
        case 7: try lock(pick(2), id, depth)
        case 8, 9: try limit(id, depth)
        default: spawnWorker()
        }
    }

    private func waitForEvent(_ i: Int) throws {
        let (wasSet, before, start, limit) = (events[i].isSet, settings[i], Hub.current.clock.now, delay)
        if try events[i].wait(timeout: limit) {
            check(wasSet || settings[i] > before, "event \(i) was not set")
            check(Hub.current.clock.now - start <= limit, "a wait was too long")
        } else {
            timeouts += 1
            check(Hub.current.clock.now - start == limit, "a wait took \(Hub.current.clock.now - start), not \(limit)")
        }
    }

    private func waitForResult(_ i: Int) throws {
        let result = results[i]
        let limit = delay
        let interruptions = AnyGreenlet.current.interruptionCount
        do {
            check(try result.get(timeout: limit) == i, "a wrong result")
        } catch is Timeout where AnyGreenlet.current.interruptionCount == interruptions {
            // The wait's own.
            timeouts += 1
        } catch let error as Broken where same(result.error, error) {
            return
        }
    }

    private func joinAnother(_ id: Int) throws {
        guard let (other, worker) = workers.randomElement(using: &random), other != id else { return }
        let joined = try worker.join(timeout: delay)
        check(joined == worker.isReady, "join said \(joined)")
    }

    private func hold(_ i: Int, _ id: Int, _ depth: Int) throws {
        guard try pick(2) == 0 ? semaphores[i].acquireNoWait() : semaphores[i].acquire(timeout: delay) else {
            timeouts += 1
            return
        }
        holders[i] += 1
        defer {
            holders[i] -= 1
            semaphores[i].release()
        }
        check(holders[i] <= Self.permits, "too many hold semaphore \(i)")
        try work(id, depth: depth + 1)
    }

    private func lock(_ i: Int, _ id: Int, _ depth: Int) throws {
        guard try locks[i].acquire(timeout: delay) else { return }
        let outer = owners[i]
        check(outer == nil || outer == id, "lock \(i) has two owners")
        owners[i] = id
        defer {
            check(owners[i] == id, "lock \(i) was taken away")
            owners[i] = outer
            locks[i].release()
        }
        try work(id, depth: depth + 1)
    }

    private func limit(_ id: Int, _ depth: Int) throws {
        let own = Timeout(after: delay)
        own.start()
        defer { own.close() }
        do {
            try work(id, depth: depth + 1)
        } catch let timeout as Timeout where timeout === own {
            timeouts += 1
        }
    }
}

/// Sebastiano Vigna's SplitMix64: small, and the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
