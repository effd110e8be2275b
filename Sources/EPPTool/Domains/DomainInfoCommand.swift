public import ArgumentParser
public import EPP
import EPPClient

/// `epp info`, `epp domain info`: what the registry knows about a domain.
struct DomainInfoCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Ask what the registry knows about a domain.")
    static let title = InfoDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @Option(
        help: "Which hosts to tell of: all, del (those it is delegated to), sub (those under it) or none.",
        completion: .list(["all", "del", "sub", "none"]))
    var hosts: InfoDomain.Hosts = .all

    @Flag(help: "Show the domain's password, where the registry tells it.")
    var showAuthInfo = false

    @OptionGroup var launch: LaunchApplicationOptions
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    mutating func prepare() throws { try authorization.prepare(for: .question) }

    var command: InfoDomain {
        var command = InfoDomain(name, hosts: hosts)
        command.authorization = authorization.value
        return command
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let reply = try sender.send(
            ExtendedCommand(command, extensions: launch.extensions(of: .info(includingMarks: false))))
        guard reply.data != nil || !reply.dataXML.isEmpty else {
            throw RegistryError("the registry told nothing about \(name)", code: reply.code)
        }
        try emit(
            try Report(Self.title, reply, showsResult: false) { domain, fields in
                fields.add(domain, showsSecrets: showAuthInfo)
                // There can be several, so there is an array of none, too.
                if try reply.decodeExtension(SecDNSInfo.self) == nil { fields.add("ds", each: "ds", []) }
            })
    }
}

extension InfoDomain.Hosts: ExpressibleByArgument {}
