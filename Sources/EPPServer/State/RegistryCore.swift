import EPP

/// The registry itself: a command and the time go in, an answer comes out. No I/O, no clock, no sessions.
///
/// A command is done wholly or not at all: what throws a `Refusal` has changed nothing, since the store takes back what
/// it was told since the command began.
final class RegistryCore {
    let configuration: RegistryConfiguration
    var store = RegistryStore()
    private var transactions = 0

    init(_ configuration: RegistryConfiguration, at now: Double) {
        self.configuration = configuration
        seed(at: now)
    }

    /// The next of the server's transaction identifiers.
    func nextTransactionID() -> String {
        transactions += 1
        return "embedded-\(transactions)"
    }

    /// Answers a command of a registrar that is logged in, after everything that was due before it has happened.
    func perform(_ call: Call) -> Reply {
        advance(to: call.now)
        store.begin()
        var reply: Reply
        do {
            try checkExtensions(of: call)
            reply = try perform(call.message.body, call)
        } catch {
            store.rollBack()
            reply = Self.refusal(for: error)
        }
        reply.transactionID = call.serverTransactionID
        // Polls say more about the queue themselves.
        if reply.queue == nil { reply.queue = queue(of: call.client) }
        return reply
    }

    private static func refusal(for error: any Error) -> Reply {
        switch error {
        case let refusal as Refusal: Reply(refusal)
        case let error as InvalidValue: Reply(Refusal(error))
        default: Reply(Refusal(.commandFailed, "command", "\(error)"))
        }
    }

    private func perform(_ body: ClientMessage.Body, _ call: Call) throws -> Reply {
        switch body {
        case .checkDomain(let command): try check(command, call)
        case .infoDomain(let command): try info(command, call)
        case .createDomain(let command): try create(command, call)
        case .updateDomain(let command): try update(command, call)
        case .deleteDomain(let command): try delete(command, call)
        case .renewDomain(let command): try renew(command, call)
        case .transferDomain(let command): try transfer(command, call)
        case .checkHost(let command): try check(command, call)
        case .infoHost(let command): try info(command, call)
        case .createHost(let command): try create(command, call)
        case .updateHost(let command): try update(command, call)
        case .deleteHost(let command): try delete(command, call)
        case .checkContact(let command): try check(command, call)
        case .infoContact(let command): try info(command, call)
        case .createContact(let command): try create(command, call)
        case .updateContact(let command): try update(command, call)
        case .deleteContact(let command): try delete(command, call)
        case .transferContact(let command): try transfer(command, call)
        case .poll: poll(call)
        case .acknowledge(let command): try acknowledge(command, call)
        case .invalid(let result): throw Refusal(result)
        case .unknownCommand(let name): throw Refusal(.unknownCommand, name, "there is no such command")
        case .protocolExtension where configuration.personality.takesProtocolExtensions: Reply()
        case .protocolExtension: throw Refusal(.unimplementedCommand, "extension", "is not served here")
        case .other(let command): throw refusal(of: command)
        // The session's own affair, never passed on to here.
        case .hello, .login, .logout: throw Refusal(.commandUseError, "command", "belongs to a session")
        }
    }

    private func refusal(of command: ClientMessage.OtherCommand) -> Refusal {
        if let uri = command.objectURI, !configuration.objectURIs.containsExactly(uri) {
            return Refusal(.unimplementedObjectService, uri, "is not offered")
        }
        return Refusal(.unimplementedCommand, command.verb, "is not there for such an object")
    }

    /// 2307 for objects that are not offered, 2103 for extensions that are not, or not with this command, 2002 for one
    /// that the login has not named.
    private func checkExtensions(of call: Call) throws {
        if let uri = call.message.command?.objectURI, !configuration.objectURIs.containsExactly(uri) {
            throw Refusal(.unimplementedObjectService, uri, "is not offered")
        }
        let needed = configuration.personality.requiredExtension
        let hasObject = call.message.command?.objectURI != nil
        if let needed, hasObject, !call.message.extensions.contains(where: { $0.uri.hasSameBytes(as: needed) }) {
            throw Refusal(
                .requiredParameterMissing, "extension", "is missing: \(needed) belongs to every command about an object"
            )
        }
        let possible =
            Self.extensions(of: call.message.body).map(\.uri) + (hasObject ? [needed].compactMap(\.self) : [])
        for element in call.message.extensions {
            guard configuration.extensionURIs.containsExactly(element.uri) else {
                throw Refusal(.unimplementedExtension, element.uri, "is not offered")
            }
            guard possible.containsExactly(element.uri) else {
                throw Refusal(.unimplementedExtension, element.uri, "is not there for this command")
            }
            guard call.extensions.containsExactly(element.uri) else {
                throw Refusal(.commandUseError, element.uri, "was not named at the login")
            }
        }
    }

    private static func extensions(of body: ClientMessage.Body) -> [XMLNamespace] {
        switch body {
        case .infoDomain: [.launch]
        case .checkDomain, .deleteDomain: [.fee, .launch]
        case .renewDomain, .transferDomain: [.fee]
        case .createDomain: [.fee, .secDNS, .launch]
        case .updateDomain: [.fee, .secDNS, .gracePeriod, .launch]
        default: []
        }
    }

    /// What a checked command has in common with every other: no more than the permitted number of names.
    func validate(_ command: some Command, names: Int = 1) throws {
        let limit = configuration.namesPerCheck
        guard names <= limit else {
            throw Refusal(.parameterPolicyError, "check", "no more than \(limit) names at once")
        }
        // Where names beyond ASCII are taken, they are looked at as what they are converted to.
        let dialect = configuration.personality.dialect
        if dialect.names == .sent { _ = try command.document(dialect: dialect) } else { try command.validate() }
    }
}
