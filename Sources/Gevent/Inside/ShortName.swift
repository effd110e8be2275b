/// What of a function's full name tells people apart: where it is and what it is called.
enum ShortName {
    /// Without what it throws and gives, generic clauses with their conditions, a closure's arguments, `Swift.` before types, and the number of the file that
    /// private names carry.
    ///
    ///     closure #1 () throws -> () in main.(handle in _2A…)(Swift.Int) throws -> Swift.Bool
    ///     closure #1 in main.handle(Int)
    static func of(_ function: String) -> String {
        withoutFiles(withoutResults(withoutClauses(function.replacing("Swift.", with: ""))))
    }

    /// `f<A, B where A: P>` is `f`; types that have no conditions keep their arguments.
    private static func withoutClauses(_ name: String) -> String {
        var text = name
        while let condition = text.firstRange(of: " where ") {
            guard let start = text[..<condition.lowerBound].lastIndex(of: "<") else { return text }
            var depth = 0
            var end = start
            var previous: Character = " "
            for index in text[start...].indices {
                let character = text[index]
                if character == "<" { depth += 1 }
                if character == ">", previous != "-" { depth -= 1 }
                end = index
                if depth == 0 { break }
                previous = character
            }
            text.removeSubrange(start...end)
        }
        return text
    }

    private static func withoutResults(_ name: String) -> String {
        var kept: [Substring] = []
        var isResult = false
        var follows = false
        for word in words(name) {
            if word == "in" || word == "of" { isResult = false }
            if word == "->" { isResult = true }
            // After "closure #1".
            let isArguments = follows && word.hasPrefix("(")
            if !isResult, !isArguments, word != "throws", word != "async" { kept.append(word) }
            follows = word.hasPrefix("#") || (follows && isArguments)
        }
        return kept.joined(separator: " ")
    }

    /// Split at the spaces that stand in no brackets.
    private static func words(_ name: String) -> [Substring] {
        var words: [Substring] = []
        var depth = 0
        var isQuoted = false
        var start = name.startIndex
        var previous: Character = " "
        for index in name.indices {
            let character = name[index]
            switch character {
            case "`": isQuoted.toggle()
            case _ where isQuoted: break
            case "(", "[", "<": depth += 1
            case ")", "]": depth -= 1
            case ">" where previous != "-": depth -= 1
            case " " where depth <= 0:
                words.append(name[start..<index])
                start = name.index(after: index)
            default: break
            }
            previous = character
        }
        words.append(name[start...])
        return words
    }

    private static func withoutFiles(_ name: String) -> String {
        var text = name
        while let mark = text.firstRange(of: " in _"), let end = text[mark.upperBound...].firstIndex(of: ")"),
            let start = text[..<mark.lowerBound].lastIndex(of: "("),
            text[mark.upperBound..<end].allSatisfy(\.isHexDigit)
        {
            text.replaceSubrange(start...end, with: text[text.index(after: start)..<mark.lowerBound])
        }
        return text
    }
}
