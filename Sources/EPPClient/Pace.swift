import Gevent

/// How often something may happen: so many times in any stretch of so much time.
public struct Pace: Sendable, Hashable, CustomStringConvertible {
    /// How many times; at least 1.
    public let count: Int
    /// In any stretch of this length; over zero.
    public let period: Duration

    /// So many times in any stretch of so much time. Numbers that cannot be stop the program.
    public init(_ count: Int, per period: Duration) {
        require(count >= 1 && period > .zero, "a pace of \(count) in \(period) lets nothing happen")
        self.count = count
        self.period = period
    }

    /// `100 in 60.0 seconds`
    public var description: String { "\(count) in \(period)" }
}
