/// Asks for what the registry knows about a domain. Printing it does not show the authorization.
public struct InfoDomain: TransactionCommand, Hashable {
    /// Which of the domain's hosts the answer is to have.
    public enum Hosts: String, Sendable, Hashable {
        /// Those that it is delegated to and those beneath it.
        case all
        /// Those that it is delegated to.
        case delegated = "del"
        /// Those beneath it.
        case subordinate = "sub"
        /// None.
        case none
    }

    /// What the registry knows.
    public typealias ReplyData = DomainInfo
    /// `InfoDomain`
    public static let name = "InfoDomain"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The domain's name, in ASCII.
    public var name: String
    /// Which hosts the answer is to have; `all` goes without saying.
    public var hosts: Hosts
    /// What the registry wants to see before it tells another client more.
    public var authorization: Authorization?

    /// A question for a domain.
    public init(_ name: String, hosts: Hosts = .all, authorization: String? = nil) {
        self.name = name
        self.hosts = hosts
        self.authorization = authorization.map { Authorization($0) }
    }

    /// A question for a domain with an authorization of any kind.
    public init(_ name: String, hosts: Hosts = .all, authorization: Authorization) {
        self.name = name
        self.hosts = hosts
        self.authorization = authorization
    }

    init(_ element: XMLTree.Element) throws {
        name = try element.parameter("name", in: .domain, "domain:name")
        hosts = .all
        if let word = element.child("name", in: .domain)?.tokenAttribute("hosts") {
            guard let known = Hosts(rawValue: word) else {
                throw CommandFault(
                    code: .parameterRangeError, field: "hosts", reason: "is neither all, del, sub nor none")
            }
            hosts = known
        }
        authorization = element.child("authInfo", in: .domain).flatMap { Authorization($0, in: .domain) }
    }

    /// Checks the name and the authorization.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
        try authorization?.validate("domain:pw")
    }

    /// Writes `<info>…</info>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("info") { writer in
            try writer.element("domain:info", .init("xmlns:domain", .domain)) { writer in
                if hosts == .all {
                    writer.element("domain:name", name)
                } else {
                    writer.element("domain:name", .init("hosts", hosts.rawValue), text: name)
                }
                try authorization?.encode(to: &writer)
            }
        }
    }
}
