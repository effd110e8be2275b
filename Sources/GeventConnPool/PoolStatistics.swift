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
    /// Borrowers that got `PoolExhausted`.
    public var exhaustions = 0

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
        for field in Self.counts { self[keyPath: field] += other[keyPath: field] }
        waitTimes.add(other.waitTimes)
        useTimes.add(other.useTimes)
    }

    private static var counts: [WritableKeyPath<PoolStatistics, Int>] {
        [
            \.size, \.idle, \.leased, \.connecting, \.checking, \.retiring, \.waitingToConnect, \.waiters, \.connects,
            \.connectFailures, \.leases, \.returns, \.discards, \.retirements, \.exhaustions,
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
