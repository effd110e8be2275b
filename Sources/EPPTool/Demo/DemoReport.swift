/// What a demo has measured.
struct DemoReport {
    /// One of the runs.
    struct Run {
        let name: String
        let commands: Int
        let failed: Int
        let seconds: Double
        let p50: Double
        let p99: Double
        let handshakes: Int
        let logins: Int
    }

    let runs: [Run]
    /// How long each pool took to open its sessions before its run, in seconds.
    let fillingTimes: [Double]
    /// How many connections the registry cut in the last run, and how many commands were sent again for it.
    let cut: Int
    let repeated: Int
    /// Where and how, for people.
    let setting: String

    private func seconds(_ name: String) -> Double { runs.first { $0.name == name }?.seconds ?? .nan }

    private var seriesSpeedup: Double { seconds("connect-series") / seconds("pool-series") }
    private var parallelSpeedup: Double { seconds("connect-parallel") / seconds("pool-parallel") }

    /// One JSON object on one line.
    var json: String {
        let runs = runs.map { run in
            """
            {"name":"\(run.name)","commands":\(run.commands),"failed":\(run.failed),"seconds":\(run.seconds),\
            "p50":\(run.p50),"p99":\(run.p99),"handshakes":\(run.handshakes),"logins":\(run.logins)}
            """
        }
        return """
            {"command":"demo","ok":true,"code":null,"message":null,"runs":[\(runs.joined(separator: ","))],\
            "speedup":{"series":\(seriesSpeedup),"parallel":\(parallelSpeedup)}}
            """
    }

    /// For people.
    func text(_ style: Style) -> String {
        let header = ["run", "commands", "failed", "total s", "median ms", "p99 ms", "handshakes", "logins"]
        let rows = runs.map { run in
            [
                run.name, String(run.commands), String(run.failed), Self.fixed(run.seconds, 3),
                Self.fixed(run.p50 * 1000, 3), Self.fixed(run.p99 * 1000, 3), String(run.handshakes),
                String(run.logins),
            ]
        }
        return
            ([setting, ""] + Table(header: header, rows: rows).lines(width: style.width) + [
                "",
                "filling the pool, once before each of its runs, took at most "
                    + "\(Self.fixed((fillingTimes.max() ?? 0) * 1000, 0)) ms",
                "pooled is \(Self.fixed(seriesSpeedup, 1)) times as fast in series, "
                    + "\(Self.fixed(parallelSpeedup, 1)) times with parallel callers",
                "pool-cut: the registry cut \(cut) connections, \(repeated) commands were sent again, "
                    + "\(runs.last?.failed ?? 0) failed",
            ]).joined(separator: "\n")
    }

    /// A number with so many digits behind the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "-" }
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let whole = Int((value * scale).rounded())
        guard digits > 0 else { return String(whole) }
        let text = String(repeating: "0", count: max(0, digits + 1 - String(whole).count)) + String(whole)
        return "\(text.dropLast(digits)).\(text.suffix(digits))"
    }
}
