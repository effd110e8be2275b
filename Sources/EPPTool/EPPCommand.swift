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
            default). The password comes from EPP_PASSWORD, from a file (--password-file, EPP_PASSWORD_FILE), from a \
            profile, or is asked for at a terminal; a key's passphrase from EPP_KEY_PASSPHRASE or a profile. With \
            --json a command prints one JSON object for each result, also where it fails.

            Exit status: 0 success; 1 the registry refused (its result code is in the message); 2 the connection \
            failed (network, TLS, time, a reply that is no EPP); 64 wrong usage or settings; 70 a fault of this program; \
            74 what it had to tell could not be written.
            """,
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
        do {
            var command = try parseAsRoot(Array(words.dropFirst()))
            try command.run()
            return .success
        } catch {
            return tell(error)
        }
    }

    /// Tells of an error, or gives the help that was asked for, which comes as one.
    private static func tell(_ error: any Error) -> ExitCode {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        guard !text.isEmpty else { return code }
        guard code == .success else {
            try? Terminal.write(text.visible + "\n", to: STDERR_FILENO)
            return code
        }
        do {
            try Terminal.print(text)
            return code
        } catch {
            Terminal.error(String(describing: error))
            return ExitCode(ExitStatus(error).rawValue)
        }
    }
}
