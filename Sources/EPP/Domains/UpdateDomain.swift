/// Changes a domain. Printing it does not show the authorization.
///
/// Without changes of its own it carries an extension, as a restore of RFC 3915 or DNSSEC data: an empty `domain:chg`
/// stands in it then.
public struct UpdateDomain: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `UpdateDomain`
    public static let name = "UpdateDomain"
    /// It changes.
    public var isReadOnly: Bool { false }

    /// The domain's name, in ASCII.
    public var name: String
    /// What is added.
    public var adding: DomainChanges
    /// What is taken away.
    public var removing: DomainChanges
    /// The new registrant, or that there is to be none; nil to keep it.
    public var registrant: Change<String>?
    /// The new authorization, or that there is to be none; nil to keep it.
    public var authorization: Change<Authorization>?

    /// A change of a domain.
    public init(
        _ name: String, adding: DomainChanges = DomainChanges(), removing: DomainChanges = DomainChanges(),
        registrant: Change<String>? = nil, authorization: Change<Authorization>? = nil
    ) {
        self.name = name
        self.adding = adding
        self.removing = removing
        self.registrant = registrant
        self.authorization = authorization
    }

    init(_ element: XMLTree.Element) throws {
        self.init(try element.parameter("name", in: .domain, "domain:name"))
        if let added = element.child("add", in: .domain) { adding = try DomainChanges(added) }
        if let removed = element.child("rem", in: .domain) { removing = try DomainChanges(removed) }
        guard let change = element.child("chg", in: .domain) else { return }
        registrant = change.token(of: "registrant", in: .domain).map { $0.isEmpty ? .remove : .set($0) }
        guard let proof = change.child("authInfo", in: .domain) else { return }
        if proof.child("null", in: .domain) != nil {
            authorization = .remove
        } else {
            authorization = Authorization(proof, in: .domain).map { .set($0) }
        }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
        try adding.validate()
        try removing.validate()
        if let registrant = registrant?.value { try Validation.clientID(registrant, "domain:registrant") }
        try authorization?.value?.validate("domain:pw")
    }

    /// Writes `<update>…</update>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("update") { writer in
            try writer.element("domain:update", .init("xmlns:domain", .domain)) { writer in
                writer.element("domain:name", name)
                adding.encode(as: "domain:add", to: &writer)
                removing.encode(as: "domain:rem", to: &writer)
                guard registrant != nil || authorization != nil || (adding.isEmpty && removing.isEmpty) else { return }
                try writer.element("domain:chg") { writer in
                    if let registrant { writer.element("domain:registrant", registrant.value ?? "") }
                    switch authorization {
                    case .set(let proof): try proof.encode(to: &writer)
                    case .remove: writer.element("domain:authInfo") { $0.element("domain:null") }
                    case nil: break
                    }
                }
            }
        }
    }
}
