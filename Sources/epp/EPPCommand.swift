import ArgumentParser

/// The `epp` command.
@main
struct EPPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "epp",
        abstract: "Talk to a domain registry over EPP (RFC 5730 to 5734), or be one.",
        discussion: """
            hello, check and info take the registry from flags or from the environment: EPP_HOST, EPP_PORT, EPP_USER, \
            EPP_CA, EPP_CERT, EPP_KEY. Secrets come from the environment alone: EPP_PASSWORD, EPP_KEY_PASSPHRASE.

            Exit status: 0 success; 1 the registry refused (its result code is in the message); 2 the connection \
            failed (network, TLS, time, a reply that is no EPP); 64 wrong usage or settings; 70 a fault of this program.
            """,
        subcommands: [
            DemoCommand.self, ServeCommand.self, HelloCommand.self, CheckCommand.self, InfoCommand.self,
        ])
}
