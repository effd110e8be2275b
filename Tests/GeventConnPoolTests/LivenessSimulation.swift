import GeventConnPool

@testable import Gevent

/// Borrowers and a world that fail at random, then peace: within one longest delay every waiter has been served and the
/// pool is as large as it should be.
final class LivenessSimulation {
    private let setting: LivenessSetting
    private let server: LivenessServer
    private var group: PoolGroup<LivenessConnection>?
    private var pools: [LivenessPool] = []
    private var borrowers: [LivenessBorrower] = []
    private var others: [AnyGreenlet] = []
    private let before = Hub.current.statistics.greenlets
    private(set) var steps = 0
    /// What was done since the last peace, for a failure's report.
    private var history: [String] = []
    private var lastRequest = 0

    init(_ pair: (LivenessOption, LivenessOption), seed: UInt64) {
        var random = SeededGenerator(seed)
        setting = LivenessSetting(pair, &random)
        server = LivenessServer(setting, random)
    }

    var violations: [String] { server.violations }
    var story: String {
        """
        \(setting.options.map(\.rawValue).sorted().joined(separator: " ")); size \(setting.size), limit \(setting.limit), \
        keepalive \(setting.keepalive.map { "\($0)" } ?? "none")
        \(setting.configuration)
        \(history.suffix(60).joined(separator: "\n"))
        """
    }

    // MARK: The run

    /// Rounds of trouble and peace, of `steps` steps together.
    @available(*, noasync)
    func run(steps most: Int) throws {
        Hub.current.onUnhandledError = { _, _ in }
        makePools()
        while steps < most, violations.isEmpty {
            history = []
            server.peace.clear()
            for pool in pools { pool.rules.begin() }
            for _ in 0..<Int.random(in: 5...40, using: &server.random) where violations.isEmpty {
                try trouble()
                step()
            }
            if violations.isEmpty { try peace() }
        }
        if violations.isEmpty { try end() }
        for one in borrowers { one.greenlet?.killNoWait() }
        for one in others { one.killNoWait() }
        for pool in pools { pool.closeNoWait() }
        try sleep(for: .seconds(60))
    }

    private func step() {
        steps += 1
        for pool in pools { pool.rules.check() }
        server.require(server.alive >= 0, "more are closed than were open")
        borrowers.removeAll { $0.isOver }
        others.removeAll { $0.isReady }
        server.isReadinessAwaited = !others.isEmpty
    }

    private func makePools() {
        if setting.has(.group) {
            // Safe: the group makes its one pool here.
            nonisolated(unsafe) let server = server
            let made = PoolGroup<LivenessConnection>(limit: setting.limit) { _ in LivenessPool(server) }
            group = made
            if let pool = try? made.pool as? LivenessPool { pools.append(pool) }
        } else {
            pools.append(LivenessPool(server))
        }
        if setting.isShared {
            let quota = group?.allowance ?? SharedAllowance(setting.limit)
            if group == nil { pools[0].allowance = quota }
            let rival = LivenessPool(server)
            rival.allowance = quota
            pools.append(rival)
        }
        for pool in pools where setting.has(.resize) || setting.has(.invalidate) || setting.has(.suspend) {
            pool.rules.onEvent = { [unowned self, unowned pool] in
                if !server.peace.isSet, server.random.chance(5) { change(pool, isInEvent: true) }
            }
        }
    }

    private func say(_ text: String) {
        history.append("\(Hub.current.clock.now) \(text)")
    }

    // MARK: Trouble

    @available(*, noasync)
    private func trouble() throws {
        switch Int.random(in: 0..<100, using: &server.random) {
        case 0..<45 where borrowers.count < 12: borrow(mustBeServed: false)
        case 45..<52: kill()
        case 52..<65: change(pools[Int.random(in: pools.indices, using: &server.random)])
        case 62..<80: changeWeather()
        case 80..<85: waitUntilReady()
        case 85..<90: breakSome()
        default: break
        }
        switch Int.random(in: 0..<100, using: &server.random) {
        case 0..<40: try yield()
        case 40..<70: try sleep(for: server.random.milliseconds(1...100))
        case 80..<95: try sleep(for: server.random.milliseconds(100...3_000))
        default: try sleep(for: server.random.milliseconds(3_000...30_000))
        }
    }

    private func kill() {
        guard let one = borrowers.randomElement(using: &server.random) else { return }
        say("kill \(one.number)")
        one.greenlet?.killNoWait()
    }

    private func changeWeather() {
        var w = LivenessWeather()
        w.isDown = server.random.chance(50)
        w.isRefusing = setting.has(.refusals) && server.random.chance(70)
        if server.random.chance(50) { w.connectTime = server.random.milliseconds(1...2_000) }
        w.connectsHang = setting.has(.hangingConnects) && server.random.chance(40)
        w.checksHang = setting.has(.hangingHooks) && server.random.chance(40)
        w.retiresHang = setting.has(.hangingHooks) && server.random.chance(40)
        w.closesHang = setting.has(.hangingHooks) && server.random.chance(40)
        w.hooksAreSlow = setting.has(.slowHooks) && server.random.chance(60)
        server.weather = w
        say("\(w)")
    }

    private func breakSome() {
        server.breakage += 1
        for pool in pools { pool.rules.allowAll() }
        say("what is open is broken")
    }

    private func change(_ pool: LivenessPool, isInEvent: Bool = false) {
        // No process is forked from within an event.
        let kinds = [LivenessOption.resize, .suspend, .invalidate, .fork].filter {
            setting.has($0) && !(isInEvent && $0 == .fork)
        }
        guard let kind = kinds.randomElement(using: &server.random) else { return }
        for pool in pools { pool.rules.allowAll() }
        switch kind {
        case .resize:
            let size = Int.random(in: 1...(setting.size + 2), using: &server.random)
            say("resize to \(size)")
            if size >= pool.configuration.minimumSize ?? 1 { pool.resize(to: size) }
        case .suspend:
            let ends = server.random.chance(50)
            say(ends ? "resume" : "suspend")
            pool.rules.suspended(!ends)
            if ends { pool.resume() } else { pool.suspend() }
        case .invalidate:
            say("invalidateAll")
            pool.invalidateAll()
        default: fork()
        }
    }

    /// As in a forked child, but in this process.
    private func fork() {
        say("fork")
        server.fork()
        for pool in pools { pool.rules.fork() }
        Hub.current.runForkHandlers()
    }

    private func waitUntilReady() {
        guard let pool = pools.randomElement(using: &server.random) else { return }
        let count = Int.random(in: 1...setting.size, using: &server.random)
        let timeout = server.random.milliseconds(0...3_000)
        say("wait for \(count) connections for \(timeout)")
        server.isReadinessAwaited = true
        // Two that wait for more than there are rights take turns.
        let turns = setting.isShared ? Int(timeout / .milliseconds(50)) : 0
        for pool in pools { pool.rules.allow(setting.size + 2 + turns) }
        others.append(spawn { try? pool.waitUntilReady(count, timeout: timeout) })
    }

    // MARK: Borrowing

    @discardableResult
    private func borrow(mustBeServed: Bool, from index: Int? = nil) -> LivenessBorrower {
        lastRequest += 1
        let which = index ?? Int.random(in: pools.indices, using: &server.random)
        let plan = mustBeServed ? LivenessPlan() : LivenessPlan(&server.random)
        let borrower = LivenessBorrower(lastRequest, pools[which], which == 0 ? group : nil, plan, server)
        borrowers.append(borrower)
        for pool in pools { pool.rules.borrowerComes() }
        say("\(lastRequest) borrows from \(which): \(plan)")
        borrower.start(persistent: mustBeServed)
        return borrower
    }

    // MARK: Peace

    @available(*, noasync)
    private func peace() throws {
        say("peace")
        server.weather = LivenessWeather()
        server.peace.set()
        for pool in pools {
            pool.rules.suspended(false)
            pool.resume()
        }
        for index in pools.indices { for _ in 0..<2 { borrow(mustBeServed: true, from: index) } }
        let delay = setting.longestDelay(waiters: borrowers.count)
        try eventually(within: delay, "borrowers were not served") { borrowers.allSatisfy { $0.isOver } }
        step()
        guard violations.isEmpty else { return }
        try eventually(within: delay + renewal, "the pool has not its size") { isRightSize }
        step()
        if violations.isEmpty { try borrowBesideSuspects() }
    }

    /// One that was just used is lent without a wait, although older ones would have to be checked first.
    @available(*, noasync)
    private func borrowBesideSuspects() throws {
        guard let window = setting.configuration.trustWindow, !setting.isShared, !setting.has(.lifetime),
            !setting.has(.usesLimit), !setting.has(.keepalive), !setting.has(.idleLimit)
        else { return }
        try sleep(for: window + .milliseconds(100))
        do {
            try pools[0].get(timeout: .seconds(60)) { _ in }
            try pools[0].get(timeout: .zero) { _ in }
        } catch {
            server.require(false, "a trusted connection is not lent beside suspect ones: \(error)")
        }
    }

    /// What an elastic pool keeps idle connections for.
    private var renewal: Duration {
        let c = setting.configuration
        return (c.idleLimit ?? .zero) * (1 + c.jitter)
    }

    private var isRightSize: Bool {
        let least = pools.map { min(setting.configuration.minimumSize ?? $0.size, $0.size) }
        let all = pools.map(\.statistics)
        let live = all.map { $0.idle + $0.leased + $0.checking }
        for (n, pool) in pools.enumerated() {
            guard all[n].size == pool.size, all[n].waiters == 0, all[n].leased == 0 else { return false }
            if !setting.isShared, live[n] < least[n] { return false }
            // Elastic pools let go of what is idle.
            if setting.configuration.idleLimit != nil, setting.configuration.minimumSize != nil, live[n] > least[n] {
                return false
            }
        }
        return live.reduce(0, +) >= min(setting.isShared ? setting.limit : .max, least.reduce(0, +))
    }

    @available(*, noasync)
    private func eventually(within delay: Duration, _ failure: String, _ condition: () -> Bool) throws {
        let end = Hub.current.clock.now + delay
        while !condition() {
            guard Hub.current.clock.now < end, violations.isEmpty else {
                let waiting = borrowers.filter { !$0.isOver }.map { "\($0)" }
                server.require(
                    false, "\(failure) within \(delay): \(pools.map(\.statistics.gauges)), \(waiting)")
                return
            }
            try sleep(for: .milliseconds(20))
        }
    }

    /// Closed, nothing is left.
    @available(*, noasync)
    private func end() throws {
        for pool in pools { try pool.close(timeout: .seconds(60)) }
        try sleep(for: .seconds(60))
        server.require(server.alive == 0, "\(server.alive) are left open")
        for one in others { try one.kill() }
        (others, borrowers) = ([], [])
        server.require(pools.allSatisfy { $0.statistics.size == 0 }, "slots are left")
        let left = Hub.current.statistics.greenlets - before
        server.require(left == 0, "\(left) greenlets are left:\n\(Hub.current.dump())")
    }
}

extension PoolStatistics {
    var gauges: String {
        """
        size \(size): idle \(idle), leased \(leased), connecting \(connecting), checking \(checking), \
        retiring \(retiring), waiting \(waitingToConnect); \(waiters) waiters
        """
    }
}
