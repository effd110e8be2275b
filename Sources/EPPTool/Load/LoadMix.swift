import ArgumentParser

/// What a load sends how often, `check=8,info=2`: eight of ten commands are checks, evenly mixed.
struct LoadMix: Sendable, Hashable, CustomStringConvertible {
    private struct Share: Sendable, Hashable {
        let kind: LoadKind
        let weight: Int
        /// How much of its weight it has not had yet.
        var credit = 0
    }

    private var shares: [Share]

    /// - Throws: `ValidationError`, which ArgumentParser tells with the flag's name.
    init(parsing text: String) throws {
        shares = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = LoadKind(rawValue: String(pair[0])) else {
                let names = LoadKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\"\(pair[0])\" is none of \(names)")
            }
            guard let weight = pair.count == 2 ? Int(pair[1]) : 1, 1...1_000_000 ~= weight else {
                throw ValidationError("the share of \(kind) is a number from 1 to 1000000")
            }
            guard !shares.contains(where: { $0.kind == kind }) else { throw ValidationError("\(kind) stands twice") }
            shares.append(Share(kind: kind, weight: weight))
        }
    }

    var kinds: [LoadKind] { shares.map(\.kind) }

    var description: String { shares.map { "\($0.kind)=\($0.weight)" }.joined(separator: ",") }

    /// The next command: of all kinds the one that is furthest behind its share.
    mutating func next() -> LoadKind {
        var chosen = 0
        for index in shares.indices {
            shares[index].credit += shares[index].weight
            if shares[index].credit > shares[chosen].credit { chosen = index }
        }
        shares[chosen].credit -= shares.reduce(0) { $0 + $1.weight }
        return shares[chosen].kind
    }
}
