/// A search through earlier lines, backwards and while its text is typed: Ctrl-R.
struct HistorySearch {
    /// The line that was there before, and the cursor's place in it.
    let line: [Character]
    let cursor: Int
    private(set) var text = ""
    /// Which line has the text; nil before any was found.
    private(set) var found: Int?
    /// Whether no line has the text.
    private(set) var isMissing = false
    var isOver = false

    init(line: [Character], cursor: Int) {
        self.line = line
        self.cursor = cursor
    }

    /// Looks for the text with one character more.
    mutating func append(_ character: Character, in lines: [String]) {
        text.append(character)
        look(in: lines, upTo: found.map { $0 + 1 } ?? lines.count)
    }

    /// Looks for the text with one character less, among all lines again.
    mutating func removeLast(in lines: [String]) {
        guard text.popLast() != nil else { return }
        look(in: lines, upTo: lines.count)
    }

    /// Looks for an earlier line.
    mutating func goOn(in lines: [String]) {
        look(in: lines, upTo: found ?? lines.count)
    }

    private mutating func look(in lines: [String], upTo end: Int) {
        guard !text.isEmpty else { return }
        let place = lines[..<end].lastIndex { $0.contains(text) }
        isMissing = place == nil
        found = place ?? found
    }
}
