import Gevent

/// Our figures beside the peers', measured in turn.
struct Comparison {
    /// What a figure is to be at most: so much itself, or so many times the C peer's.
    struct Target {
        var value: Double?
        var ratio: Double?
    }

    static let targets: [String: Target] = [
        "switch": Target(value: 8, ratio: 3), "switch-many-1000": Target(ratio: 2),
        "switch-many-10000": Target(ratio: 2), "spawn": Target(value: 200), "spawn-fresh": Target(ratio: 1.3),
        "spawn-one": Target(value: 100), "semaphore": Target(value: 35), "semaphore-free": Target(value: 10),
        "queue": Target(value: 20), "channel": Target(value: 40), "timers": Target(value: 0.28),
        "timeout": Target(value: 60), "timeout-among-100000": Target(value: 150),
        "sleep-precision": Target(value: 50), "echo-server-50": Target(ratio: 1.05),
        "echo-server-1000": Target(ratio: 1.12), "echo-server-10000": Target(ratio: 1.15),
        "echo-client-1": Target(ratio: 1.1), "echo-client-50": Target(ratio: 1.1),
        "echo-client-1000": Target(ratio: 1.1), "pool": Target(value: 40), "pool-contended": Target(value: 80),
        "live-bytes": Target(value: 4_600), "live-parked-bytes": Target(value: 1_500), "bridge": Target(value: 15),
        "bridge-here": Target(value: 1_000),
    ]

    let c: Peer?
    let gevent: Peer?

    /// Those that are found here; says which are not.
    init() {
        do {
            c = try Peer.c()
        } catch {
            c = nil
            FileDescriptorOutput.standardError("bench: no C peer: \(error)")
        }
        gevent = Peer.gevent()
        if gevent == nil {
            FileDescriptorOutput.standardError("bench: no gevent: set GEVENT_PYTHON to a Python that has it")
        }
    }

    /// A round of ours, one of each peer, and again.
    func run(_ workload: Workload, _ repetitions: Int) throws -> [Row] {
        var rows: [Row] = []
        for repetition in 0..<repetitions {
            let figures = try workload.measure(1)
            if repetition == 0 { rows = figures.map { Row(name: $0.name, unit: $0.unit) } }
            for place in rows.indices {
                rows[place].ours.append(figures[place].value)
                if let c { rows[place].c.append(try sample(c, rows[place])) }
                if let gevent { rows[place].gevent.append(try sample(gevent, rows[place])) }
            }
        }
        return rows
    }

    private func sample(_ peer: Peer, _ row: Row) throws -> Double? {
        guard let unit = Unit(rawValue: row.unit) else { return nil }
        let words = row.name.split(separator: "-")
        if words.count == 3, words[0] == "echo", let connections = Int(words[2]) {
            guard peer.name == "C" else { return nil }
            let side = try EchoPeer(peer: peer).sample(connections, isServer: words[1] == "server")
            return side / unit.nanoseconds
        }
        return try peer.sample(row.name).map { $0 / unit.nanoseconds }
    }

    /// One figure of ours and the peers'.
    struct Row {
        let name: String
        let unit: String
        var ours: [Double] = []
        var c: [Double?] = []
        var gevent: [Double?] = []

        private var us: Double { Figure.median(ours) }
        private var target: Target? { targets[name] }

        private static func median(_ values: [Double?]) -> Double? {
            let values = values.compactMap(\.self)
            return values.isEmpty ? nil : Figure.median(values)
        }

        private var ratio: Double? { Self.median(c).map { us / $0 } }

        /// nil where there is no target, or no peer to judge by.
        private var isMet: Bool? {
            guard let target else { return nil }
            if let value = target.value, us > value { return false }
            guard let limit = target.ratio else { return true }
            return ratio.map { $0 <= limit }
        }

        private var targetText: String {
            let value = target?.value.map { "<= \(Figure.format($0)) \(unit)" }
            let ratio = target?.ratio.map { "<= \(Figure.format($0)) x C" }
            return [value, ratio].compactMap(\.self).joined(separator: ", ")
        }

        var line: String {
            let peers = [("C", Self.median(c)), ("gevent", Self.median(gevent))].compactMap { name, value in
                value.map { "\(name) \(Figure.format($0)) (x \(Figure.format(us / $0)))" }
            }
            let spread = "\(Figure.format(ours.min() ?? 0)) to \(Figure.format(ours.max() ?? 0))"
            let verdict = target == nil ? [] : ["target \(targetText): \(isMet.map { $0 ? "met" : "missed" } ?? "?")"]
            return (["\(name) \(Figure.format(us)) \(unit) (\(spread))"] + peers + verdict).joined(separator: "; ")
        }

        var json: String {
            func number(_ value: Double?) -> String { value.map(Figure.format) ?? "null" }
            return """
                {"name":"\(name)","unit":"\(unit)","ours":\(number(us)),"c":\(number(Self.median(c))),\
                "gevent":\(number(Self.median(gevent))),"ratio":\(number(ratio)),"target":"\(targetText)",\
                "met":\(isMet.map { "\($0)" } ?? "null")}
                """
        }
    }
}
