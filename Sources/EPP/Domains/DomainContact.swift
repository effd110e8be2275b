/// A contact of a domain beside the registrant.
public struct DomainContact: Sendable, Hashable {
    /// What the contact is for.
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
        self.init(element.token, role: element.attribute("type").map(Role.init))
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
        guard role == nil || [.admin, .billing, .tech].contains(role) else {
            throw InvalidValue(field: "domain:contact type", reason: "is neither admin, billing nor tech")
        }
    }
}
