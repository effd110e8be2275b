/// A host that a domain is delegated to.
public enum Nameserver: Sendable, Hashable {
    /// A host that is an object of the registry, by its name.
    case object(String)
    /// A host that belongs to the domain's own data, with its addresses.
    case attribute(String, addresses: [HostAddress] = [])

    /// The host's name.
    public var name: String {
        switch self {
        case .object(let name), .attribute(let name, _): name
        }
    }

    /// Its addresses, where the domain's data has them.
    public var addresses: [HostAddress] {
        switch self {
        case .object: []
        case .attribute(_, let addresses): addresses
        }
    }
}

extension Nameserver {
    /// Reads a `domain:ns`. Some registries write a host's name as its text.
    static func decodeAll(from element: XMLTree.Element) throws(ParsingError) -> [Nameserver] {
        var servers: [Nameserver] = []
        if !element.hasChildren {
            let name = element.token
            return name.isEmpty ? [] : [.object(name)]
        }
        for child in element.children {
            if child.isNamed("hostObj", in: .domain) {
                servers.append(.object(child.token))
            } else if child.isNamed("hostAttr", in: .domain) {
                let name = try child.requiredChild("hostName", in: .domain).token
                var addresses: [HostAddress] = []
                for address in child.children where address.isNamed("hostAddr", in: .domain) {
                    addresses.append(HostAddress(address))
                }
                servers.append(.attribute(name, addresses: addresses))
            }
        }
        return servers
    }

    /// Writes a `domain:ns`, or nothing where there are none.
    static func encodeAll(_ servers: [Nameserver], to writer: inout XMLWriter) {
        guard !servers.isEmpty else { return }
        if writer.dialect.hasPlainNameservers {
            for server in servers { writer.element("domain:ns", server.name) }
            return
        }
        writer.element("domain:ns") { writer in
            for server in servers {
                switch server {
                case .object(let name):
                    writer.element("domain:hostObj", name)
                case .attribute(let name, let addresses):
                    writer.element("domain:hostAttr") { writer in
                        writer.element("domain:hostName", name)
                        for address in addresses {
                            writer.element("domain:hostAddr", .init("ip", address.version.rawValue), text: address.text)
                        }
                    }
                }
            }
        }
    }

    static func validateAll(_ servers: [Nameserver]) throws(InvalidValue) {
        var hasObject = false
        var hasAttribute = false
        for server in servers {
            switch server {
            case .object(let name):
                try Validation.domainName(name, "domain:hostObj")
                hasObject = true
            case .attribute(let name, let addresses):
                try Validation.domainName(name, "domain:hostName")
                for address in addresses { try address.validate("domain:hostAddr") }
                hasAttribute = true
            }
        }
        guard !hasObject || !hasAttribute else {
            throw InvalidValue(
                field: "domain:ns", reason: "has hosts of both kinds: a registry has objects or attributes")
        }
    }
}
