import EPP

/// What the documents on one connection mean: who is logged in, how much was asked, and the answer to each document. What
/// commands do is `RegistryCore`'s affair. No I/O.
final class RegistrySession {
    /// An answer, and whether the connection ends behind it.
    struct Answer {
        let document: [UInt8]
        var ends = false
    }

    let registry: EmbeddedRegistry
    /// Who is logged in, nil before the login.
    private(set) var client: String?
    /// The extensions that the login named.
    private var extensions: Set<String> = []
    var failedLogins = 0
    private var commands = 0

    init(_ registry: EmbeddedRegistry) {
        self.registry = registry
    }

    var personality: RegistryPersonality { registry.configuration.personality }

    /// The greeting, dated now.
    func greeting() throws -> [UInt8] {
        let configuration = registry.configuration
        let greeting = Greeting(
            serverID: configuration.serverID, date: registry.now, languages: configuration.languages,
            objectURIs: personality.spelled(configuration.objectURIs), extensionURIs: configuration.extensionURIs)
        return personality.dressed(try greeting.document(dialect: personality.dialect), code: nil)
    }

    /// What a connection opens with: the greeting, or the refusal that a fault wants in its place.
    func opening(_ strike: FaultPlan.Strike) throws -> Answer {
        guard case .result(let code) = strike.fault else { return Answer(document: try greeting()) }
        return try answer(Reply(code), to: nil)
    }

    /// Answers one document.
    ///
    /// - Parameter plan: Gives the fault for the kind of document that it is, if one is due.
    func answer(
        _ document: [UInt8], faultAt plan: (RegistryFaultPoint.Target) -> FaultPlan.Strike
    ) throws -> (Answer, FaultPlan.Strike) {
        let message: ClientMessage
        do throws(ParsingError) {
            message = try ClientMessage(document, dialect: personality.dialect)
        } catch {
            let strike = plan(.init())
            let refusal = Refusal(.commandSyntaxError, "epp", error.description)
            return (try count(try answer(Reply(refusal), to: nil)), strike)
        }
        if case .hello = message.body {
            registry.counters.count { $0.hellos += 1 }
            return (Answer(document: try greeting()), plan(.init(verb: "hello")))
        }
        let strike = plan(Self.target(of: message))
        return (try count(try answer(message, fault: strike.fault)), strike)
    }

    /// The session is over: the login is given back.
    func end() {
        if let client { registry.accounts.endSession(of: client) }
        client = nil
        extensions = []
    }

    func begin(as client: String, extensions: [String]) {
        self.client = client
        self.extensions = Set(extensions)
    }

    private static func target(of message: ClientMessage) -> RegistryFaultPoint.Target {
        let object: String? =
            switch message.command?.objectURI {
            case XMLNamespace.domain.uri: "domain"
            case XMLNamespace.host.uri: "host"
            case XMLNamespace.contact.uri: "contact"
            default: nil
            }
        return .init(verb: message.command?.verb, object: object)
    }

    /// Counts a command; the last that the session may have ends it.
    private func count(_ answer: Answer) throws -> Answer {
        registry.counters.count { $0.commands += 1 }
        commands += 1
        guard let limit = registry.configuration.commandsPerSession, commands >= limit, !answer.ends else {
            return answer
        }
        registry.counters.count { $0.usedUp += 1 }
        return Answer(document: answer.document, ends: true)
    }

    private func answer(_ message: ClientMessage, fault: RegistryFault?) throws -> Answer {
        let id = message.transactionID ?? (personality.takesProtocolExtensions ? message.innerTransactionID : nil)
        switch fault {
        case .result(let code):
            return try answer(Reply(code), to: id)
        case .notLoggedIn:
            end()
            return try answer(Reply(Self.loggedOut), to: id)
        case .wrongTransactionID:
            return try answer(perform(message), to: "another-\(id?.suffix(48) ?? "one")")
        default:
            return try answer(perform(message), to: id)
        }
    }

    private func perform(_ message: ClientMessage) -> Reply {
        switch message.body {
        case .login(let login):
            return judge(login, message)
        case .invalid(let result):
            return Reply(Refusal(result))
        case .unknownCommand(let name):
            return Reply(Refusal(.unknownCommand, name, "there is no such command"))
        default:
            break
        }
        guard let client else { return Reply(Self.loggedOut) }
        let now = registry.clock.now
        guard registry.accounts.takeCommand(client, limit: registry.configuration.commandsPerMinute, at: now) else {
            registry.counters.count { $0.overPace += 1 }
            return Reply(Refusal(.sessionLimitClosing, client, "sends too many commands"))
        }
        if case .logout = message.body {
            end()
            registry.counters.count { $0.logouts += 1 }
            return Reply(.successEndingSession)
        }
        return registry.core.perform(
            Call(
                client: client, extensions: extensions, now: now, message: message,
                serverTransactionID: registry.core.nextTransactionID()))
    }

    /// Nomulus' words; clients go by them.
    private static let loggedOut = Refusal(
        CommandResult(.commandUseError, message: "Registrar is not logged in."))

    private func answer(_ reply: Reply, to id: String?) throws -> Answer {
        let transaction = reply.transactionID ?? registry.core.nextTransactionID()
        let code = reply.result.code
        let document = try reply.document(
            clientTransactionID: id, serverTransactionID: transaction, dialect: personality.dialect)
        return Answer(document: personality.dressed(document, code: code), ends: code.endsSession)
    }
}

extension ClientMessage {
    /// The identifier that a command of another protocol has in itself; nil for other commands.
    fileprivate var innerTransactionID: String? {
        guard case .protocolExtension(let command) = body else { return nil }
        let xml = command.xml.joined()
        guard let start = xml.firstRange(of: "clTRID>")?.upperBound, let end = xml[start...].firstIndex(of: "<") else {
            return nil
        }
        return String(xml[start..<end])
    }
}
