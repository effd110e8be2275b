extension ClientMessage {
    private static let verbs: Set<String> = [
        "check", "info", "create", "delete", "renew", "transfer", "update", "poll", "login", "logout",
    ]

    /// What a verb asks.
    static func body(of verb: XMLTree.Element) -> Body {
        let name = verb.name
        guard verb.namespaceURI == XMLNamespace.epp.uri, verbs.contains(name) else { return .unknownCommand(name) }
        do throws(Missing) {
            switch name {
            case "login": return .login(try login(verb))
            case "logout": return .logout
            default: break
            }
            if let object = verb.child("check", in: .domain), name == "check" {
                return .checkDomain(try checkDomain(object))
            }
            if let object = verb.child("info", in: .domain), name == "info" {
                return .infoDomain(try infoDomain(object))
            }
            if let object = verb.child("create", in: .domain), name == "create" {
                return .createDomain(try createDomain(object))
            }
        } catch {
            return invalid(error.code, error.field, error.reason)
        }
        var children = verb.children
        let object = children.next()
        guard object != nil || name == "poll" else { return invalid(.commandSyntaxError, name, "has no object") }
        return .other(
            OtherCommand(
                verb: name, operation: verb.attribute("op"), objectURI: object?.namespaceURI, element: verb))
    }

    /// Why a command cannot be read.
    private struct Missing: Error {
        var code = ResultCode.requiredParameterMissing
        var field: String
        var reason = "is missing"
    }

    private static func token(
        _ element: XMLTree.Element, _ name: StaticString, _ namespace: XMLNamespace, _ field: String
    ) throws(Missing) -> String {
        guard let token = element.token(of: name, in: namespace), !token.isEmpty else { throw Missing(field: field) }
        return token
    }

    private static func login(_ element: XMLTree.Element) throws(Missing) -> Login {
        let options = element.child("options", in: .epp)
        let services = element.child("svcs", in: .epp)
        return Login(
            clientID: try token(element, "clID", .epp, "clID"),
            password: try token(element, "pw", .epp, "pw"),
            newPassword: element.token(of: "newPW", in: .epp),
            objectURIs: services?.tokens(of: "objURI", in: .epp) ?? [],
            extensionURIs: services?.child("svcExtension", in: .epp)?.tokens(of: "extURI", in: .epp) ?? [],
            version: options?.token(of: "version", in: .epp) ?? "1.0",
            language: options?.token(of: "lang", in: .epp) ?? "en")
    }

    private static func checkDomain(_ element: XMLTree.Element) throws(Missing) -> CheckDomain {
        let names = element.tokens(of: "name", in: .domain)
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { throw Missing(field: "domain:name") }
        return CheckDomain(names: names)
    }

    private static func infoDomain(_ element: XMLTree.Element) throws(Missing) -> InfoDomain {
        var info = InfoDomain(try token(element, "name", .domain, "domain:name"))
        if let hosts = element.child("name", in: .domain)?.attribute("hosts") {
            guard let known = InfoDomain.Hosts(rawValue: XMLTree.Element.collapse(hosts)) else {
                throw Missing(code: .parameterRangeError, field: "hosts", reason: "is neither all, del, sub nor none")
            }
            info.hosts = known
        }
        info.authorization = element.child("authInfo", in: .domain).flatMap { Authorization(domain: $0) }
        return info
    }

    private static func createDomain(_ element: XMLTree.Element) throws(Missing) -> CreateDomain {
        guard let proof = element.child("authInfo", in: .domain).flatMap({ Authorization(domain: $0) }) else {
            throw Missing(field: "domain:authInfo")
        }
        var create = CreateDomain(try token(element, "name", .domain, "domain:name"), authorization: proof)
        do throws(ParsingError) {
            create.period = try element.child("period", in: .domain).map { period throws(ParsingError) in
                try Period(period)
            }
            if let servers = element.child("ns", in: .domain) {
                create.nameservers = try Nameserver.decodeAll(from: servers)
            }
        } catch {
            throw Missing(code: .parameterSyntaxError, field: "domain:create", reason: error.reason)
        }
        create.registrant = element.token(of: "registrant", in: .domain)
        for contact in element.children where contact.isNamed("contact", in: .domain) {
            create.contacts.append(DomainContact(contact))
        }
        return create
    }
}
