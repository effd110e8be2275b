package import ArgumentParser
import Glibc

/// The `epp` command.
package struct EPPCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "epp",
        abstract: "Talk to a domain registry over EPP (RFC 5730 to 5734), or be one.",
        discussion: """
            Commands take the registry from flags, then from the environment (EPP_HOST, EPP_PORT, EPP_USER, EPP_CA, \
            EPP_CERT, EPP_KEY), then from a profile of ~/.config/epp/profiles (--profile, EPP_PROFILE; the one called \
            default). Options may stand before the command, too. The password comes from EPP_PASSWORD, from a file (--password-file, EPP_PASSWORD_FILE), from a \
            profile, or is asked for at a terminal; a key's passphrase from EPP_KEY_PASSPHRASE or a profile. With \
            --json a command prints one JSON object for each result, also where it fails.

            Exit status: 0 success; 1 the registry refused (its result code is in the message); 2 the connection \
            failed (network, TLS, time, a reply that is no EPP); 64 wrong usage or settings; 70 a fault of this program; \
            74 what it had to tell could not be written. An error is one line.

            Completion: epp --generate-completion-script bash > ~/.local/share/bash-completion/completions/epp; for zsh \
            into a file _epp of a directory in $fpath; for fish into ~/.config/fish/completions/epp.fish.
            """,
        version: version,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "Domains",
                subcommands: [
                    DomainCheckCommand.self, DomainInfoCommand.self, DomainTransferCommand.self, DomainCommand.self,
                ]),
            CommandGroup(name: "Hosts and contacts", subcommands: [HostCommand.self, ContactCommand.self]),
            CommandGroup(
                name: "Sessions and messages",
                subcommands: [
                    HelloCommand.self, LoginCommand.self, PollCommand.self, RawFileCommand.self, ShellCommand.self,
                ]),
            CommandGroup(
                name: "Measuring, and a registry of your own",
                subcommands: [LoadCommand.self, DemoCommand.self, ServeCommand.self]),
        ])

    /// What `--version` prints.
    package static let version = "epp 0.1.0"

    package init() {}

    /// Runs the command that the process was started with, and ends the process. ArgumentParser's `main` does the same,
    /// but for what cannot be written or read.
    package static func runProcess() -> Never {
        Terminal.fillStandardDescriptors()
        Glibc.exit(run(CommandLine.arguments).rawValue)
    }

    /// Runs a command line, the program's name first.
    private static func run(_ words: [String]) -> ExitCode {
        // Swift has them from /proc/self/cmdline. Every process has a name.
        guard words.first?.isEmpty == false else {
            Terminal.error("the arguments cannot be read: /proc is not mounted")
            return ExitCode(ExitStatus.usage.rawValue)
        }
        let words = Array(words.dropFirst())
        do {
            var command = try parse(words)
            try command.run()
            return .success
        } catch {
            return tell(error, asJSON: words.contains("--json"))
        }
    }

    /// The command that a line's words name.
    ///
    /// - Throws: `WrongUsage`, or what ArgumentParser asks for by an error: help, a version, a completion script.
    static func parse(_ words: [String]) throws -> any ParsableCommand {
        var title = "epp"
        do {
            let line = try CommandWords(words)
            if let command = line.command as? any RegistryCommand.Type {
                title = command.title
            } else if !line.path.isEmpty {
                title = line.path.joined(separator: " ")
            }
            do {
                return try parseAsRoot(line.arranged)
            } catch  where exitCode(for: error) != .success {
                let place = (["epp"] + line.path).joined(separator: " ")
                throw WrongUsage(command: title, reason: "\(message(for: error)) (\(place) --help)")
            }
        } catch let error as UsageError {
            throw WrongUsage(command: title, reason: error.description)
        }
    }

    /// A help with the command's own options first: ArgumentParser puts the groups that have a title, such as the
    /// registry's, before them.
    static func arrangedHelp(_ text: String) -> String {
        var parts = text.split(separator: "\n\n", omittingEmptySubsequences: false)
        guard let options = parts.firstIndex(where: { $0.hasPrefix("OPTIONS:") }),
            let before = parts.lastIndex(where: { $0.hasPrefix("ARGUMENTS:") || $0.hasPrefix("USAGE:") }),
            before < options
        else { return text }
        parts.insert(parts.remove(at: options), at: before + 1)
        return parts.joined(separator: "\n\n")
    }

    /// Tells of an error, or gives the help that was asked for, which comes as one.
    private static func tell(_ error: any Error, asJSON: Bool) -> ExitCode {
        if let error = error as? WrongUsage {
            Terminal.error(error.description)
            if asJSON { try? Terminal.print(FailureReport(command: error.command, error: error).json) }
            return ExitCode(ExitStatus.usage.rawValue)
        }
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        guard !text.isEmpty else { return code }
        guard code == .success else {
            Terminal.error(text)
            return code
        }
        do {
            try Terminal.print(arrangedHelp(text))
            return code
        } catch {
            Terminal.error(String(describing: error))
            return ExitCode(ExitStatus(error).rawValue)
        }
    }
}

/// A command line that ArgumentParser cannot make a command of.
struct WrongUsage: Error, CustomStringConvertible {
    /// The command as `--json` calls it, as far as it is known.
    let command: String
    let reason: String

    /// In one line.
    var description: String { reason.split(whereSeparator: \.isNewline).joined(separator: " ") }
}
