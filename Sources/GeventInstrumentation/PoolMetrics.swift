public import CoreMetrics
public import GeventConnPool

/// Turns what happens in a pool into metrics, under the names that OpenTelemetry gives them for pools of connections.
///
/// ```swift
/// let pool = MyPool(20)
/// pool.observer = PoolMetrics(pool)
/// ```
///
/// | metric | kind | what it says |
/// |---|---|---|
/// | `db.client.connection.count` | meter | connections, by `db.client.connection.state`: `idle` or `used` |
/// | `db.client.connection.max` | meter | how many there may be |
/// | `db.client.connection.idle.max`, `.idle.min` | meter | how many may and are to be idle |
/// | `db.client.connection.pending_requests` | meter | borrowers that wait |
/// | `db.client.connection.timeouts` | counter | borrowers that got `PoolExhausted` |
/// | `db.client.connection.create_time` | timer | how long a connect that succeeded took |
/// | `db.client.connection.wait_time` | timer | how long a borrower waited |
/// | `db.client.connection.use_time` | timer | how long a borrower had its connection |
///
/// Each has the dimension `db.client.connection.pool.name`. A connection that is being checked counts as used. Like the
/// pool it belongs to one hub; the metrics themselves may be read anywhere.
public final class PoolMetrics: PoolObserver {
    private enum Use { case idle, used }

    private let next: (any PoolObserver)?
    private let limits: () -> (size: Int, minimum: Int)?
    private var reported: (size: Int, minimum: Int)?
    private var uses: [PoolEvent.ConnectionID: Use] = [:]
    private var idle = 0
    private var used = 0

    private let idleCount: Meter
    private let usedCount: Meter
    private let maximum: Meter
    private let idleMaximum: Meter
    private let idleMinimum: Meter
    private let pending: Meter
    private let timeouts: Counter
    private let createTime: Timer
    private let waitTime: Timer
    private let useTime: Timer

    /// Metrics of a pool, under the name that it has now. To be made before its hub first runs others: what happened
    /// before is not counted.
    ///
    /// - Parameters:
    ///   - factory: where the metrics go; by default where `MetricsSystem` was bootstrapped to.
    ///   - next: who is told as well, for a pool has one observer; nil, the default, for nobody.
    public convenience init<Connection>(
        _ pool: ConnectionPool<Connection>, factory: any MetricsFactory = MetricsSystem.factory,
        next: (any PoolObserver)? = nil
    ) {
        let minimumSize = pool.configuration.minimumSize
        self.init(name: pool.name, factory: factory, next: next) { [weak pool] in
            pool.map { ($0.size, min(minimumSize ?? $0.size, $0.size)) }
        }
    }

    /// The same for a pool that is not at hand, such as a registry client's, whose size stays as it is.
    public convenience init(
        name: String, size: Int, factory: any MetricsFactory = MetricsSystem.factory, next: (any PoolObserver)? = nil
    ) {
        self.init(name: name, factory: factory, next: next) { (size, size) }
    }

    private init(
        name: String, factory: any MetricsFactory, next: (any PoolObserver)?,
        limits: @escaping () -> (size: Int, minimum: Int)?
    ) {
        self.next = next
        self.limits = limits
        let pool = [("db.client.connection.pool.name", name)]
        func label(_ suffix: String) -> String { "db.client.connection.\(suffix)" }
        func count(_ state: String) -> Meter {
            Meter(label: label("count"), dimensions: pool + [(label("state"), state)], factory: factory)
        }
        idleCount = count("idle")
        usedCount = count("used")
        maximum = Meter(label: label("max"), dimensions: pool, factory: factory)
        idleMaximum = Meter(label: label("idle.max"), dimensions: pool, factory: factory)
        idleMinimum = Meter(label: label("idle.min"), dimensions: pool, factory: factory)
        pending = Meter(label: label("pending_requests"), dimensions: pool, factory: factory)
        timeouts = Counter(label: label("timeouts"), dimensions: pool, factory: factory)
        createTime = Timer(label: label("create_time"), dimensions: pool, factory: factory)
        waitTime = Timer(label: label("wait_time"), dimensions: pool, factory: factory)
        useTime = Timer(label: label("use_time"), dimensions: pool, factory: factory)
        idleCount.set(0)
        usedCount.set(0)
        pending.set(0)
        reportLimits()
    }

    /// Something happened in the pool.
    public func observe(_ event: PoolEvent) {
        switch event.kind {
        case .connecting, .connectFailed, .closed, .leaked, .leakCleared, .breakerOpened, .breakerClosed: break
        case .connected:
            change(event, to: .idle)
            record(event.duration, createTime)
        case .checking: change(event, to: .used)
        case .checked: change(event, to: .idle)
        case .leased:
            change(event, to: .used)
            record(event.duration, waitTime)
        case .returned:
            change(event, to: .idle)
            record(event.duration, useTime)
        case .discarded, .retiring:
            change(event, to: nil)
            record(event.duration, useTime)
        case .waiting, .gaveUp: break
        case .exhausted: timeouts.increment()
        }
        pending.set(event.waiters)
        reportLimits()
        next?.observe(event)
    }

    private func change(_ event: PoolEvent, to use: Use?) {
        guard let connection = event.connection else { return }
        switch uses[connection] {
        case .idle: idle -= 1
        case .used: used -= 1
        case nil: break
        }
        switch use {
        case .idle: idle += 1
        case .used: used += 1
        case nil: break
        }
        uses[connection] = use
        idleCount.set(idle)
        usedCount.set(used)
    }

    private func record(_ duration: Duration?, _ timer: Timer) {
        guard let (seconds, attoseconds) = duration?.components else { return }
        timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// A pool may be resized.
    private func reportLimits() {
        guard let limits = limits(), reported.map({ $0 == limits }) != true else { return }
        reported = limits
        maximum.set(limits.size)
        idleMaximum.set(limits.size)
        idleMinimum.set(limits.minimum)
    }
}

@available(*, unavailable) extension PoolMetrics: Sendable {}
