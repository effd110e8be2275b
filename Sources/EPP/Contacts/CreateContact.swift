/// Creates a contact. Printing it does not show the authorization.
public struct CreateContact: TransactionCommand, Hashable {
    /// What was created.
    public typealias ReplyData = ContactCreation
    /// `CreateContact`
    public static let name = "CreateContact"
    /// It creates.
    public var isReadOnly: Bool { false }

    /// The contact's identifier.
    public var id: String
    /// Name and address, in one form or both.
    public var postalInfo: [PostalInfo]
    /// The telephone number.
    public var voice: PhoneNumber?
    /// The fax number.
    public var fax: PhoneNumber?
    /// The address for electronic mail.
    public var email: String
    /// What another client will have to show to take it over.
    public var authorization: Authorization
    /// What of it may be shown, or may not.
    public var disclosure: Disclosure?

    /// A contact with a password to take it over.
    public init(
        _ id: String, postalInfo: [PostalInfo], voice: PhoneNumber? = nil, fax: PhoneNumber? = nil, email: String,
        authorization: String, disclosure: Disclosure? = nil
    ) {
        self.init(
            id, postalInfo: postalInfo, voice: voice, fax: fax, email: email,
            authorization: Authorization(authorization), disclosure: disclosure)
    }

    /// A contact with an authorization of any kind.
    public init(
        _ id: String, postalInfo: [PostalInfo], voice: PhoneNumber? = nil, fax: PhoneNumber? = nil, email: String,
        authorization: Authorization, disclosure: Disclosure? = nil
    ) {
        self.id = id
        self.postalInfo = postalInfo
        self.voice = voice
        self.fax = fax
        self.email = email
        self.authorization = authorization
        self.disclosure = disclosure
    }

    init(_ element: XMLTree.Element) throws {
        guard let proof = element.child("authInfo", in: .contact).flatMap({ Authorization($0, in: .contact) }) else {
            throw CommandFault(field: "contact:authInfo")
        }
        self.init(
            try element.parameter("id", in: .contact, "contact:id"), postalInfo: PostalInfo.decodeAll(from: element),
            voice: element.child("voice", in: .contact).flatMap { PhoneNumber($0) },
            fax: element.child("fax", in: .contact).flatMap { PhoneNumber($0) },
            email: try element.parameter("email", in: .contact, "contact:email"), authorization: proof)
        guard !postalInfo.isEmpty else { throw CommandFault(field: "contact:postalInfo") }
        disclosure = try element.child("disclose", in: .contact).map { try Disclosure($0) }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.clientID(id, "contact:id")
        try PostalInfo.validateAll(postalInfo)
        try voice?.validate("contact:voice")
        try fax?.validate("contact:fax")
        try Validation.email(email, "contact:email")
        try authorization.validate("contact:pw")
    }

    /// Writes `<create>…</create>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("create") { writer in
            try writer.element("contact:create", .init("xmlns:contact", .contact)) { writer in
                writer.element("contact:id", id)
                for entry in postalInfo { entry.encode(to: &writer) }
                voice?.encode(as: "contact:voice", to: &writer)
                fax?.encode(as: "contact:fax", to: &writer)
                writer.element("contact:email", email)
                try authorization.encodeForContact(to: &writer)
                disclosure?.encode(to: &writer)
            }
        }
    }
}
