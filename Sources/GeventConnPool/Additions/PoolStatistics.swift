internal import Gevent

/// What a pool has and did, at one moment.
///
/// The gauges of connections always add up:
/// `size == idle + leased + connecting + checking + retiring + waitingToConnect`.
public struct PoolStatistics: Sendable, Equatable {
    /// Slots, each of which has one connection or is about to. More than the pool's size while a smaller size waits
    /// for leases to end; 0 once a closed pool has let everything go.
    public var size = 0
    /// Connections that nobody has.
    public var idle = 0
    /// Connections that are borrowed.
    public var leased = 0
    /// Slots whose `newConnection()` runs.
    public var connecting = 0
    /// Connections that `validate(_:)` or `keepalive(_:)` has.
    public var checking = 0
    /// Connections that are being retired or closed.
    public var retiring = 0
    /// Slots that wait until they may connect: for their turn, the back-off, or, above the minimum size, demand.
    public var waitingToConnect = 0
    /// Borrowers that wait for a connection.
    public var waiters = 0

    /// Connects that succeeded.
    public var connects = 0
    /// Connects that failed.
    public var connectFailures = 0
    /// Connections that were lent.
    public var leases = 0
    /// Connections that came back.
    public var returns = 0
    /// Connections that were dropped as broken, by a borrower, a check or a keepalive.
    public var discards = 0
    /// Connections that were retired: too old, idle too long, used up, invalidated, or one too many.
    public var retirements = 0
    /// Of those: idle for `idleLimit`, older than `maximumLifetime`, used up by `usesLimit` or their borrower.
    public var retiredIdle = 0, retiredOld = 0, retiredUsed = 0
    /// Borrowers that got `PoolExhausted`.
    public var exhaustions = 0
    /// Borrowers that had to wait, whatever came of it.
    public var waits = 0
    /// How long those waited, all together, that got a connection.
    public var totalWaitTime = Duration.zero

    /// How long borrowers waited for their connection.
    public internal(set) var waitTimes = Histogram()
    /// How long borrowers had it, by the loop's own time: what did not park took none.
    public internal(set) var useTimes = Histogram()

    /// All zero, for another pool that tells its state in the same way to fill in.
    public init() {}

    /// The gauges in one short text, for log lines.
    package var summary: String {
        """
        size \(size), idle \(idle), leased \(leased), connecting \(connecting + waitingToConnect), waiting \(waiters)
        """
    }

    /// Adds another pool's gauges, counters and histograms to these.
    public mutating func add(_ other: PoolStatistics) {
        for field in Self.gauges + Self.counts { self[keyPath: field] += other[keyPath: field] }
        totalWaitTime += other.totalWaitTime
        waitTimes.add(other.waitTimes)
        useTimes.add(other.useTimes)
    }

    /// What happened since `earlier`, a snapshot of the same pool: counters and histograms are differences, the gauges as
    /// they are in this one. For the last minute, say.
    public func since(_ earlier: PoolStatistics) -> PoolStatistics {
        var result = self
        for field in Self.counts { result[keyPath: field] -= earlier[keyPath: field] }
        result.totalWaitTime -= earlier.totalWaitTime
        result.waitTimes.subtract(earlier.waitTimes)
        result.useTimes.subtract(earlier.useTimes)
        return result
    }

    private static var gauges: [WritableKeyPath<PoolStatistics, Int>] {
        [\.size, \.idle, \.leased, \.connecting, \.checking, \.retiring, \.waitingToConnect, \.waiters]
    }

    private static var counts: [WritableKeyPath<PoolStatistics, Int>] {
        [
            \.connects, \.connectFailures, \.leases, \.returns, \.discards, \.retirements, \.retiredIdle, \.retiredOld,
            \.retiredUsed,
            \.exhaustions, \.waits,
        ]
    }

    /// A histogram of durations with four buckets for each power of two: a quantile is at most a quarter too long.
    public struct Histogram: Sendable, Equatable {
        private var zeros = 0
        private var others = 0
        private var buckets: [Int] = []

        package init() {}

        /// How many durations were recorded.
        public var count: Int { zeros + others }

        /// The duration that the part `q` (0 to 1) of all that were recorded did not exceed; nil if there are none.
        public func quantile(_ q: Double) -> Duration? {
            guard count > 0 else { return nil }
            var rank = Int((Double(count) * min(max(q, 0), 1)).rounded(.up))
            rank = max(rank, 1) - zeros
            guard rank > 0 else { return .zero }
            for (index, count) in buckets.enumerated() {
                rank -= count
                if rank <= 0 { return .nanoseconds(Self.bound(index)) }
            }
            return nil
        }

        mutating func add(_ other: Histogram) {
            zeros += other.zeros
            others += other.others
            guard !buckets.isEmpty else {
                buckets = other.buckets
                return
            }
            for (index, count) in other.buckets.enumerated() { buckets[index] += count }
        }

        mutating func addZeros(_ count: Int) { zeros += count }

        mutating func subtract(_ other: Histogram) {
            zeros -= other.zeros
            others -= other.others
            for (index, count) in other.buckets.enumerated() { buckets[index] -= count }
        }

        package mutating func record(_ duration: Duration) { record(Nanoseconds(duration)) }

        @inline(__always)
        mutating func record(_ span: Nanoseconds) {
            if span <= 0 { zeros &+= 1 } else { recordSome(span) }
        }

        private mutating func recordSome(_ span: Nanoseconds) {
            if buckets.isEmpty { buckets = Array(repeating: 0, count: Self.index(.max) + 1) }
            buckets[Self.index(span)] += 1
            others += 1
        }

        /// 0 to 3 have a bucket each; above, the highest bit and the two below it choose.
        private static func index(_ span: Nanoseconds) -> Int {
            guard span >= 4 else { return Int(span) }
            let highest = 63 - span.leadingZeroBitCount
            return (highest - 1) * 4 + Int(span >> (highest - 2)) & 3
        }

        /// The largest span of a bucket.
        private static func bound(_ index: Int) -> Nanoseconds {
            guard index >= 4 else { return Nanoseconds(index) }
            let highest = index / 4 + 1
            return (Nanoseconds(4 + index % 4) << (highest - 2)) + (Nanoseconds(1) << (highest - 2) - 1)
        }
    }
}

/// Counts.
final class Statistics: Addition {
    private unowned let pool: AnyConnectionPool
    private var counters = PoolStatistics()
    private var totalWait: Nanoseconds = 0
    private var (returnedInTime, discardedAtOnce) = (0, 0)
    /// What the last connect, and the last check or keepalive, threw that failed since one succeeded.
    private(set) var lastConnectError: (any Error)?
    private(set) var lastCheckError: (any Error)?

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    override var hearsSpans: Bool { true }

    override func lent(_ slot: Slot, _ waited: Nanoseconds, _ now: Nanoseconds) {
        guard waited > 0 else { return }
        totalWait &+= waited
        counters.waitTimes.record(waited)
    }

    override func returned(_ slot: Slot, _ used: Nanoseconds, _ now: Nanoseconds) {
        guard used > 0 else { return }
        counters.useTimes.record(used)
        returnedInTime += 1
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connected:
            counters.connects += 1
            (lastConnectError, lastCheckError) = (nil, nil)
        case .connectFailed(let error, _):
            counters.connectFailures += 1
            lastConnectError = error
        case .checked: lastCheckError = nil
        case .discarded(let error, _):
            if slot?.state == .checking { lastCheckError = error }
            counters.discards += 1
            if let span, span > 0 { counters.useTimes.record(span) } else if span != nil { discardedAtOnce += 1 }
        case .retiring(let reason):
            counters.retirements += 1
            switch reason {
            case "idle": counters.retiredIdle += 1
            case "lifetime": counters.retiredOld += 1
            case "uses", "spent": counters.retiredUsed += 1
            default: break
            }
        case .exhausted: counters.exhaustions += 1
        case .connecting, .checking, .closed, .gaveUp, .other, .leased, .returned, .waiting: break
        }
    }

    override func startAnew() {
        (pool.leases, pool.returns, pool.waits, discardedAtOnce, returnedInTime) = (0, 0, 0, 0, 0)
        (counters, totalWait, lastConnectError, lastCheckError) = (PoolStatistics(), 0, nil, nil)
    }

    override func exhaustion(waited: Nanoseconds, held: Int) -> (any Error)? {
        pool.exhausted(.nanoseconds(waited), .timedOut(heldByCaller: held))
    }

    var snapshot: PoolStatistics {
        var s = counters
        s.totalWaitTime = .nanoseconds(totalWait)
        (s.leases, s.returns, s.waits) = (pool.leases, pool.returns, pool.waits)
        // Those that took no time are not told of one by one.
        s.waitTimes.addZeros(s.leases - s.waitTimes.count)
        s.useTimes.addZeros(s.returns + discardedAtOnce - returnedInTime)
        s.size = pool.isClosed ? pool.slotCount : max(pool.size, pool.slotCount)
        (s.idle, s.leased, s.checking) = (pool.idle.count, pool.leasedCount, pool.checkingCount)
        (s.connecting, s.retiring, s.waiters) = (pool.connecting.count, pool.closingCount, pool.waiting)
        s.waitingToConnect = s.size - pool.liveCount - s.connecting - s.retiring
        return s
    }
}

extension AnyConnectionPool {
    /// What the pool has and did. A snapshot.
    public final var statistics: PoolStatistics { addition(Statistics.self)?.snapshot ?? PoolStatistics() }

    final var lastConnectError: (any Error)? { addition(Statistics.self)?.lastConnectError }

    final func exhausted(_ waited: Duration, _ reason: PoolExhausted.Reason) -> PoolExhausted {
        PoolExhausted(
            statistics: statistics, waited: waited, lastConnectError: lastConnectError,
            lastCheckError: addition(Statistics.self)?.lastCheckError, pool: name, reason: reason)
    }
}
