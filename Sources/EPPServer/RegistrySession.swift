import EPP

/// What the documents on one connection mean: the session's state, and the answer to each command. No I/O.
final class RegistrySession {
    /// An answer, and whether the connection ends behind it.
    struct Answer {
        let document: [UInt8]
        var ends = false
    }

    private let registry: EmbeddedRegistry
    /// Who is logged in, nil before the login.
    private var client: String?
    private var failedLogins = 0

    init(_ registry: EmbeddedRegistry) {
        self.registry = registry
    }

    /// The greeting, dated now.
    func greeting() throws -> [UInt8] {
        let configuration = registry.configuration
        return try Greeting(
            serverID: configuration.serverID, date: Timestamp(secondsSince1970: WallClock.secondsSince1970),
            languages: configuration.languages, objectURIs: configuration.objectURIs,
            extensionURIs: configuration.extensionURIs
        ).document()
    }

    /// What a connection opens with: the greeting, or the refusal that a fault wants in its place.
    func opening(_ strike: FaultPlan.Strike) throws -> Answer {
        guard case .result(let code) = strike.fault else { return Answer(document: try greeting()) }
        return Answer(document: try respond([CommandResult(code)], to: nil), ends: code.endsSession)
    }

    /// Answers one document.
    ///
    /// - Parameter plan: Gives the fault for the kind of document that it is, if one is due.
    func answer(
        _ document: [UInt8], faultAt plan: (RegistryFaultPoint.Target) -> FaultPlan.Strike
    ) throws -> (Answer, FaultPlan.Strike) {
        let message: ClientMessage
        do throws(ParsingError) {
            message = try ClientMessage(document)
        } catch {
            registry.counters.count { $0.commands += 1 }
            let result = CommandResult(.commandSyntaxError, details: [.init(value: "epp", reason: error.description)])
            return (Answer(document: try respond([result], to: nil)), plan(.init()))
        }
        if case .hello = message.body {
            registry.counters.count { $0.hellos += 1 }
            return (Answer(document: try greeting()), plan(.init(verb: "hello")))
        }
        registry.counters.count { $0.commands += 1 }
        let strike = plan(Self.target(of: message))
        return (try answer(message, fault: strike.fault), strike)
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

    private func answer(_ message: ClientMessage, fault: RegistryFault?) throws -> Answer {
        var id = message.transactionID
        switch fault {
        case .result(let code):
            return Answer(document: try respond([CommandResult(code)], to: id), ends: code.endsSession)
        case .notLoggedIn:
            client = nil
            return Answer(document: try respond([Self.loggedOut], to: id))
        case .wrongTransactionID:
            id = "another-\(id ?? "one")"
        default:
            break
        }
        switch message.body {
        case .hello:
            return Answer(document: try greeting())
        case .login(let login):
            let result = judge(login)
            return Answer(document: try respond([result], to: id), ends: result.code.endsSession)
        case .unknownCommand(let name):
            return try refuse(.unknownCommand, name, "there is no such command", to: id)
        case .invalid(let result):
            return Answer(document: try respond([result], to: id))
        case .protocolExtension:
            return try refuse(.unimplementedCommand, "extension", "is not served here", to: id)
        default:
            guard let client else { return Answer(document: try respond([Self.loggedOut], to: id)) }
            if let unknown = message.extensions.first(where: { !registry.configuration.extensionURIs.contains($0.uri) })
            {
                return try refuse(.unimplementedExtension, unknown.uri, "is not offered", to: id)
            }
            return try perform(message, for: client, to: id)
        }
    }

    private func perform(_ message: ClientMessage, for client: String, to id: String?) throws -> Answer {
        switch message.body {
        case .logout:
            self.client = nil
            registry.counters.count { $0.logouts += 1 }
            return Answer(document: try respond([CommandResult(.successEndingSession)], to: id), ends: true)
        case .checkDomain(let check):
            return try perform(check, to: id)
        case .infoDomain(let info):
            return try perform(info, for: client, to: id)
        default:
            let command = message.command
            if let uri = command?.objectURI, !registry.configuration.objectURIs.contains(uri) {
                return try refuse(.unimplementedObjectService, uri, "is not offered", to: id)
            }
            return try refuse(.unimplementedCommand, command?.verb ?? "command", "is not served here", to: id)
        }
    }

    private func perform(_ check: CheckDomain, to id: String?) throws -> Answer {
        let limit = registry.configuration.namesPerCheck
        guard check.names.count <= limit else {
            return try refuse(.parameterPolicyError, "domain:check", "no more than \(limit) names at once", to: id)
        }
        do {
            try check.validate()
        } catch let error as InvalidValue {
            return try refuse(.parameterSyntaxError, error.field, error.reason, to: id)
        }
        let answers = check.names.map { name in
            let isTaken = registry.domains[name.lowercased()] != nil
            return DomainAvailability(name: name, isAvailable: !isTaken, reason: isTaken ? "In use" : nil)
        }
        return Answer(document: try respond([CommandResult(.success)], data: answers, to: id))
    }

    private func perform(_ info: InfoDomain, for client: String, to id: String?) throws -> Answer {
        do {
            try info.validate()
        } catch let error as InvalidValue {
            return try refuse(.parameterSyntaxError, error.field, error.reason, to: id)
        }
        guard let domain = registry.domains[info.name.lowercased()] else {
            return try refuse(.objectDoesNotExist, "domain:name", "\(info.name) is not registered", to: id)
        }
        if let authorization = info.authorization, authorization.password != domain.authorization {
            return try refuse(.invalidAuthorization, "domain:authInfo", "is not that of \(info.name)", to: id)
        }
        var data = DomainInfo(
            name: domain.name, roid: domain.roid, statuses: domain.statuses, sponsor: domain.sponsor)
        data.registrant = domain.registrant
        data.contacts = [.admin(domain.registrant), .tech(domain.registrant)]
        if info.hosts == .all || info.hosts == .delegated {
            data.delegation = domain.nameservers.map { .object($0) }
        }
        data.creator = domain.sponsor
        data.created = Timestamp(domain.created)
        data.expiry = Timestamp(domain.expires)
        // The sponsor sees the password, and whoever knows it already.
        if client == domain.sponsor || info.authorization != nil {
            data.authorization = Authorization(domain.authorization)
        }
        return Answer(document: try respond([CommandResult(.success)], data: data, to: id))
    }

    /// The checks that Nomulus makes, in its order.
    private func judge(_ login: Login) -> CommandResult {
        let configuration = registry.configuration
        if client != nil {
            return CommandResult(.commandUseError, message: "Registrar is already logged in.")
        }
        if login.version != "1.0" {
            return Self.result(.unimplementedVersion, "version", "\(login.version) is not spoken here")
        }
        if !configuration.languages.contains(login.language) {
            return Self.result(.parameterPolicyError, "lang", "\(login.language) is not spoken here")
        }
        if let uri = login.objectURIs.first(where: { !configuration.objectURIs.contains($0) }) {
            return Self.result(.unimplementedObjectService, "objURI", "\(uri) is not offered")
        }
        if let uri = login.extensionURIs.first(where: { !configuration.extensionURIs.contains($0) }) {
            return Self.result(.unimplementedExtension, "extURI", "\(uri) is not offered")
        }
        guard registry.credentials[login.clientID] == login.password else {
            registry.counters.count { $0.refusedLogins += 1 }
            failedLogins += 1
            return CommandResult(
                failedLogins > configuration.failedLogins ? .authenticationErrorClosing : .authenticationError)
        }
        if let password = login.newPassword {
            guard (6...16).contains(password.unicodeScalars.count) else {
                return Self.result(.parameterRangeError, "newPW", "has 6 to 16 characters")
            }
            registry.credentials[login.clientID] = password
        }
        client = login.clientID
        registry.counters.count { $0.logins += 1 }
        return CommandResult(.success)
    }

    /// Nomulus' words; clients go by them.
    private static let loggedOut = CommandResult(.commandUseError, message: "Registrar is not logged in.")

    private static func result(_ code: ResultCode, _ field: String, _ reason: String) -> CommandResult {
        CommandResult(code, details: [.init(value: field, reason: reason)])
    }

    private func refuse(_ code: ResultCode, _ field: String, _ reason: String, to id: String?) throws -> Answer {
        Answer(document: try respond([Self.result(code, field, reason)], to: id))
    }

    private func respond(_ results: [CommandResult], to id: String?) throws -> [UInt8] {
        try respond(results, data: Never?.none, to: id)
    }

    private func respond<Data: ResponseData>(
        _ results: [CommandResult], data: Data?, to id: String?
    ) throws -> [UInt8] {
        try CommandResponse(
            results: results, data: data, clientTransactionID: id, serverTransactionID: registry.nextTransactionID()
        ).document()
    }
}
