/// Counts durations in buckets of at most a 32nd of their value: what a quantile says is at most 3.2 % too long.
///
/// HdrHistogram's idea, and all of it that is needed here: a dependency of everybody who takes this package would be
/// more than these lines.
struct LatencyHistogram: Sendable {
    private var buckets: [Int] = []
    private(set) var count = 0
    private(set) var total: Duration = .zero
    private(set) var maximum: Duration = .zero

    mutating func record(_ duration: Duration) {
        let duration = max(.zero, duration)
        let index = Self.index(Self.nanoseconds(duration))
        if index >= buckets.count { buckets += Array(repeating: 0, count: index + 1 - buckets.count) }
        buckets[index] += 1
        count += 1
        total += duration
        maximum = max(maximum, duration)
    }

    mutating func add(_ other: LatencyHistogram) {
        if other.buckets.count > buckets.count {
            buckets += Array(repeating: 0, count: other.buckets.count - buckets.count)
        }
        for (index, count) in other.buckets.enumerated() { buckets[index] += count }
        count += other.count
        total += other.total
        maximum = max(maximum, other.maximum)
    }

    /// What the part `q` (0 to 1) of all durations did not exceed; nil where there are none.
    func quantile(_ q: Double) -> Duration? {
        guard count > 0 else { return nil }
        var rank = max(1, Int((Double(count) * min(max(q, 0), 1)).rounded(.up)))
        for (index, count) in buckets.enumerated() {
            rank -= count
            if rank <= 0 { return min(.nanoseconds(Self.bound(index)), maximum) }
        }
        return maximum
    }

    var mean: Duration? { count > 0 ? total / count : nil }

    /// How many there are up to each of the bounds and above the one before; the last has all that are longer.
    func counts(upTo bounds: [Duration]) -> [Int] {
        var counts = Array(repeating: 0, count: bounds.count + 1)
        for (index, count) in buckets.enumerated() where count > 0 {
            let bound = min(Duration.nanoseconds(Self.bound(index)), maximum)
            counts[bounds.firstIndex { bound <= $0 } ?? bounds.count] += count
        }
        return counts
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        // Longer than 292 years counts as that.
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole &+ attoseconds / 1_000_000_000
    }

    /// 0 to 31 have a bucket each; above, the highest bit and the five below it choose.
    private static func index(_ value: Int64) -> Int {
        guard value >= 32 else { return Int(value) }
        let shift = 58 - value.leadingZeroBitCount
        return shift * 32 + Int(value >> shift)
    }

    /// The longest duration of a bucket.
    private static func bound(_ index: Int) -> Int64 {
        guard index >= 64 else { return Int64(index) }
        let shift = index / 32 - 1
        let (bound, overflow) = Int64(index % 32 + 33).multipliedReportingOverflow(by: 1 << shift)
        return overflow ? .max : bound - 1
    }
}
