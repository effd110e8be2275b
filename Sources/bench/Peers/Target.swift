/// What a figure is to be. All of its bounds must hold.
struct Target {
    enum Bound {
        /// At most so much itself.
        case atMost(Double)
        /// At most so many times a peer's.
        case atMostTimes(Double, Peer.Kind)
        /// At least so many times a peer's.
        case atLeastTimes(Double, Peer.Kind)
        /// Less than a peer's.
        case below(Peer.Kind)
    }

    let bounds: [Bound]

    init(_ bounds: Bound...) { self.bounds = bounds }

    /// Whether it is met; nil where that hangs on a peer that is not there.
    func isMet(by figure: Double, beside peer: (Peer.Kind) -> Double?) -> Bool? {
        let verdicts = bounds.map { bound -> Bool? in
            switch bound {
            case .atMost(let limit): figure <= limit
            case .atMostTimes(let ratio, let kind): peer(kind).map { figure <= ratio * $0 }
            case .atLeastTimes(let ratio, let kind): peer(kind).map { figure >= ratio * $0 }
            case .below(let kind): peer(kind).map { figure < $0 }
            }
        }
        if verdicts.contains(false) { return false }
        return verdicts.contains(nil) ? nil : true
    }

    /// In words, with what the bounds that have no column of their own are judged by.
    func text(_ unit: String, beside peer: (Peer.Kind) -> Double? = { _ in nil }) -> String {
        bounds.map { bound in
            switch bound {
            case .atMost(let limit): "≤ \(Table.number(limit)) \(Table.unit(unit))"
            case .atMostTimes(let ratio, let kind): "≤ \(Table.number(ratio)) × \(kind.rawValue)"
            case .atLeastTimes(let ratio, let kind):
                "≥ \(Table.number(ratio)) × \(kind.rawValue)"
                    + (peer(kind).map { " (\(Table.number($0)) \(Table.unit(unit)))" } ?? "")
            case .below(let kind): "< \(kind.rawValue)"
            }
        }.joined(separator: ", ")
    }

    static let all: [String: Target] = [
        "switch": Target(.atMost(8), .atMostTimes(3, .c)),
        "switch-many-1000": Target(.atMostTimes(2, .c)), "switch-many-10000": Target(.atMostTimes(2, .c)),
        "spawn": Target(.atMost(200)), "spawn-fresh": Target(.atMostTimes(1.3, .c)), "spawn-one": Target(.atMost(100)),
        "live-bytes": Target(.atMost(4_600)), "live-parked-bytes": Target(.atMost(1_500)),
        "semaphore": Target(.atMost(35)), "semaphore-free": Target(.atMost(10)),
        "queue": Target(.atMost(20)), "channel": Target(.atMost(40)),
        "timers": Target(.atMost(0.28)), "timeout": Target(.atMost(60)), "timeout-among-100000": Target(.atMost(150)),
        "sleep-precision": Target(.atMost(50)),
        "echo-server-50": Target(.atMostTimes(1.05, .c)), "echo-server-1000": Target(.atMostTimes(1.12, .c)),
        "echo-server-10000": Target(.atMostTimes(1.15, .c)),
        "echo-client-1": Target(.atMostTimes(1.1, .c)), "echo-client-50": Target(.atMostTimes(1.1, .c)),
        "echo-client-1000": Target(.atMostTimes(1.1, .c)),
        "pool": Target(.atMost(60)), "epp-lease": Target(.atMost(120)), "pool-contended": Target(.atMost(120)),
        "tls-connect": Target(.atMostTimes(1.1, .c)), "tls-pool": Target(.atMostTimes(1.1, .c), .below(.go)),
        "epp-pool-rate": Target(.atLeastTimes(5, .epplib)), "epp-xml": Target(.atMost(5)),
        "bridge": Target(.atMost(15)), "bridge-here": Target(.atMost(1_000)),
    ]
}
