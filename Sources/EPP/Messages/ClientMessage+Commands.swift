extension ClientMessage {
    private static let verbs: Set<String> = [
        "check", "info", "create", "delete", "renew", "transfer", "update", "poll", "login", "logout",
    ]

    /// What a verb asks, and the verb itself where it is one.
    static func body(of verb: XMLTree.Element) -> (Body, OtherCommand?) {
        let name = verb.name
        guard verb.isIn(.epp), verbs.contains(name) else {
            return (.unknownCommand(name), nil)
        }
        var children = verb.children
        let object = children.next()
        let command = OtherCommand(
            verb: name, operation: verb.tokenAttribute("op"), objectURI: object?.namespaceURI, element: verb)
        do {
            switch name {
            case "login": return (.login(try Login(verb)), command)
            case "logout": return (.logout, command)
            case "poll": return (try poll(verb), command)
            default: break
            }
            guard let object else { return (invalid(.commandSyntaxError, name, "has no object"), command) }
            return (try body(of: name, object, in: verb) ?? .other(command), command)
        } catch let fault as CommandFault {
            return (invalid(fault.code, fault.field, fault.reason), command)
        } catch {
            let reason = (error as? ParsingError)?.reason ?? "\(error)"
            return (invalid(.parameterSyntaxError, name, reason), command)
        }
    }

    /// The command about an object of one of the three mappings; nil for another.
    private static func body(
        of name: String, _ object: XMLTree.Element, in verb: XMLTree.Element
    ) throws -> Body? {
        guard object.name.hasSameBytes(as: name) else { return nil }
        switch object.namespaceCode {
        case XMLNamespace.domain.code: return try domainBody(of: name, object, in: verb)
        case XMLNamespace.host.code: return try hostBody(of: name, object)
        case XMLNamespace.contact.code: return try contactBody(of: name, object, in: verb)
        default: return nil
        }
    }

    private static func domainBody(
        of name: String, _ object: XMLTree.Element, in verb: XMLTree.Element
    ) throws -> Body? {
        switch name {
        case "check": .checkDomain(try CheckDomain(object))
        case "info": .infoDomain(try InfoDomain(object))
        case "create": .createDomain(try CreateDomain(object))
        case "update": .updateDomain(try UpdateDomain(object))
        case "delete": .deleteDomain(try DeleteDomain(object))
        case "renew": .renewDomain(try RenewDomain(object))
        case "transfer": .transferDomain(try TransferDomain(TransferOperation(verb), object))
        default: nil
        }
    }

    private static func hostBody(of name: String, _ object: XMLTree.Element) throws -> Body? {
        switch name {
        case "check": .checkHost(try CheckHost(object))
        case "info": .infoHost(try InfoHost(object))
        case "create": .createHost(try CreateHost(object))
        case "update": .updateHost(try UpdateHost(object))
        case "delete": .deleteHost(try DeleteHost(object))
        default: nil
        }
    }

    private static func contactBody(
        of name: String, _ object: XMLTree.Element, in verb: XMLTree.Element
    ) throws -> Body? {
        switch name {
        case "check": .checkContact(try CheckContact(object))
        case "info": .infoContact(try InfoContact(object))
        case "create": .createContact(try CreateContact(object))
        case "update": .updateContact(try UpdateContact(object))
        case "delete": .deleteContact(try DeleteContact(object))
        case "transfer": .transferContact(try TransferContact(TransferOperation(verb), object))
        default: nil
        }
    }

    private static func poll(_ verb: XMLTree.Element) throws(CommandFault) -> Body {
        switch verb.tokenAttribute("op") {
        case nil: throw CommandFault(field: "op")
        case "req": return .poll(Poll())
        case "ack":
            guard let id = verb.tokenAttribute("msgID"), !id.isEmpty else { throw CommandFault(field: "msgID") }
            return .acknowledge(AcknowledgeMessage(id))
        default:
            throw CommandFault(code: .unimplementedOption, field: "op", reason: "is neither req nor ack")
        }
    }
}
