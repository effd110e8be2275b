import Gevent

/// Our figures beside the peers', measured in turn.
struct Comparison {
    /// Other ways of a peer's to do a figure's work, which stand beside it.
    static let asides: [String: (figure: String, words: String)] = [
        "switch": ("switch-hub", "through a hub"), "spawn-fresh": ("spawn-fresh-bare", "bare stacks of 16 KiB"),
        "pool": ("pool-channel", "a channel"),
        "pool-contended": ("pool-contended-channel", "a channel"), "tls-pool": ("tls-pool-at-once", "10 at once"),
    ]

    let peers: [Peer]

    /// With those that are found here; says which are not.
    init() { peers = Peer.found() }

    /// A round of ours, one of each peer, and again.
    func run(_ workload: Workload, _ repetitions: Int) throws -> [ComparisonRow] {
        var rows: [ComparisonRow] = []
        for repetition in 0..<(workload.isMeasuredOnce ? 1 : repetitions) {
            let figures = try workload.measure(1)
            if repetition == 0 { rows = figures.map { ComparisonRow(name: $0.name, unit: $0.unit) } }
            for place in rows.indices { rows[place].ours.append(figures[place].value) }
            for peer in peers {
                let values = try sample(peer, workload, figures.map(\.name))
                for place in rows.indices { rows[place].add(values, of: peer.kind) }
            }
        }
        return rows
    }

    /// The figures of one round, in nanoseconds where they are times.
    private func sample(_ peer: Peer, _ workload: Workload, _ figures: [String]) throws -> [String: Double] {
        switch (workload.name, peer.kind) {
        case ("epp-pool", .epplib): return try PeerServers.registry(peer)
        case ("epp-pool", _), (_, .epplib): return [:]
        case ("tls-connect", _), ("tls-pool", _):
            return try PeerServers.lines(peer, figures + figures.compactMap { Self.asides[$0]?.figure })
        case ("echo-server", _), ("echo-client", _):
            guard let c = peers.first(where: { $0.kind == .c }) else { return [:] }
            return try figures.reduce(into: [:]) { values, name in
                guard let connections = name.split(separator: "-").last.flatMap({ Int($0) }) else { return }
                values[name] = try EchoPeer(peer: peer).sample(
                    connections, isServer: workload.name == "echo-server", against: c)
            }
        case ("live", _): return try peer.sample([workload.name])
        default:
            let asides = figures.compactMap { Self.asides[$0]?.figure }
            return try (figures + asides).reduce(into: [:]) { values, name in
                let processor = workload.isOnOneProcessor ? 0 : nil
                values.merge(try peer.sample([name], on: processor)) { $1 }
            }
        }
    }
}
