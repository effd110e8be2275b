import ArgumentParser
import EPP
import EPPClient

/// `epp info`: what the registry knows about a domain.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Ask a registry what it knows about a domain name.")

    @Argument(help: "The domain name.")
    var name: String

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        try ExitStatus.reporting {
            let reply = try connection.withSession { session in
                try ReplyCheck.succeeded(session.send(InfoDomain(name)))
            }
            guard let domain = reply.data else {
                throw RegistryError("the registry told nothing about \(name)", code: reply.code)
            }
            Self.show("name", domain.name)
            Self.show("roid", domain.roid)
            for status in domain.statuses { Self.show("status", status) }
            Self.show("registrant", domain.registrant)
            for contact in domain.contacts { Self.show(contact.role?.rawValue ?? "contact", contact.id) }
            for host in domain.nameservers { Self.show("nameserver", host) }
            Self.show("sponsor", domain.sponsor)
            Self.show("created", domain.created?.text)
            Self.show("updated", domain.updated?.text)
            Self.show("expires", domain.expiry?.text)
        }
    }

    private static func show(_ field: String, _ value: String?) {
        guard let value else { return }
        Terminal.print("\(field.padding(to: 11)) \(value)")
    }
}
