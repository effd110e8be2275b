/// The tables of the library's documentation, in Markdown: `bench --table`.
enum Table {
    static let header = """
        | workload | work | ours | C | Go | gevent | target and verdict |
        |---|---|---:|---:|---:|---:|---|
        """

    static func line(_ row: ComparisonRow) -> String {
        let cells = [.c, .go, .gevent].map { (kind: Peer.Kind) in
            let aside = Comparison.asides[row.name].flatMap { aside in
                row.aside(kind).map { " (\(aside.words) \(number($0)))" }
            }
            return (row.median(kind).map(number) ?? "") + (aside ?? "")
        }
        let ours = "\(number(row.us)) \(unit(row.unit))"
        return "| " + (["`\(row.name)`", works[row.name] ?? "", ours] + cells + [row.verdict]).joined(separator: " | ")
            + " |"
    }

    /// Three figures of it, with commas between the thousands.
    static func number(_ value: Double) -> String {
        guard value < 10 else { return grouped(Int(value.rounded())) }
        return Figure.format(value).trimmingZero
    }

    static func unit(_ name: String) -> String {
        switch name {
        case "us": "µs"
        case "1/s": "a second"
        default: name
        }
    }

    static func grouped(_ number: Int) -> String {
        guard number >= 1_000 else { return "\(number)" }
        let last = "\(number % 1_000)"
        return grouped(number / 1_000) + "," + String(repeating: "0", count: 3 - last.count) + last
    }

    /// What the figures are of, where one word a figure has to do.
    static let works: [String: String] = [
        "switch": "two greenlets yield in turn", "switch-many-1000": "a thousand do",
        "switch-many-10000": "ten thousand do", "spawn": "spawn and join 100,000, recycled stacks",
        "spawn-fresh": "the same on untouched stacks", "spawn-one": "one by one",
        "live-bytes": "a million wait for one event: memory of each", "live-page-tables": "page tables of each",
        "live-park": "spawning each until it waits", "live-wake": "waking each",
        "live-parked-bytes": "the same with parked stacks", "live-parked-page-tables": "page tables of each",
        "live-parked-park": "spawning each until its stack is parked", "live-parked-wake": "waking each",
        "semaphore": "100 greenlets, 10 permits, a yield inside", "semaphore-free": "nobody waits",
        "queue": "bounded queue, an item", "channel": "rendezvous, a message",
        "timers": "100,000 sleepers of 0 to 1 s, all", "timeout": "`withTimeout` around nothing",
        "timeout-among-100000": "among 100,000 timers", "sleep-precision": "a sleep of 100 µs is late by",
        "echo-server-50": "64 bytes, 50 connections", "echo-server-1000": "1,000 connections",
        "echo-server-10000": "10,000 connections", "echo-client-1": "one connection",
        "echo-client-50": "50 connections", "echo-client-1000": "1,000 connections",
        "pool": "a lease, one caller", "epp-lease": "as RegistryClient does it",
        "pool-contended": "100 callers on 10, a yield inside",
        "pool-fair": "1,000 callers on 10, each waits alike",
        "tls-connect": "a new TLS connection, two lines, close", "tls-pool": "a command on an open TLS connection",
        "epp-pool": "an EPP check through the pool", "epp-pool-rate": "the same, 20 callers on 10, wall time",
        "epp-xml": "its XML, written and read", "bridge": "`await thread.run`, wall time",
        "bridge-here": "the same on the hub's own executor",
    ]
}

extension String {
    /// Without the fraction that says nothing.
    fileprivate var trimmingZero: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
