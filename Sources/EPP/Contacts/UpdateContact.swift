/// Changes a contact. Printing it does not show the authorization.
public struct UpdateContact: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `UpdateContact`
    public static let name = "UpdateContact"
    /// It changes.
    public var isReadOnly: Bool { false }

    /// The contact's identifier.
    public var id: String
    /// Statuses to be added; a client's own only.
    public var adding: [ObjectStatus]
    /// Statuses to be taken away.
    public var removing: [ObjectStatus]
    /// What changes in name and address.
    public var postalInfo: [PostalChange]
    /// The new telephone number, or that there is to be none; nil to keep it.
    public var voice: Change<PhoneNumber>?
    /// The new fax number, or that there is to be none; nil to keep it.
    public var fax: Change<PhoneNumber>?
    /// The new address for electronic mail; nil to keep it.
    public var email: String?
    /// The new authorization; nil to keep it.
    public var authorization: Authorization?
    /// What of it may be shown from then on; nil to keep it.
    public var disclosure: Disclosure?

    /// A change of a contact.
    public init(
        _ id: String, adding: [ObjectStatus] = [], removing: [ObjectStatus] = [], postalInfo: [PostalChange] = [],
        voice: Change<PhoneNumber>? = nil, fax: Change<PhoneNumber>? = nil, email: String? = nil,
        authorization: Authorization? = nil, disclosure: Disclosure? = nil
    ) {
        self.id = id
        self.adding = adding
        self.removing = removing
        self.postalInfo = postalInfo
        self.voice = voice
        self.fax = fax
        self.email = email
        self.authorization = authorization
        self.disclosure = disclosure
    }

    init(_ element: XMLTree.Element) throws {
        self.init(try element.parameter("id", in: .contact, "contact:id"))
        adding = Self.statuses(of: element.child("add", in: .contact))
        removing = Self.statuses(of: element.child("rem", in: .contact))
        guard let change = element.child("chg", in: .contact) else { return }
        postalInfo = change.children.filter { $0.isNamed("postalInfo", in: .contact) }.map { PostalChange($0) }
        voice = change.child("voice", in: .contact).map { element in PhoneNumber(element).map { .set($0) } ?? .remove }
        fax = change.child("fax", in: .contact).map { element in PhoneNumber(element).map { .set($0) } ?? .remove }
        email = change.token(of: "email", in: .contact)
        authorization = change.child("authInfo", in: .contact).flatMap { Authorization($0, in: .contact) }
        disclosure = try change.child("disclose", in: .contact).map { try Disclosure($0) }
    }

    private static func statuses(of element: XMLTree.Element?) -> [ObjectStatus] {
        guard let element else { return [] }
        return element.children.filter { $0.isNamed("status", in: .contact) }.compactMap { ObjectStatus($0) }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.clientID(id, "contact:id")
        for status in adding + removing { try status.validate(in: .contact, "contact:status") }
        guard adding.count <= 7, removing.count <= 7 else {
            throw InvalidValue(field: "contact:status", reason: "stands more than 7 times")
        }
        try PostalChange.validateAll(postalInfo)
        try voice?.value?.validate("contact:voice")
        try fax?.value?.validate("contact:fax")
        if let email { try Validation.email(email, "contact:email") }
        try authorization?.validate("contact:pw")
    }

    /// Writes `<update>…</update>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("update") { writer in
            try writer.element("contact:update", .init("xmlns:contact", .contact)) { writer in
                writer.element("contact:id", id)
                Self.encode(adding, as: "contact:add", to: &writer)
                Self.encode(removing, as: "contact:rem", to: &writer)
                try encodeChange(to: &writer)
            }
        }
    }

    private static func encode(_ statuses: [ObjectStatus], as name: StaticString, to writer: inout XMLWriter) {
        guard !statuses.isEmpty else { return }
        writer.element(name) { writer in
            for status in statuses { status.encode(as: "contact:status", to: &writer) }
        }
    }

    private static func encode(_ change: Change<PhoneNumber>?, as name: StaticString, to writer: inout XMLWriter) {
        switch change {
        case .set(let number): number.encode(as: name, to: &writer)
        case .remove: writer.element(name)
        case nil: break
        }
    }

    private func encodeChange(to writer: inout XMLWriter) throws {
        try writer.elementUnlessEmpty("contact:chg") { writer in
            for entry in postalInfo { entry.encode(to: &writer) }
            Self.encode(voice, as: "contact:voice", to: &writer)
            Self.encode(fax, as: "contact:fax", to: &writer)
            writer.element("contact:email", ifPresent: email)
            try authorization?.encodeForContact(to: &writer)
            disclosure?.encode(to: &writer)
        }
    }
}
