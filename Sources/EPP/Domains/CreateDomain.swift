/// Registers a domain. Printing it does not show the authorization.
public struct CreateDomain: TransactionCommand, Hashable {
    /// What was registered.
    public typealias ReplyData = DomainCreation
    /// `CreateDomain`
    public static let name = "CreateDomain"
    /// It registers.
    public var isReadOnly: Bool { false }

    /// The domain's name, in ASCII.
    public var name: String
    /// For how long; nil for the registry's default.
    public var period: Period?
    /// The hosts that it is delegated to.
    public var nameservers: [Nameserver]
    /// The contact that the domain is registered for.
    public var registrant: String?
    /// Its other contacts.
    public var contacts: [DomainContact]
    /// What another client will have to show to take it over.
    public var authorization: Authorization

    /// A registration with a password to take the domain over.
    public init(
        _ name: String, period: Period? = nil, nameservers: [Nameserver] = [], registrant: String? = nil,
        contacts: [DomainContact] = [], authorization: String
    ) {
        self.init(
            name, period: period, nameservers: nameservers, registrant: registrant, contacts: contacts,
            authorization: Authorization(authorization))
    }

    /// A registration with an authorization of any kind.
    public init(
        _ name: String, period: Period? = nil, nameservers: [Nameserver] = [], registrant: String? = nil,
        contacts: [DomainContact] = [], authorization: Authorization
    ) {
        self.name = name
        self.period = period
        self.nameservers = nameservers
        self.registrant = registrant
        self.contacts = contacts
        self.authorization = authorization
    }

    init(_ element: XMLTree.Element) throws {
        guard let proof = element.child("authInfo", in: .domain).flatMap({ Authorization($0, in: .domain) }) else {
            throw CommandFault(field: "domain:authInfo")
        }
        self.init(try element.parameter("name", in: .domain, "domain:name"), authorization: proof)
        period = try element.child("period", in: .domain).map { try Period($0) }
        for servers in element.children where servers.isNamed("ns", in: .domain) {
            nameservers += try Nameserver.decodeAll(from: servers)
        }
        registrant = element.token(of: "registrant", in: .domain)
        for contact in element.children where contact.isNamed("contact", in: .domain) {
            contacts.append(DomainContact(contact))
        }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
        try period?.validate()
        try Nameserver.validateAll(nameservers)
        if let registrant { try Validation.clientID(registrant, "domain:registrant") }
        for contact in contacts { try contact.validate() }
        try authorization.validate("domain:pw")
    }

    /// Writes `<create>…</create>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("create") { writer in
            try writer.element("domain:create", .init("xmlns:domain", .domain)) { writer in
                writer.element("domain:name", name)
                period?.encode(to: &writer)
                Nameserver.encodeAll(nameservers, to: &writer)
                writer.element("domain:registrant", ifPresent: registrant)
                for contact in contacts { contact.encode(to: &writer) }
                try authorization.encode(to: &writer)
            }
        }
    }
}
