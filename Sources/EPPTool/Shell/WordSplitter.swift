/// Splits a line into words as a shell does: spaces part them, quotes and backslashes keep them together. No variables,
/// no patterns.
enum WordSplitter {
    /// The words of a line.
    ///
    /// - Throws: `UsageError` where a quote is left open.
    static func words(_ line: String) throws -> [String] {
        let (words, isOpen) = split(line)
        guard !isOpen else { throw UsageError("a quote or backslash is left open") }
        return words
    }

    /// The words before the last one, and that as far as it goes: what is to be completed.
    static func unfinished(_ line: String) -> (before: [String], last: String) {
        // A mark at the end keeps the last word apart, an empty one too.
        var words = split(line + "\u{0}").words
        guard let last = words.popLast() else { return ([], "") }
        return (words, String(last.dropLast()))
    }

    private static func split(_ line: String) -> (words: [String], isOpen: Bool) {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return (words, quote != nil || isEscaped)
    }
}
