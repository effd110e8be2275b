import GeventConnPool

/// A pool's gauges in one short text, for log lines.
struct SessionPoolSummary: CustomStringConvertible {
    private let statistics: PoolStatistics

    init(_ statistics: PoolStatistics) {
        self.statistics = statistics
    }

    var description: String {
        """
        size \(statistics.size), idle \(statistics.idle), leased \(statistics.leased), \
        connecting \(statistics.connecting + statistics.waitingToConnect), waiting \(statistics.waiters)
        """
    }
}
