import Testing

@testable import bench

@Suite struct `The documentation's table` {
    @Test(arguments: [
        (0.616, "0.62"), (2, "2"), (7.558, "7.56"), (9.999, "10"), (14.4, "14"), (999.6, "1,000"), (18_127.9, "18,128"),
        (1_000_042, "1,000,042"),
    ])
    func `has numbers of three figures, with commas between the thousands`(value: Double, text: String) {
        #expect(Table.number(value) == text)
    }

    @Test func `has a column for each peer, in the unit of ours, and the verdict`() {
        var row = ComparisonRow(name: "tls-pool", unit: "us")
        row.ours = [7.2, 7.6, 7.4]
        row.add(["tls-pool": 8_510, "tls-pool-at-once": 7_090], of: .c)
        row.add(["tls-pool": 6_990], of: .go)
        let text = "| `tls-pool` | a command on an open TLS connection | 7.4 µs | 8.51 (10 at once 7.09) | 6.99 |  | "
        #expect(Table.line(row) == text + "≤ 1.1 × C, < Go: missed |")
    }

    @Test func `leaves empty what was not measured, and says that a verdict is open`() {
        var row = ComparisonRow(name: "echo-server-50", unit: "us")
        row.ours = [5]
        row.add([:], of: .c)
        #expect(Table.line(row) == "| `echo-server-50` | 64 bytes, 50 connections | 5 µs |  |  |  | ≤ 1.05 × C: ? |")
    }

    @Test func `takes the median of a peer's rounds, and no time for what is not one`() {
        var row = ComparisonRow(name: "live-bytes", unit: "B")
        row.ours = [4_600]
        for bytes in [4_096.2, 4_100, 4_096.4] { row.add(["live-bytes": bytes, "live-wake": 200], of: .c) }
        #expect(row.median(.c) == 4_096.4)
        #expect(row.median(.go) == nil)
        #expect(row.isMet == true)
    }

    @Test func `of growth has a row for each number of greenlets`() {
        let figures = [("spawn", "ns", 3_133.2), ("wake", "ns", 819), ("bytes", "B", 4_650), ("tables", "B", 513.9)]
        let line = GrowthTable.line(
            figures.map { Figure(name: "scale-event-100000-\($0)", unit: $1, samples: [$2]) })
        #expect(line == "| 100,000 for one event | 3,133 ns | 819 ns | 4,650 B | 514 B |")
        #expect(
            line.split(separator: "|").count == GrowthTable.header.split(separator: "\n")[0].split(separator: "|").count
        )
    }
}
