import ArgumentParser
import EPP

/// The words that may go on with a line, out of the command's own description.
struct Completer {
    /// Names that were used before: domains, hosts, contacts.
    var names: Set<String> = []

    /// What the shell does by itself.
    static let builtins = ["exit", "history", "raw-answer", "raw-command", "status"]

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
        if let flag = words.last, flag.hasPrefix("-") { return values(of: flag, command) }
        if command._commandName == "transfer", words.isEmpty { return TransferOperation.allCases.map(\.rawValue) }
        return Array(names)
    }

    /// What may stand behind a flag: its choices, or else the names.
    private func values(of flag: String, _ command: any ParsableCommand.Type) -> [String] {
        switch flag {
        case "--add-status", "--remove-status":
            if command is HostUpdateCommand.Type { return ClientStatuses.ofHosts }
            return command is ContactUpdateCommand.Type ? ClientStatuses.ofContacts : ClientStatuses.ofDomains
        case "--hosts": return ["all", "del", "none", "sub"]
        case "--form": return PostalInfo.Form.allCases.map(\.rawValue)
        case "--launch": return LaunchPhase.Kind.allCases.map(\.rawValue)
        case "--contact", "--add-contact", "--remove-contact": return ["admin=", "billing=", "tech="]
        default: return Array(names)
        }
    }

    /// The commands that can be used in the shell, by their names.
    static func subcommands(of command: any ParsableCommand.Type) -> [String: any ParsableCommand.Type] {
        CommandWords.subcommands(of: command).filter { _, type in
            type is any RegistryCommand.Type || !type.configuration.subcommands.isEmpty
        }
    }

    /// The flags in a command's help that mean something in the shell: those that choose the registry do not.
    static func flags(of command: any ParsableCommand.Type) -> [String] {
        let kept: Set = ["--json", "--xml"]
        return CommandOption.all(of: command).filter { !$0.isAboutRegistry || kept.contains($0.name) }.map(\.name)
    }
}
