import Gevent
import GeventConnPool

/// What a pool must keep to at every moment: by its events, its statistics and the connects that it makes.
final class LivenessRules: PoolObserver {
    private enum Phase { case connecting, free, leased, checking, going }

    private let server: LivenessServer
    weak var pool: LivenessPool?
    private var phases: [PoolEvent.ConnectionID: Phase] = [:]
    /// When attempts began that are not over.
    private var beginnings: [PoolEvent.ConnectionID: HubClock.Instant] = [:]
    /// Leases that ended without a return.
    private var unreturned = 0
    /// Where the pool changes itself from within an event.
    var onEvent: (() -> Void)?
    private var isInEvent = false

    private var lastAttempt: HubClock.Instant?
    private var lastFailure: HubClock.Instant?
    private var refusedAt: HubClock.Instant?
    private var isBreakerOpen = false
    private var lastProbe: HubClock.Instant?
    /// Connects that succeeded and may succeed, since the last peace.
    private var connects = 0
    private var allowedConnects = 0
    /// While it is suspended: how many may succeed although none is lent.
    private var idleConnects: Int?
    /// When somebody last waited, or waited no more.
    private var lastDemand: HubClock.Instant?
    private var start = Hub.current.clock.now

    init(_ server: LivenessServer) { self.server = server }

    func fork() {
        (phases, beginnings, unreturned) = ([:], [:], 0)
        (lastAttempt, lastFailure, refusedAt, lastProbe) = (nil, nil, nil, nil)
        isBreakerOpen = false
    }

    func observe(_ event: PoolEvent) {
        if let connection = event.connection { follow(connection, event.kind) }
        if event.waiters > 0 { lastDemand = Hub.current.clock.now }
        switch event.kind {
        case .leased, .exhausted, .gaveUp: lastDemand = Hub.current.clock.now
        case .breakerOpened:
            isBreakerOpen = true
            lastProbe = nil
        case .breakerClosed: isBreakerOpen = false
        case .connected:
            connects += 1
            if let left = idleConnects, server.setting.renewals.isEmpty {
                server.require(left > 0, "it connects, and lends nothing")
                idleConnects = left - 1
            }
        case .returned: idleConnects? += 1
        case .discarded:
            allow(1)
            // Of one that did not settle.
            if server.setting.has(.settleTime) { lastFailure = Hub.current.clock.now }
        default: break
        }
        guard !isInEvent else { return }
        isInEvent = true
        onEvent?()
        isInEvent = false
    }

    private func follow(_ connection: PoolEvent.ConnectionID, _ kind: PoolEvent.Kind) {
        let phase = phases[connection]
        let now = Hub.current.clock.now
        switch (kind, phase) {
        case (.connecting, nil):
            phases[connection] = .connecting
            beginnings[connection] = now
        case (.connectFailed(let error), .connecting):
            phases[connection] = nil
            lastFailure = now
            guard let began = beginnings.removeValue(forKey: connection), pool?.isRefusal(error) == true else { break }
            // One that was under way at an earlier refusal says nothing new.
            if refusedAt.map({ $0 < began }) ?? true { refusedAt = now }
        case (.connected, .connecting):
            phases[connection] = .free
            beginnings[connection] = nil
            refusedAt = nil
        case (.leased, .free): phases[connection] = .leased
        case (.leaked, .leased), (.leakCleared, .leased): break
        case (.returned, .leased): phases[connection] = .free
        case (.checking, .free): phases[connection] = .checking
        case (.checked, .checking): phases[connection] = .free
        case (.discarded, .free), (.discarded, .checking), (.retiring, .free), (.retiring, .checking):
            phases[connection] = .going
        case (.discarded, .leased), (.retiring, .leased):
            unreturned += 1
            phases[connection] = .going
        case (.closed, .going): phases[connection] = nil
        default: server.require(false, "\(connection): \(kind) while it is \(phase.map { "\($0)" } ?? "not there")")
        }
    }

    // MARK: Connects

    /// After a peace: so far nothing was asked for.
    func begin() {
        (connects, allowedConnects, start) = (0, 0, Hub.current.clock.now)
        allow(2 * server.setting.size + 6)
    }

    /// Something happened that may lead to so many connects.
    func allow(_ count: Int) {
        allowedConnects += count
        idleConnects? += count
    }

    /// A borrower comes: its connect, one that it breaks, and a right that moves to another pool and back.
    func borrowerComes() {
        allowedConnects += 3
        idleConnects? += 1
    }

    func suspended(_ isSuspended: Bool) {
        idleConnects = isSuspended ? idleConnects ?? server.setting.size + 2 : nil
    }

    /// All that it has may be replaced.
    func allowAll() { allow(2 * server.setting.size + 4) }

    private func checkCount() {
        let spans = server.setting.renewals
        let elapsed = Hub.current.clock.now - start
        let renewed = spans.reduce(0.0) { $0 + elapsed / $1 } * Double(server.setting.size + 2)
        server.require(
            Double(connects) <= Double(allowedConnects) + renewed,
            "\(connects) connects since the last peace, \(allowedConnects) were called for")
    }

    /// A connect begins.
    func began(_ now: HubClock.Instant, isShared: Bool) {
        guard let pool else { return }
        let c = pool.configuration
        let s = pool.statistics
        server.require(
            s.idle + s.leased + s.checking + s.retiring + s.connecting <= max(pool.size, s.size),
            "it connects beyond its size: \(s.gauges)")
        if isBreakerOpen, let probe = c.breaker?.probeEvery {
            if let lastProbe, !isShared {
                server.require(now - lastProbe >= probe * 0.999, "a probe \(now - lastProbe) after the last")
            }
            lastProbe = now
        }
        if let refusedAt, !isShared {
            let least = c.backOff.limit * (1 - c.backOff.jitter) * 0.999
            server.require(now == refusedAt || now - refusedAt >= least, "a connect \(now - refusedAt) after a refusal")
        }
        // Retries have their own delays.
        let isQuiet = lastFailure.map { now - $0 > server.setting.longestBackOff + .seconds(1) } ?? true
        if isQuiet, let lastAttempt, let frequency = c.spawnFrequency, !isShared {
            server.require(now - lastAttempt >= frequency * 0.999, "two connects \(now - lastAttempt) apart")
        }
        lastAttempt = now
        if let minimum = c.minimumSize, !isShared, !isBreakerOpen, !server.isReadinessAwaited {
            server.require(
                s.waiters > 0 || lastDemand == now
                    || s.idle + s.leased + s.checking + s.connecting <= min(minimum, pool.size),
                "a connect for nobody: \(s.gauges)")
        }
    }

    func check() {
        guard let pool else { return }
        let s = pool.statistics
        checkCount()
        server.require(
            s.size == s.idle + s.leased + s.connecting + s.checking + s.retiring + s.waitingToConnect,
            "the gauges do not add up: \(s.gauges)")
        server.require(
            s.connects - s.discards - s.retirements == s.idle + s.leased + s.checking,
            "connections do not add up: \(s.gauges), \(s.connects) - \(s.discards) - \(s.retirements)")
        server.require(
            s.waitTimes.count == s.leases && s.leases >= s.useTimes.count,
            "histograms: \(s.leases), \(s.waitTimes.count), \(s.useTimes.count)")
        server.require(
            s.leases == s.returns + s.leased + unreturned,
            "leases do not add up: \(s.leases) are \(s.returns), \(s.leased) and \(unreturned)")
    }
}
