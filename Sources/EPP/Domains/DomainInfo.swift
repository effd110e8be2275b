/// What a registry knows about a domain. Printing it does not show the authorization.
public struct DomainInfo: ObjectWithStatuses, Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// Its identifier in the registry.
    public var roid: String?
    /// Its statuses, with what the registry says about them; `statuses` are the words alone.
    public var statusDetails: [ObjectStatus]
    /// The contact that it is registered for.
    public var registrant: String?
    /// Its other contacts.
    public var contacts: [DomainContact]
    /// The hosts that it is delegated to.
    public var delegation: [Nameserver]
    /// The hosts beneath it that are objects of the registry.
    public var hosts: [String]
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
    /// When the registration ends.
    public var expiry: Timestamp?
    /// When it was last transferred.
    public var transferred: Timestamp?
    /// What a client shows to take it over; told to its sponsor.
    public var authorization: Authorization?

    /// A domain by its name; all else is set afterwards.
    public init(name: String, roid: String? = nil, statuses: [String] = [], sponsor: String? = nil) {
        self.name = name
        self.roid = roid
        statusDetails = statuses.map { ObjectStatus($0) }
        contacts = []
        delegation = []
        hosts = []
        self.sponsor = sponsor
    }

    /// The names of the hosts that it is delegated to.
    public var nameservers: [String] {
        delegation.map(\.name)
    }
}

extension DomainInfo: ResponseData {
    /// Reads `domain:infData`.
    public static func decode(from resData: XMLTree.Element) throws -> DomainInfo? {
        guard let data = resData.child("infData", in: .domain) else { return nil }
        var info = DomainInfo(name: try data.requiredChild("name", in: .domain).token)
        for field in data.children where field.isIn(.domain) {
            switch field.name {
            case "roid": info.roid = field.token
            case "status": if let status = ObjectStatus(field) { info.statusDetails.append(status) }
            case "registrant": info.registrant = field.token
            case "contact": info.contacts.append(DomainContact(field))
            case "ns": info.delegation += try Nameserver.decodeAll(from: field)
            case "host": info.hosts.append(field.token)
            case "clID": info.sponsor = field.token
            case "crID": info.creator = field.token
            case "crDate": info.created = Timestamp(field.token)
            case "upID": info.updater = field.token
            case "upDate": info.updated = Timestamp(field.token)
            case "exDate": info.expiry = Timestamp(field.token)
            case "trDate": info.transferred = Timestamp(field.token)
            case "authInfo": info.authorization = info.authorization ?? Authorization(field, in: .domain)
            default: continue
            }
        }
        return info
    }

    /// Writes `domain:infData`.
    public func encode(to writer: inout XMLWriter) throws {
        try writer.element("domain:infData", .init("xmlns:domain", .domain)) { writer in
            writer.element("domain:name", name)
            writer.element("domain:roid", ifPresent: roid)
            for status in statusDetails { status.encode(as: "domain:status", to: &writer) }
            writer.element("domain:registrant", ifPresent: registrant)
            for contact in contacts { contact.encode(to: &writer) }
            Nameserver.encodeAll(delegation, to: &writer)
            for host in hosts { writer.element("domain:host", host) }
            writer.element("domain:clID", ifPresent: sponsor)
            writer.element("domain:crID", ifPresent: creator)
            writer.element("domain:crDate", ifPresent: created?.text)
            writer.element("domain:upID", ifPresent: updater)
            writer.element("domain:upDate", ifPresent: updated?.text)
            writer.element("domain:exDate", ifPresent: expiry?.text)
            writer.element("domain:trDate", ifPresent: transferred?.text)
            try authorization?.encode(to: &writer)
        }
    }
}
