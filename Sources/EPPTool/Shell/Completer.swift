import ArgumentParser
import EPP

/// The words that may go on with a line, out of the command's own description.
struct Completer {
    /// Names that were used before: domains, hosts, contacts.
    var names: Set<String> = []

    /// What the shell does by itself.
    static let builtins = ["exit", "history", "status"]

    /// The words that may stand in place of the last one of a text, in alphabetical order.
    func candidates(_ text: String) -> [String] {
        let (before, word) = WordSplitter.unfinished(text)
        return Array(Set(words(after: before, startingWith: word)).filter { $0.hasPrefix(word) && $0 != word }).sorted()
    }

    private func words(after words: [String], startingWith word: String) -> [String] {
        var words = words[...]
        let isHelp = words.first == "help"
        if isHelp { words.removeFirst() }
        var command: any ParsableCommand.Type = EPPCommand.self
        while let name = words.first, let next = Self.subcommands(of: command)[name] {
            command = next
            words.removeFirst()
        }
        let subcommands = Self.subcommands(of: command).keys.sorted()
        if !subcommands.isEmpty {
            guard words.isEmpty else { return [] }
            return subcommands + (command == EPPCommand.self && !isHelp ? Self.builtins + ["help"] : [])
        }
        if word.hasPrefix("-") { return Self.flags(of: command) }
        // The value of a flag can be anything; of arguments only one is a choice.
        guard words.last?.hasPrefix("-") != true else { return Array(names) }
        if command._commandName == "transfer", words.isEmpty { return TransferOperation.allCases.map(\.rawValue) }
        return Array(names)
    }

    /// The commands that can be used in the shell, by their names.
    static func subcommands(of command: any ParsableCommand.Type) -> [String: any ParsableCommand.Type] {
        let all = command.configuration.subcommands.map { ($0._commandName, $0) }
        return Dictionary(all) { $1 }.filter { _, type in
            type is any RegistryCommand.Type || !type.configuration.subcommands.isEmpty
        }
    }

    /// The flags in a command's help that mean something in the shell: those that choose the registry do not.
    static func flags(of command: any ParsableCommand.Type) -> [String] {
        var flags: [String] = []
        var isInRegistry = false
        for line in EPPCommand.helpMessage(for: command, includeHidden: false, columns: 200)
            .split(whereSeparator: \.isNewline)
        {
            if !line.hasPrefix(" ") { isInRegistry = line.hasPrefix("REGISTRY") }
            guard line.hasPrefix("  -") else { continue }
            let names = line.split(whereSeparator: { $0 == " " || $0 == "," }).filter { $0.hasPrefix("--") }
            guard let name = names.first, !isInRegistry || name == "--json" else { continue }
            flags.append(String(name))
        }
        return flags
    }
}
