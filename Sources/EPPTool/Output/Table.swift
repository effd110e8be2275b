/// Rows under a header, in columns: the first to the left, the numbers behind it to the right.
struct Table {
    var header: [String]
    var rows: [[String]]

    /// The lines. A table that is wider than a terminal becomes several, one below the other, each with the first column:
    /// wrapped lines could not be read.
    func lines(width: Int?) -> [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        var parts: [[Int]] = []
        var used = widths[0]
        for column in header.indices.dropFirst() {
            let space = widths[column] + 2
            if parts.isEmpty || used + space > width ?? .max {
                parts.append([])
                used = widths[0]
            }
            parts[parts.count - 1].append(column)
            used += space
        }
        return Array(
            parts.map { columns in
                all.map { row in
                    ([row[0].padding(to: widths[0])] + columns.map { row[$0].padding(to: widths[$0], atStart: true) })
                        .joined(separator: "  ")
                }
            }.joined(separator: [""]))
    }
}
