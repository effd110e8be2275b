/// A part of a program's text: a word, or a list in parentheses.
indirect enum Step {
    case word(String)
    case list([Step])

    /// The parts of a list; none of a word.
    var parts: [Step] {
        if case .list(let parts) = self { return parts }
        return []
    }

    var number: Int {
        guard case .word(let word) = self, let number = Int(word) else { fatalError("\(self) is no number") }
        return number
    }

    var name: String {
        guard case .word(let name)? = parts.first else { fatalError("\(self) has no name") }
        return name
    }

    subscript(_ place: Int) -> Step { parts[place] }

    /// Reads one, from a text of words and parentheses.
    init(_ text: Substring) {
        var open: [[Step]] = [[]]
        var word = ""
        func endWord() {
            if !word.isEmpty { open[open.count - 1].append(.word(word)) }
            word = ""
        }
        for character in text {
            switch character {
            case "(":
                endWord()
                open.append([])
            case ")":
                endWord()
                let list = open.removeLast()
                open[open.count - 1].append(.list(list))
            case " ": endWord()
            default: word.append(character)
            }
        }
        guard open.count == 1, open[0].count == 1 else { fatalError("the parentheses do not match: \(text)") }
        self = open[0][0]
    }
}
