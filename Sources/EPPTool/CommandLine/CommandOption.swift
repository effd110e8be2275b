import ArgumentParser

/// An option of a command, as the command's help tells of it.
struct CommandOption {
    /// With its dashes: `--period`.
    let name: String
    let takesValue: Bool
    /// Whether it says which registry is meant, or how to get there.
    let isAboutRegistry: Bool

    /// The options of a command, without those of its subcommands.
    static func all(of command: any ParsableCommand.Type) -> [CommandOption] {
        var options: [CommandOption] = []
        var isInRegistry = false
        for line in EPPCommand.helpMessage(for: command, includeHidden: false, columns: 200)
            .split(whereSeparator: \.isNewline)
        {
            if !line.hasPrefix(" ") { isInRegistry = line.hasPrefix("REGISTRY") }
            guard line.hasPrefix("  -") else { continue }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "," })
            guard let place = words.firstIndex(where: { $0.hasPrefix("--") }) else { continue }
            options.append(
                CommandOption(
                    name: String(words[place]),
                    takesValue: place + 1 < words.count && words[place + 1].hasPrefix("<"),
                    isAboutRegistry: isInRegistry))
        }
        return options
    }
}
