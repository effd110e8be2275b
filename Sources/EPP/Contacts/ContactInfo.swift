/// What a registry knows about a contact. Printing it does not show the authorization.
public struct ContactInfo: ObjectWithStatuses, Sendable, Hashable {
    /// The contact's identifier.
    public var id: String
    /// Its identifier in the registry.
    public var roid: String?
    /// Its statuses, with what the registry says about them; `statuses` are the words alone.
    public var statusDetails: [ObjectStatus]
    /// Name and address, in one form or both.
    public var postalInfo: [PostalInfo]
    /// The telephone number.
    public var voice: PhoneNumber?
    /// The fax number.
    public var fax: PhoneNumber?
    /// The address for electronic mail.
    public var email: String?
    /// The client that sponsors it.
    public var sponsor: String?
    /// The client that created it.
    public var creator: String?
    /// When it was created.
    public var created: Timestamp?
    /// The client that changed it last.
    public var updater: String?
    /// When it was changed last.
    public var updated: Timestamp?
    /// When it was last transferred.
    public var transferred: Timestamp?
    /// What a client shows to take it over; told to its sponsor.
    public var authorization: Authorization?
    /// What of it may be shown.
    public var disclosure: Disclosure?

    /// A contact by its identifier; all else is set afterwards.
    public init(
        id: String, roid: String? = nil, statuses: [String] = [], postalInfo: [PostalInfo] = [],
        email: String? = nil, sponsor: String? = nil
    ) {
        self.id = id
        self.roid = roid
        statusDetails = statuses.map { ObjectStatus($0) }
        self.postalInfo = postalInfo
        self.email = email
        self.sponsor = sponsor
    }
}

extension ContactInfo: ResponseData {
    /// Reads `contact:infData`.
    public static func decode(from resData: XMLTree.Element) throws -> ContactInfo? {
        guard let data = resData.child("infData", in: .contact) else { return nil }
        var info = ContactInfo(id: try data.requiredToken("id", in: .contact))
        for field in data.children where field.isIn(.contact) {
            switch field.name {
            case "roid": info.roid = field.token
            case "status": if let status = ObjectStatus(field) { info.statusDetails.append(status) }
            case "postalInfo": info.postalInfo.append(PostalInfo(field))
            case "voice": info.voice = PhoneNumber(field)
            case "fax": info.fax = PhoneNumber(field)
            case "email": info.email = field.token
            case "clID": info.sponsor = field.token
            case "crID": info.creator = field.token
            case "crDate": info.created = Timestamp(field.token)
            case "upID": info.updater = field.token
            case "upDate": info.updated = Timestamp(field.token)
            case "trDate": info.transferred = Timestamp(field.token)
            case "authInfo": info.authorization = info.authorization ?? Authorization(field, in: .contact)
            case "disclose": info.disclosure = try Disclosure(field)
            default: continue
            }
        }
        return info
    }

    /// Writes `contact:infData`.
    public func encode(to writer: inout XMLWriter) throws {
        try writer.element("contact:infData", .init("xmlns:contact", .contact)) { writer in
            writer.element("contact:id", id)
            writer.element("contact:roid", ifPresent: roid)
            for status in statusDetails { status.encode(as: "contact:status", to: &writer) }
            for entry in postalInfo { entry.encode(to: &writer) }
            voice?.encode(as: "contact:voice", to: &writer)
            fax?.encode(as: "contact:fax", to: &writer)
            writer.element("contact:email", ifPresent: email)
            writer.element("contact:clID", ifPresent: sponsor)
            writer.element("contact:crID", ifPresent: creator)
            writer.element("contact:crDate", ifPresent: created?.text)
            writer.element("contact:upID", ifPresent: updater)
            writer.element("contact:upDate", ifPresent: updated?.text)
            writer.element("contact:trDate", ifPresent: transferred?.text)
            try authorization?.encodeForContact(to: &writer)
            disclosure?.encode(to: &writer)
        }
    }
}
