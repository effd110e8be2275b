import ArgumentParser
import EPP
import EPPClient

/// `epp hello`: the greeting, without a login.
struct HelloCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hello", abstract: "Ask a registry for its greeting; needs no login.")

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try ExitStatus.reporting {
            let session = try connection.connect()
            defer { session.close() }
            let greeting = try session.send(Hello())
            Terminal.print("server      \(greeting.serverID)")
            Terminal.print("versions    \(greeting.versions.joined(separator: " "))")
            Terminal.print("languages   \(greeting.languages.joined(separator: " "))")
            for uri in greeting.objectURIs { Terminal.print("object      \(uri)") }
            for uri in greeting.extensionURIs { Terminal.print("extension   \(uri)") }
        }
    }
}
