import Gevent

/// A thousand greenlets that do at random what greenlets do, and a driver that kills them, among primitives of which it
/// is known what must hold. The same seed does the same things in the same order.
///
/// A step is one operation, of the driver's or of a worker's; after each the invariants are looked at. From time to time
/// the driver waits until nothing is runnable: then nobody may wait for what is there.
final class RandomWorld {
    static let permits = 3
    static let mostWorkers = 1_000

    var violations: [String] = []
    var tally = Tally()
    var random: SplitMix
    /// Workers and members that have begun and not ended.
    var alive = 0
    var isFinishing = false

    let events = (0..<8).map { _ in Event() }
    /// How often each event was set.
    var settings = Array(repeating: 0, count: 8)
    var waitingForEvent = Array(repeating: 0, count: 8)
    let semaphores = (0..<4).map { _ in BoundedSemaphore(permits) as CountingSemaphore }
    var holders = Array(repeating: 0, count: 4)
    var waitingForPermit = Array(repeating: 0, count: 4)
    let locks = (0..<2).map { _ in RecursiveLock() }
    var owners: [Int?] = [nil, nil]
    var results = (0..<8).map { _ in AsyncResult<Int>() }
    /// The Timeouts that workers have started around what they do.
    var limits: Set<ObjectIdentifier> = []

    var queues: [QueueModel] = QueueModel.Kind.allCases.map { QueueModel($0) }
    let channel = ChannelModel()
    let pools = [PoolModel(1), PoolModel(20)]
    let group = Group()
    var pairs: [PairModel] = []
    var links: [LinkRecord] = []

    // In the order of their spawning: a dictionary would have another order in each process.
    var workers: [(id: Int, greenlet: Greenlet<Int>)] = []
    var killedWorkers: Set<Int> = []

    /// What was done: shows that all of it was tried, and that a seed repeats.
    struct Tally: Equatable {
        var steps = 0, spawned = 0, killed = 0, timeouts = 0, mostAlive = 0
        var items = 0, members = 0, links = 0, bytes = 0, closed = 0, quiet = 0
    }

    init(_ seed: UInt64) {
        random = SplitMix(state: seed)
        Hub.current.onUnhandledError = { [unowned self] _, error in
            check(error is Broken, "\(error) was not caught")
        }
    }

    func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds && violations.count < 100 { violations.append("step \(tally.steps): \(what())") }
    }

    func pick(_ bound: Int) -> Int { Int(truncatingIfNeeded: random.next() % UInt64(bound)) }

    func pick<Element>(_ elements: [Element]) -> Element? { elements.isEmpty ? nil : elements[pick(elements.count)] }

    var delay: Duration { .milliseconds(pick(12)) }

    // MARK: The driver

    func run(steps: Int) throws {
        let before = Hub.current.statistics
        for _ in 0..<6 { pairs.append(try PairModel()) }
        while tally.steps < steps {
            try step(before)
            tally.steps += 1
            checkAll()
        }
        try finish()
        let after = Hub.current.statistics
        check(after.timers == before.timers, "\(after.timers) timers are left, of \(before.timers)")
        check(after.greenlets == before.greenlets, "\(after.greenlets) greenlets are left, of \(before.greenlets)")
        check(after.stacks == before.stacks, "\(after.stacks) stacks are left, of \(before.stacks)")
        check(alive == 0, "\(alive) bodies never ended")
    }

    private func step(_ before: HubStatistics) throws {
        switch pick(40) {
        case 0...11: spawnWorker()
        case 12: for _ in 0..<150 { spawnWorker() }
        case 13...15: kill()
        case 16: try killAndWait()
        case 17, 18: set(pick(8))
        case 19, 20: events[pick(8)].clear()
        case 21, 22: setResult(pick(8))
        case 23...26: try yield()
        case 27, 28: try sleep(for: delay)
        case 29: try waitForSome()
        case 30: if pick(4) == 0 { shutDownQueue(pick(queues.count)) }
        case 31: if pick(4) == 0 { try killPool(pick(pools.count)) }
        case 32: joinGroup()
        case 33: if pick(4) == 0 { killGroup() }
        case 34: try closePair(pick(pairs.count))
        case 35: try checkQuiet(before)
        case 36: linkEvent(pick(8))
        default: reap()
        }
        tally.mostAlive = max(tally.mostAlive, alive)
    }

    /// What must hold whenever a greenlet may look.
    func checkAll() {
        for i in 0..<4 {
            check(semaphores[i].counter + holders[i] == Self.permits, "semaphore \(i) lost count")
        }
        for queue in queues { queue.check(self) }
        for pool in pools { pool.check(self) }
    }

    /// Waits until nothing is runnable. Whoever waits then must have a reason.
    func checkQuiet(_ before: HubStatistics) throws {
        try idle()
        tally.quiet += 1
        for i in 0..<8 { check(!events[i].isSet || waitingForEvent[i] == 0, "event \(i) is set and waited for") }
        for i in 0..<4 {
            check(semaphores[i].counter == 0 || waitingForPermit[i] == 0, "semaphore \(i) is free and waited for")
        }
        for queue in queues { queue.checkQuiet(self) }
        channel.checkQuiet(self)
        for pool in pools { pool.checkQuiet(self) }
        checkLinks()
        let now = Hub.current.statistics
        check(now.runnable == 0, "\(now.runnable) are runnable though it is idle")
        check(
            now.greenlets - before.greenlets == alive, "\(now.greenlets - before.greenlets) greenlets, \(alive) bodies")
        check(now.stacks - before.stacks == alive, "\(now.stacks - before.stacks) stacks, \(alive) bodies")
    }

    func set(_ i: Int) {
        settings[i] += 1
        events[i].set()
    }

    private func setResult(_ i: Int) {
        if pick(4) == 0 { results[i].setError(Broken()) } else { results[i].set(i) }
        results[i] = AsyncResult()
    }

    private func kill() {
        guard let (id, worker) = pick(workers), !worker.isReady else { return }
        tally.killed += 1
        killedWorkers.insert(id)
        worker.killNoWait(throwing: pick(3) == 0 ? Broken() : GreenletExit())
    }

    private func killAndWait() throws {
        guard let (id, worker) = pick(workers), !worker.isReady else { return }
        tally.killed += 1
        killedWorkers.insert(id)
        try worker.kill(timeout: delay)
    }

    private func waitForSome() throws {
        let some = workers.prefix(10).map { $0.greenlet as any Waitable } + [events[pick(8)], semaphores[pick(4)]]
        let ready = try wait(for: some, timeout: delay, count: 3)
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
        isFinishing = true
        for i in 0..<8 {
            set(i)
            setResult(i)
        }
        for i in queues.indices { shutDownQueue(i) }
        for pair in pairs { pair.close() }
        let ended = try joinAll(workers.map(\.greenlet), timeout: .seconds(1_000))
        check(ended.count == workers.count, "\(workers.count - ended.count) workers never ended")
        for pool in pools { check(try pool.pool.join(timeout: .seconds(1_000)), "members never ended") }
        try idle()
        reap()
        checkAll()
        checkLinks()
        check(links.isEmpty || links.allSatisfy { !$0.isDue }, "links were never called")
        for record in links { record.cancel() }
        links = []
        check(group.isEmpty, "the group has kept \(group.count)")
        channel.drain(self)
        check(semaphores.allSatisfy { $0.counter == Self.permits }, "permits are missing")
        check(locks.allSatisfy { !$0.isLocked }, "a lock is still held")
        check(holders == [0, 0, 0, 0] && owners == [nil, nil], "somebody ended with a permit or a lock")
        check(waitingForEvent.allSatisfy { $0 == 0 } && limits.isEmpty, "somebody never came back")
        check(try Hub.current.join(timeout: .seconds(1_000)), "the hub has not run dry")
    }
}
