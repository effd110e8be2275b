import GeventConnPool

/// What a load has measured, for people and as JSON.
struct LoadReport {
    let target: String
    let rate: Double
    let callers: Int
    let mix: LoadMix
    let due: Int
    let finished: Int
    let failed: Int
    let unfinished: Int
    let repeated: Int
    let elapsed: Duration
    let latencies: LatencyHistogram
    let serviceTimes: LatencyHistogram
    let tallies: [(kind: LoadKind, tally: LoadRun.Tally)]
    /// The most frequent first.
    let errors: [(text: String, count: Int)]
    let pool: PoolStatistics

    init(_ run: LoadRun, target: String, mix: LoadMix, repeated: Int, pool: PoolStatistics) {
        self.target = target
        self.mix = mix
        self.repeated = repeated
        self.pool = pool
        rate = run.rate
        callers = run.callers
        due = run.due
        finished = run.finished
        failed = run.failed
        unfinished = run.unfinished
        elapsed = run.elapsed
        latencies = run.latencies
        serviceTimes = run.serviceTimes
        tallies = mix.kinds.map { ($0, run.tallies[$0] ?? LoadRun.Tally()) }
        errors = run.errors.map { ($0.key, $0.value) }.sorted { ($1.count, $0.text) < ($0.count, $1.text) }
    }

    var achievedRate: Double { elapsed > .zero ? Double(finished) / (elapsed / .seconds(1)) : 0 }

    // MARK: JSON

    var json: String { jsonValue.text }

    var jsonValue: JSONValue {
        .present([
            "command": "load", "ok": .bool(failed == 0 && unfinished == 0), "code": .null,
            "message": .null, "target": .string(target),
            "mix": .string(mix.description), "rate": .number(rate), "achievedRate": .number(achievedRate),
            "seconds": JSONValue(elapsed), "callers": .integer(callers), "sent": .integer(due),
            "succeeded": .integer(finished - failed), "failed": .integer(failed), "unfinished": .integer(unfinished),
            "repeated": .integer(repeated), "latency": Self.summary(latencies), "service": Self.summary(serviceTimes),
            "kinds": .array(
                tallies.map { entry in
                    .present([
                        "kind": .string(entry.kind.rawValue), "failed": .integer(entry.tally.failed),
                        "latency": Self.summary(entry.tally.latencies),
                    ])
                }),
            "errors": .array(
                errors.map { .present(["error": .string($0.text), "count": .integer($0.count)]) }),
            "histogram": .array(
                rows.map { .present(["upTo": JSONValue($0.bound), "count": .integer($0.count)]) }),
            "pool": .present([
                "size": .integer(pool.size), "connects": .integer(pool.connects),
                "connectFailures": .integer(pool.connectFailures), "discards": .integer(pool.discards),
                "exhaustions": .integer(pool.exhaustions),
            ]),
        ])
    }

    private static let quantiles: [(String, Double)] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)]

    private static func summary(_ times: LatencyHistogram) -> JSONValue {
        var members = [JSONValue.Member(key: "count", value: .integer(times.count))]
        members.append(.init(key: "mean", value: JSONValue(times.mean)))
        members += quantiles.map { .init(key: $0.0, value: JSONValue(times.quantile($0.1))) }
        members.append(.init(key: "max", value: JSONValue(times.count > 0 ? times.maximum : nil)))
        return .object(members)
    }

    // MARK: Text

    func text(_ style: Style) -> String {
        let header = ["", "commands", "failed", "mean", "p50", "p90", "p99", "p99.9", "max"]
        var rows = tallies.map { Self.row($0.kind.rawValue, $0.tally.latencies, failed: String($0.tally.failed)) }
        rows.append(Self.row("all", latencies, failed: String(failed)))
        rows.append(Self.row("without waiting", serviceTimes, failed: ""))
        var lines = [
            "\(target): \(mix) at \(DemoReport.fixed(rate, 1)) a second, \(callers) callers, \(pool.size) sessions", "",
        ]
        lines += Table(header: header, rows: rows).lines(width: style.width)
        lines += ["", "latency from the intended start, up to"] + bars(style) + [""]
        var summary = "\(due) sent in \(Self.time(elapsed)), \(DemoReport.fixed(achievedRate, 1)) a second; "
        summary += "\(finished - failed) succeeded, \(failed) failed, \(unfinished) unfinished, \(repeated) repeated"
        lines.append(style.mark(summary, failed + unfinished == 0 ? .good : .bad))
        lines.append(
            "pool: \(pool.connects) connects, \(pool.connectFailures) failed, \(pool.discards) discarded, "
                + "\(pool.exhaustions) times exhausted")
        lines += errors.map { "\(String($0.count).padding(to: 8, atStart: true))  \($0.text.printable)" }
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ times: LatencyHistogram, failed: String) -> [String] {
        [name, String(times.count), failed, time(times.mean)] + quantiles.map { time(times.quantile($0.1)) } + [
            time(times.count > 0 ? times.maximum : nil)
        ]
    }

    /// The latencies in steps of 1, 2 and 5, from the first that has any to the last.
    private var rows: [(bound: Duration, count: Int)] {
        let bounds = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].flatMap { decade in
            [1, 2, 5].map { Duration.microseconds($0 * decade) }
        }
        let counts = latencies.counts(upTo: bounds)
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 })
        else { return [] }
        return (first...last).map { ($0 < bounds.count ? bounds[$0] : latencies.maximum, counts[$0]) }
    }

    private func bars(_ style: Style) -> [String] {
        let most = max(1, rows.map(\.count).max() ?? 1)
        // Bound and count take 21 columns.
        let longest = min(50, max(10, (style.width ?? 71) - 21))
        return rows.map { row in
            // Whatever there is at all can be seen.
            let length = row.count == 0 ? 0 : max(1, row.count * longest / most)
            let bar = style.mark(String(repeating: "#", count: length), .good)
            return Self.time(row.bound).padding(to: 9, atStart: true)
                + String(row.count).padding(to: 10, atStart: true) + (row.count == 0 ? "" : "  \(bar)")
        }
    }

    /// A duration in the unit that suits it.
    static func time(_ duration: Duration?) -> String {
        guard let duration else { return "-" }
        let seconds = duration / .seconds(1)
        if seconds >= 1 { return "\(DemoReport.fixed(seconds, 2)) s" }
        if seconds >= 0.001 { return "\(DemoReport.fixed(seconds * 1000, 2)) ms" }
        return "\(DemoReport.fixed(seconds * 1_000_000, 0)) us"
    }

    /// The line that shows how a load is going.
    static func liveLine(
        _ run: LoadRun, window: LatencyHistogram, since: Duration, total: Duration, pool: PoolStatistics
    ) -> String {
        let rate = since > .zero ? Double(window.count) / (since / .seconds(1)) : 0
        return "\(time(total))  \(DemoReport.fixed(rate, 0))/s  in flight \(run.inFlight)"
            + "  waiting \(run.due - run.finished - run.inFlight)"
            + "  p50 \(time(window.quantile(0.5)))  p99 \(time(window.quantile(0.99)))  errors \(run.failed)"
            + "  sessions \(pool.idle) idle \(pool.leased) busy \(pool.connecting + pool.waitingToConnect) away"
    }
}
