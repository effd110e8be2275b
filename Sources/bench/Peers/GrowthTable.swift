/// How cost grows with the number of greenlets that wait, in Markdown: a row for each `scale-*` workload.
enum GrowthTable {
    static let header = """
        | greenlets that wait | spawning each | waking each | resident, each | page tables, each |
        |---|---:|---:|---:|---:|
        """

    /// Of one workload's figures, which are called scale-KIND-COUNT-WHAT.
    static func line(_ figures: [Figure]) -> String {
        let words = figures.first?.name.split(separator: "-").map(String.init) ?? []
        guard words.count == 4, let count = Int(words[2]) else { return "" }
        let cells = figures.map { "\(Table.number($0.value)) \(Table.unit($0.unit))" }
        return "| " + (["\(Table.grouped(count)) \(kinds[words[1]] ?? words[1])"] + cells).joined(separator: " | ")
            + " |"
    }

    private static let kinds = ["event": "for one event", "timer": "for the clock", "socket": "for a socket each"]
}
