/// One figure of ours and the peers'.
struct ComparisonRow {
    let name: String
    let unit: String
    /// One a round, as with the peers, all in `unit`.
    var ours: [Double] = []
    private(set) var peers: [Peer.Kind: [Double]] = [:]
    /// The peers' other ways: see `Comparison.asides`.
    private(set) var asides: [Peer.Kind: [Double]] = [:]

    init(name: String, unit: String) {
        self.name = name
        self.unit = unit
    }

    /// Takes what is this figure's among a peer's, which are in nanoseconds where they are times.
    mutating func add(_ values: [String: Double], of kind: Peer.Kind) {
        let scale = Unit(rawValue: unit)?.nanoseconds ?? 1
        if let value = values[name] { peers[kind, default: []].append(value / scale) }
        if let aside = Comparison.asides[name], let value = values[aside.figure] {
            asides[kind, default: []].append(value / scale)
        }
    }

    var us: Double { Figure.median(ours) }
    func median(_ kind: Peer.Kind) -> Double? { peers[kind].map(Figure.median) }
    func aside(_ kind: Peer.Kind) -> Double? { asides[kind].map(Figure.median) }

    private var target: Target? { Target.all[name] }

    /// nil where there is no target, or no peer to judge by.
    var isMet: Bool? { target?.isMet(by: us, beside: median) ?? nil }

    /// The target and whether it is met; empty where there is none.
    var verdict: String {
        guard let target else { return "" }
        return "\(target.text(unit, beside: median)): \(isMet.map { $0 ? "met" : "missed" } ?? "?")"
    }

    var line: String {
        let peers = Peer.Kind.allCases.flatMap { kind in
            let aside = Comparison.asides[name].map { "\(kind.rawValue) \($0.words)" } ?? ""
            return [(kind.rawValue, median(kind)), (aside, self.aside(kind))]
        }
        let texts = peers.compactMap { words, value in
            value.map { "\(words) \(Figure.format($0)) (x \(Figure.format(us / $0)))" }
        }
        let spread = "\(Figure.format(ours.min() ?? 0)) to \(Figure.format(ours.max() ?? 0))"
        let verdict = target == nil ? [] : ["target \(verdict)"]
        return (["\(name) \(Figure.format(us)) \(unit) (\(spread))"] + texts + verdict).joined(separator: "; ")
    }

    var json: String {
        func number(_ value: Double?) -> String { value.map(Figure.format) ?? "null" }
        let peers = Peer.Kind.allCases.map { "\"\($0.rawValue.lowercased())\":\(number(median($0)))" }
        let ratio = median(.c).map { us / $0 }
        return """
            {"name":"\(name)","unit":"\(unit)","ours":\(number(us)),"least":\(number(ours.min())),\
            "most":\(number(ours.max())),"repetitions":\(ours.count),\(peers.joined(separator: ",")),\
            "ratio":\(number(ratio)),"target":"\(target?.text(unit) ?? "")","met":\(isMet.map { "\($0)" } ?? "null")}
            """
    }
}
