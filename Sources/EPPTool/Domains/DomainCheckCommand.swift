import ArgumentParser
import EPP

/// `epp check`, `epp domain check`: which names are available.
struct DomainCheckCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask which domain names are available.",
        discussion: "One line for each name: the name, \"available\" or \"taken\", and the registry's reason.")
    static let title = CheckDomain.name

    @Argument(help: "The domain names.")
    var names: [String]

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let report = try Report(Self.title, names) {
            CheckedName(name: $0.name, isAvailable: $0.isAvailable, reason: $0.reason)
        } send: {
            try sender.send(CheckDomain(names: $0))
        }
        try emit(report)
    }
}
