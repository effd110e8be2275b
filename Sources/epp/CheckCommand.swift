import ArgumentParser
import EPP
import EPPClient

/// `epp check`: which names are available.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask a registry which domain names are available.",
        discussion: "One line for each name: the name, \"available\" or \"taken\", and the registry's reason.")

    @Argument(help: "The domain names.")
    var names: [String]

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try ExitStatus.reporting {
            let reply = try connection.withSession { session in
                try ReplyCheck.succeeded(session.send(CheckDomain(names: names)))
            }
            let answers = reply.data ?? []
            let width = answers.map(\.name.count).max() ?? 0
            for answer in answers {
                let name = answer.name.padding(to: width)
                let reason = answer.reason.map { "  \($0)" } ?? ""
                Terminal.print("\(name)  \(answer.isAvailable ? "available" : "taken")\(reason)")
            }
        }
    }
}
