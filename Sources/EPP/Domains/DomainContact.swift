/// A contact of a domain beside the registrant.
public struct DomainContact: Sendable, Hashable {
    /// What the contact is for: a word of the RFC's, or any other of 2 to 32 letters, digits, hyphens and underscores,
    /// since registries have roles of their own.
    public struct Role: RawRepresentable, Sendable, Hashable {
        /// The word of the protocol.
        public let rawValue: String

        /// The role of this name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Administration.
        public static let admin = Role(rawValue: "admin")
        /// Bills.
        public static let billing = Role(rawValue: "billing")
        /// Technical matters.
        public static let tech = Role(rawValue: "tech")
        /// Security, beyond the RFC: `.gov` and others have it.
        public static let security = Role(rawValue: "security")
        /// Abuse, beyond the RFC.
        public static let abuse = Role(rawValue: "abuse")
    }

    /// The contact's identifier.
    public var id: String
    /// What it is for, where that is said.
    public var role: Role?

    /// A contact of a domain.
    public init(_ id: String, role: Role? = nil) {
        self.id = id
        self.role = role
    }

    /// A contact for administration.
    public static func admin(_ id: String) -> DomainContact { DomainContact(id, role: .admin) }
    /// A contact for bills.
    public static func billing(_ id: String) -> DomainContact { DomainContact(id, role: .billing) }
    /// A contact for technical matters.
    public static func tech(_ id: String) -> DomainContact { DomainContact(id, role: .tech) }
}

extension DomainContact {
    init(_ element: XMLTree.Element) {
        self.init(element.token, role: element.tokenAttribute("type").map(Role.init))
    }

    func encode(to writer: inout XMLWriter) {
        if let role {
            writer.element("domain:contact", .init("type", role.rawValue), text: id)
        } else {
            writer.element("domain:contact", id)
        }
    }

    func validate() throws(InvalidValue) {
        try Validation.clientID(id, "domain:contact")
        guard let word = role?.rawValue.utf8 else { return }
        guard 2...32 ~= word.count,
            word.allSatisfy({ 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F })
        else {
            throw InvalidValue(
                field: "domain:contact type", reason: "is no role, such as admin, billing, tech or security")
        }
    }
}
