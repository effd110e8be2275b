import ArgumentParser
import EPP
import EPPClient

/// `epp login`: whether the credentials are good, and a new password.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Try the credentials: log in and out.",
        discussion: """
            With --new-password-file, or EPP_NEW_PASSWORD and --change-password, the password is changed to that one; \
            from then on only the new one is good.
            """)

    @Flag(help: "Change the password to what EPP_NEW_PASSWORD says; at a terminal it is asked for.")
    var changePassword = false

    @Option(help: "Change the password to the first line of this file.", completion: .file())
    var newPasswordFile: String?

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func run() throws {
        try ExitStatus.reporting(Login.name, json: options.json) {
            let newPassword = try newPassword()
            let connection = try options.connection()
            let session = try connection.connect()
            defer { session.close() }
            let reply = try SessionSender.check(
                try connection.logIn(session, newPassword: newPassword))
            try options.print(Report(Login.name, reply), connection.frames)
            // The login was good whatever the goodbye says.
            _ = try? session.logout()
        }
    }

    private func newPassword() throws -> SettingSources.Found? {
        if let newPasswordFile {
            let line = try SecretFile.firstLine(of: newPasswordFile, what: "--new-password-file")
            return .init(value: line, origin: "--new-password-file: \(newPasswordFile)")
        }
        guard changePassword else { return nil }
        if let password = Environment.value("EPP_NEW_PASSWORD") {
            return .init(value: password, origin: "EPP_NEW_PASSWORD")
        }
        guard let password = try PasswordPrompt.ask("New password") else {
            throw UsageError("no new password: set EPP_NEW_PASSWORD or give --new-password-file")
        }
        guard try PasswordPrompt.ask("New password once more") == password else {
            throw UsageError("the two new passwords differ")
        }
        return .init(value: password, origin: "as it was typed")
    }
}
