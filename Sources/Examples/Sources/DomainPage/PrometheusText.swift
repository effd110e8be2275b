import CoreMetrics
import Synchronization

/// The metrics of this process as a page for Prometheus, as much of it as the example needs: counters, meters, and
/// timers as a count and a sum of seconds. A real service takes a package for it.
final class PrometheusText: MetricsFactory {
    private let values = Mutex<[String: Double]>([:])

    /// A line for each series.
    var page: String {
        values.withLock { values in
            values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.formatted)\n" }.joined()
        }
    }

    fileprivate func add(_ amount: Double, to series: String) { values.withLock { $0[series, default: 0] += amount } }

    fileprivate func set(_ value: Double, _ series: String) { values.withLock { $0[series] = value } }

    /// `db.client.connection.count` becomes `db_client_connection_count{state="idle"}`.
    private func series(_ label: String, _ dimensions: [(String, String)], _ suffix: String = "") -> String {
        func clean(_ name: String) -> String { String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }
        let pairs = dimensions.map { "\(clean($0.0))=\"\($0.1)\"" }
        return clean(label) + suffix + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}")
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let series = series(label, dimensions, "_total")
        add(0, to: series)
        return Series(page: self, name: series)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Series(page: self, name: series(label, dimensions))
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        Series(page: self, name: series(label, dimensions))
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Series(
            page: self, name: series(label, dimensions, "_seconds_sum"),
            count: series(label, dimensions, "_seconds_count"))
    }

    // Series stay as long as the process.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private final class Series: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
        let page: PrometheusText
        let name: String
        let count: String

        init(page: PrometheusText, name: String, count: String = "") {
            self.page = page
            self.name = name
            self.count = count
        }

        func increment(by amount: Int64) { page.add(Double(amount), to: name) }
        func increment(by amount: Double) { page.add(amount, to: name) }
        func decrement(by amount: Double) { page.add(-amount, to: name) }
        func reset() { page.set(0, name) }
        func set(_ value: Int64) { page.set(Double(value), name) }
        func set(_ value: Double) { page.set(value, name) }
        func record(_ value: Int64) { page.set(Double(value), name) }
        func record(_ value: Double) { page.set(value, name) }
        func recordNanoseconds(_ duration: Int64) {
            page.add(Double(duration) / 1e9, to: name)
            page.add(1, to: count)
        }
    }
}

extension Double {
    /// Whole numbers without a point.
    fileprivate var formatted: String { self == rounded() ? String(Int64(self)) : String(self) }
}
