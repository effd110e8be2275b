import GeventConnPool

/// Something that a pool can be told or that can happen to it. The liveness simulation lets every two of them meet.
enum LivenessOption: String, CaseIterable, Sendable {
    // Of PoolConfiguration.
    case borrowTimeout, connectTimeout, maximumWaiters, lifo, lifetime, idleLimit, usesLimit
    case trustWindow, keepalive, keptInterrupted, leakThreshold
    case spawnFrequency, elastic, connectCap, backOff, settleTime, reconnectDelay, breaker, breakerThatWaits, jitter
    case retireTimeout
    // Of what surrounds it.
    case refusals, slowHooks, hangingHooks, hangingConnects, allowance, group
    // What is done to it.
    case resize, suspend, invalidate, fork

    /// Sets what belongs to the option, each time to other values.
    func apply(to c: inout PoolConfiguration, size: Int, _ random: inout SeededGenerator) {
        switch self {
        case .borrowTimeout: c.borrowTimeout = random.milliseconds(0...8_000)
        case .connectTimeout: c.connectTimeout = random.milliseconds(50...3_000)
        case .maximumWaiters: c.maximumWaiters = Int.random(in: 0...4, using: &random)
        case .lifo: c.idleOrder = .lifo
        case .lifetime: c.maximumLifetime = random.milliseconds(1_000...20_000)
        case .idleLimit: c.idleLimit = random.milliseconds(500...20_000)
        case .usesLimit: c.usesLimit = Int.random(in: 1...6, using: &random)
        case .trustWindow:
            c.trustWindow = random.chance(40) ? .zero : random.milliseconds(100...5_000)
            c.validationTimeout = random.milliseconds(200...2_000)
        case .keepalive: if random.chance(60) { c.keepaliveTimeout = random.milliseconds(200...2_000) }
        case .keptInterrupted: c.interrupted = .keep
        case .leakThreshold: c.leakThreshold = random.milliseconds(50...1_000)
        case .spawnFrequency: c.spawnFrequency = random.chance(50) ? .zero : .milliseconds(100)
        case .elastic: c.minimumSize = Int.random(in: 0...size, using: &random)
        case .connectCap: c.maximumConcurrentConnects = Int.random(in: 1...2, using: &random)
        case .backOff:
            c.backOff = .init(
                initial: random.milliseconds(10...1_000), factor: random.chance(20) ? 1 : 2,
                limit: random.milliseconds(100...10_000), jitter: random.chance(50) ? 0.5 : 0)
        case .settleTime: c.settleTime = random.milliseconds(100...5_000)
        case .reconnectDelay: c.reconnectDelay = random.chance(40) ? .zero : random.milliseconds(500...3_000)
        case .breaker, .breakerThatWaits:
            c.breaker = .init(
                openAfter: random.milliseconds(0...5_000), probeEvery: random.milliseconds(200...3_000),
                refusesBorrowers: self == .breaker)
        case .jitter: c.jitter = random.chance(50) ? 1 : 0.3
        case .retireTimeout: c.retireTimeout = random.milliseconds(50...3_000)
        case .refusals, .slowHooks, .hangingHooks, .hangingConnects, .allowance, .group, .resize, .suspend, .invalidate,
            .fork:
            break
        }
    }

    /// Every two, and each by itself.
    static let pairs: [(LivenessOption, LivenessOption)] = allCases.indices.flatMap { a in
        allCases[a...].map { (allCases[a], $0) }
    }
}

/// Which options a run has, and the delays that follow from them.
struct LivenessSetting {
    let options: Set<LivenessOption>
    let size: Int
    let limit: Int
    let keepalive: Duration?
    let configuration: PoolConfiguration

    init(_ pair: (LivenessOption, LivenessOption), _ random: inout SeededGenerator) {
        var options: Set = [pair.0, pair.1]
        for other in LivenessOption.allCases where random.chance(12) { options.insert(other) }
        // One of each: they exclude one another.
        if options.contains(.breaker), options.contains(.breakerThatWaits) {
            options.remove(pair.0 == .breaker || pair.1 == .breaker ? .breakerThatWaits : .breaker)
        }
        // A fork that is only simulated does not empty the allowance; PoolForkTests forks really.
        if options.contains(.fork), !options.isDisjoint(with: [.allowance, .group]) {
            if pair.0 == .fork || pair.1 == .fork {
                options.subtract([.allowance, .group])
            } else {
                options.remove(.fork)
            }
        }
        let size = Int.random(in: 1...5, using: &random)
        var c = PoolConfiguration {
            $0.spawnFrequency = .milliseconds(10)
            $0.reconnectDelay = .milliseconds(100)
            $0.retireTimeout = .seconds(1)
            $0.backOff = .init(initial: .milliseconds(50), limit: .seconds(2))
        }
        for option in LivenessOption.allCases where options.contains(option) {
            option.apply(to: &c, size: size, &random)
        }
        // Where nobody may wait, nobody asks for a connection that is not there.
        if c.maximumWaiters == 0, !options.isDisjoint(with: [.elastic, .allowance, .group]) { c.maximumWaiters = 1 }
        self.options = options
        self.size = size
        limit = Int.random(in: 1...(size + 2), using: &random)
        keepalive = options.contains(.keepalive) ? random.milliseconds(200...5_000) : nil
        configuration = c
    }

    func has(_ option: LivenessOption) -> Bool { options.contains(option) }

    var isShared: Bool { has(.allowance) || has(.group) }

    /// The longest that a delay becomes by jitter.
    private func most(_ delay: Duration, _ jitter: Double) -> Duration { delay * (1 + jitter) }

    /// What renews connections that nobody asked for: how often each.
    var renewals: [Duration] {
        let c = configuration
        let least = 1 - min(c.jitter, 0.9)
        return [c.maximumLifetime, c.idleLimit].compactMap(\.self).map { $0 * least }
    }

    var longestBackOff: Duration {
        let b = configuration.backOff
        return most(max(b.initial, b.limit * b.factor), b.jitter)
    }

    /// What may lie between the end of an outage and the last waiter's connection: each delay of the options once.
    func longestDelay(waiters: Int) -> Duration {
        let c = configuration
        var sum = longestBackOff + most(c.reconnectDelay, c.jitter) + .seconds(1)
        sum += c.breaker?.probeEvery ?? .zero
        sum += c.retireTimeout * 2
        if c.trustWindow != nil { sum += c.validationTimeout }
        sum += c.keepaliveTimeout ?? .zero
        if has(.hangingConnects) { sum += c.connectTimeout ?? .seconds(10) }
        // Each use may need a connect, and connects are spaced.
        let frequency = c.spawnFrequency ?? .zero
        sum += (frequency + .milliseconds(5)) * (waiters + 2 * size + 2)
        // A right stays with a pool for some time.
        if isShared { sum += .seconds(2) * (waiters + 2) }
        return sum
    }
}
