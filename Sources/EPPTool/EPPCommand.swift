package import ArgumentParser

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
            failed (network, TLS, time, a reply that is no EPP); 64 wrong usage or settings; 70 a fault of this program.
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
}
