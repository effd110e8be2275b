import ArgumentParser

/// The words of a command line in the order that ArgumentParser reads: the command first, its options behind it.
///
/// People write options before the command, too (`epp --json check a.gov`), and misspell commands. ArgumentParser counts
/// both as surplus arguments and names no command.
struct CommandWords {
    /// The command and its subcommands: `domain create`.
    private(set) var path: [String] = []
    /// The command that the path leads to.
    private(set) var command: any ParsableCommand.Type = EPPCommand.self
    /// All words.
    private(set) var arranged: [String] = []

    /// - Throws: `UsageError` for a word in a command's place that names no command.
    init(_ words: [String]) throws {
        var rest = words[...]
        var options: [String] = []
        // ArgumentParser's own requests, such as --generate-completion-script, stand by themselves.
        guard let first = rest.first, !first.hasPrefix("---"), !Self.requests.contains(first) else {
            arranged = words
            return
        }
        while let word = rest.first, word != "--", !Self.subcommands(of: command).isEmpty {
            rest.removeFirst()
            if word.hasPrefix("-") {
                options.append(word)
                if !word.contains("="), Self.optionsWithValues.contains(word), let value = rest.popFirst() {
                    options.append(value)
                }
            } else if word == "help", path.isEmpty {
                try Self.checkHelp(rest.filter { !$0.hasPrefix("-") })
                arranged = [word] + options + rest
                return
            } else {
                try descend(word)
            }
        }
        arranged = path + options + rest
    }

    private static let requests = ["--generate-completion-script", "--experimental-dump-help"]

    private mutating func descend(_ word: String) throws {
        guard let next = Self.subcommands(of: command)[word] else { throw Self.unknown(word, after: path, of: command) }
        path.append(word)
        command = next
    }

    private static func checkHelp(_ words: [String]) throws {
        var topic = CommandWords()
        for word in words where !subcommands(of: topic.command).isEmpty { try topic.descend(word) }
    }

    private init() {}

    static func subcommands(of command: any ParsableCommand.Type) -> [String: any ParsableCommand.Type] {
        Dictionary(command.configuration.subcommands.map { ($0._commandName, $0) }) { $1 }
    }

    /// The options that some command takes with a value.
    private static let optionsWithValues: Set<String> = {
        func values(_ command: any ParsableCommand.Type) -> [String] {
            CommandOption.all(of: command).filter(\.takesValue).map(\.name)
                + subcommands(of: command).values.flatMap(values)
        }
        return Set(values(EPPCommand.self))
    }()

    // MARK: Words that are no command

    private static func unknown(
        _ word: String, after path: [String], of command: any ParsableCommand.Type
    ) -> UsageError {
        let known = subcommands(of: command).keys.sorted()
        let place = (["epp"] + path).joined(separator: " ")
        var text = "there is no command \"\((path + [word]).joined(separator: " "))\""
        if let near = nearest(to: word, in: known) {
            text += ": did you mean \"\((path + [near]).joined(separator: " "))\"?"
        } else {
            // `epp create`: a command of other things.
            let places = known.filter { subcommands(of: subcommands(of: command)[$0] ?? EPPCommand.self)[word] != nil }
            if !places.isEmpty, path.isEmpty {
                text += ": there is \(places.map { "\"\($0) \(word)\"" }.joined(separator: ", "))"
            }
        }
        return UsageError("\(text) (\(place) --help)")
    }

    /// The word of a list that somebody may have meant.
    static func nearest(to word: String, in words: [String]) -> String? {
        let scored = words.map { ($0, distance(word, $0)) }.filter { $1 <= max(1, min($0.count, word.count) / 3) }
        return scored.min { $0.1 < $1.1 }?.0
    }

    /// How many letters were left out, added, changed, or exchanged with their neighbour.
    private static func distance(_ one: String, _ other: String) -> Int {
        let a = Array(one), b = Array(other)
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
