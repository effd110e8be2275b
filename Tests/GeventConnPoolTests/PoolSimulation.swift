import Gevent
import GeventConnPool
import Testing

/// Numbers that a seed decides (SplitMix64), so that a run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }
}

/// Callers that borrow, fail, time out and are killed, and a server that comes and goes, all by one seed; after each
/// step the pool must be in order.
final class PoolSimulation {
    private let pool: FakePool
    private let server: FakeServer
    private let observer = RecordingObserver()
    private let steps: Int
    private let sizes: ClosedRange<Int>
    private let before = Hub.current.statistics.greenlets
    private var random: SeededGenerator
    private var callers: [AnyGreenlet] = []
    private var done = 0
    private var lastRequest = 0
    private(set) var outcomes: [String: Int] = [:]
    private(set) var violations: [String] = []

    init(seed: UInt64, steps: Int) {
        var random = SeededGenerator(seed)
        self.steps = steps
        let size = Int.random(in: 1...6, using: &random)
        sizes = 1...8
        server = FakeServer()
        pool = FakePool(size, server, keepalive: random.chance(50) ? .seconds(5) : nil) { c in
            if random.chance(50) { c.borrowTimeout = .seconds(20) }
            if random.chance(50) { c.connectTimeout = .milliseconds(700) }
            if random.chance(30) { c.maximumWaiters = 3 }
            if random.chance(50) { c.idleOrder = .lifo }
            if random.chance(50) { c.maximumLifetime = .seconds(60) }
            if random.chance(50) { c.idleLimit = .seconds(10) }
            if random.chance(50) { c.usesLimit = 20 }
            if random.chance(50) { c.trustWindow = .seconds(1) }
            if random.chance(30) { c.leakThreshold = .milliseconds(500) }
            if random.chance(30) { c.minimumSize = 0 }
            if random.chance(30) { c.maximumConcurrentConnects = 1 }
            if random.chance(30) { c.breaker = .init(openAfter: .seconds(2), probeEvery: .seconds(1)) }
            if random.chance(30) { c.settleTime = .seconds(1) }
            if random.chance(50) { c.jitter = 0.2 }
            c.keepaliveTimeout = .seconds(1)
            c.validationTimeout = .seconds(1)
            c.backOff.limit = .seconds(2)
        }
        self.random = random
        pool.observer = observer
        let slow = { [unowned self] in
            if self.random.chance(20) { try sleep(for: self.random.milliseconds(1...1500)) }
        }
        pool.onConnect = { [unowned self] in
            try slow()
            if self.random.chance(3) { throw OtherError() }
        }
        pool.onKeepalive = { [unowned self] c in
            try slow()
            if self.random.chance(2) { throw OtherError() }
            try c.ping()
        }
        pool.onValidate = { c in
            try slow()
            return !c.isBroken
        }
        pool.onRetire = { _ in try slow() }
        pool.onClose = { _ in try? slow() }
    }

    @available(*, noasync)
    func run() throws {
        Hub.current.onUnhandledError = { _, _ in }
        for n in 0..<10 { addCaller(n) }
        let chaos = spawn { [self] in
            while done < steps { try disturb() }
        }
        try chaos.get()
        server.isUp = true
        server.connectTime = .zero
        pool.resume()
        for caller in callers { try caller.join() }
        try settle()
    }

    private func addCaller(_ n: Int) {
        let caller = spawn { [self] in
            while done < steps {
                done += 1
                do {
                    try borrow()
                    outcomes["good", default: 0] += 1
                } catch let error as GreenletExit {
                    outcomes["killed", default: 0] += 1
                    throw error
                } catch {
                    outcomes["\(type(of: error))", default: 0] += 1
                    try sleep(for: random.milliseconds(1...200))
                }
                check()
            }
        }
        if n < callers.count { callers[n] = caller } else { callers.append(caller) }
    }

    /// One exchange with the server, and what a program does around it.
    @available(*, noasync)
    private func borrow() throws {
        let timeout = random.chance(30) ? random.milliseconds(0...2000) : nil
        let delay = random.chance(30) ? random.milliseconds(1...300) : .zero
        let limit = random.chance(20) ? random.milliseconds(1...200) : nil
        let (fails, isReusable) = (random.chance(5), !random.chance(5))
        lastRequest += 1
        let request = lastRequest
        let exchange = { [self] (c: FakeConnection) in
            try c.send(request, answeredAfter: delay)
            if fails { throw SocketError("made up") }
            let answer = try withTimeout(limit) { try c.receive() }
            if answer != request { violations.append("\(request) was answered by \(answer)") }
            if random.chance(5) { throw OtherError() }
        }
        if random.chance(20) {
            let lease = try pool.lease(timeout: timeout)
            try lease.use(exchange)
            if random.chance(10) { lease.retire() }
        } else {
            try pool.get(timeout: timeout, exchange) { isReusable }
        }
    }

    /// What the world does to a program.
    @available(*, noasync)
    private func disturb() throws {
        try sleep(for: random.milliseconds(1...400))
        switch Int.random(in: 0..<20, using: &random) {
        case 0: server.isUp.toggle()
        case 1...3: server.isUp = true
        case 4:
            if pool.statistics.idle > 0, let lease = try? pool.lease(timeout: .zero) {
                lease.connection.isBroken = true
            }
        case 5...8:
            let n = Int.random(in: callers.indices, using: &random)
            try callers[n].kill()
            addCaller(n)
        case 9: pool.invalidateAll()
        case 10: pool.suspend()
        case 11, 12: pool.resume()
        case 13: pool.resize(to: Int.random(in: sizes, using: &random))
        case 14: server.connectTime = random.milliseconds(0...1000)
        default: break
        }
        check()
    }

    private func check() {
        let s = pool.statistics
        if s.size != s.idle + s.leased + s.connecting + s.checking + s.retiring + s.waitingToConnect {
            violations.append("the gauges do not add up: \(s)")
        }
        if s.connects - s.discards - s.retirements != s.idle + s.leased + s.checking {
            violations.append("connections do not add up: \(s)")
        }
        if s.waitTimes.count != s.leases || s.leases < s.useTimes.count { violations.append("histograms: \(s)") }
        if server.mostAlive > sizes.upperBound { violations.append("\(server.mostAlive) connections at once") }
        if s.leases != s.returns + s.leased + observer.discardedLeases {
            violations.append("leases do not add up: \(s)")
        }
    }

    /// Peace: the pool must be full again, and when it is closed nothing may be left.
    @available(*, noasync)
    private func settle() throws {
        try sleep(for: .seconds(20))
        try pool.waitUntilReady(timeout: .seconds(60))
        let s = pool.statistics
        if s.leased != 0 || s.waiters != 0 { violations.append("quiet, and borrowed or waited for: \(s)") }
        if server.alive < s.idle + s.checking { violations.append("\(server.alive) alive of \(s)") }
        try pool.close(timeout: .seconds(60))
        try sleep(for: .seconds(10))
        if server.alive != 0 { violations.append("\(server.alive) left open") }
        let left = Hub.current.statistics.greenlets
        if left != before { violations.append("\(left - before) greenlets left:\n\(Hub.current.dump())") }
        violations += observer.illegal
    }
}
