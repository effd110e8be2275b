/// Asks for what the registry knows about a contact. Printing it does not show the authorization.
public struct InfoContact: TransactionCommand, Hashable {
    /// What the registry knows.
    public typealias ReplyData = ContactInfo
    /// `InfoContact`
    public static let name = "InfoContact"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The contact's identifier.
    public var id: String
    /// What the registry wants to see before it tells another client more.
    public var authorization: Authorization?

    /// A question for a contact.
    public init(_ id: String, authorization: String? = nil) {
        self.id = id
        self.authorization = authorization.map { Authorization($0) }
    }

    /// A question for a contact with an authorization of any kind.
    public init(_ id: String, authorization: Authorization) {
        self.id = id
        self.authorization = authorization
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        id = try element.parameter("id", in: .contact, "contact:id")
        authorization = element.child("authInfo", in: .contact).flatMap { Authorization($0, in: .contact) }
    }

    /// Checks the identifier and the authorization.
    public func validate() throws {
        try Validation.clientID(id, "contact:id")
        try authorization?.validate("contact:pw")
    }

    /// Writes `<info>…</info>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("info") { writer in
            try writer.element("contact:info", .init("xmlns:contact", .contact)) { writer in
                writer.element("contact:id", id)
                try authorization?.encodeForContact(to: &writer)
            }
        }
    }
}
