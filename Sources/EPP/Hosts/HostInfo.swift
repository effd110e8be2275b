/// What a registry knows about a host.
public struct HostInfo: ObjectWithStatuses, Sendable, Hashable {
    /// The host's name.
    public var name: String
    /// Its identifier in the registry.
    public var roid: String?
    /// Its statuses, with what the registry says about them; `statuses` are the words alone.
    public var statusDetails: [ObjectStatus]
    /// Its addresses.
    public var addresses: [HostAddress]
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
    /// When it was last transferred, with its domain.
    public var transferred: Timestamp?

    /// A host by its name; all else is set afterwards.
    public init(
        name: String, roid: String? = nil, statuses: [String] = [], addresses: [HostAddress] = [],
        sponsor: String? = nil
    ) {
        self.name = name
        self.roid = roid
        statusDetails = statuses.map { ObjectStatus($0) }
        self.addresses = addresses
        self.sponsor = sponsor
    }
}

extension HostInfo: ResponseData {
    /// Reads `host:infData`.
    public static func decode(from resData: XMLTree.Element) throws -> HostInfo? {
        guard let data = resData.child("infData", in: .host) else { return nil }
        var info = HostInfo(name: try data.requiredToken("name", in: .host))
        for field in data.children where field.isIn(.host) {
            switch field.name {
            case "roid": info.roid = field.token
            case "status": if let status = ObjectStatus(field) { info.statusDetails.append(status) }
            case "addr": info.addresses.append(HostAddress(field))
            case "clID": info.sponsor = field.token
            case "crID": info.creator = field.token
            case "crDate": info.created = Timestamp(field.token)
            case "upID": info.updater = field.token
            case "upDate": info.updated = Timestamp(field.token)
            case "trDate": info.transferred = Timestamp(field.token)
            default: continue
            }
        }
        return info
    }

    /// Writes `host:infData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("host:infData", .init("xmlns:host", .host)) { writer in
            writer.element("host:name", name)
            writer.element("host:roid", ifPresent: roid)
            for status in statusDetails { status.encode(as: "host:status", to: &writer) }
            HostAddress.encodeAll(addresses, to: &writer)
            writer.element("host:clID", ifPresent: sponsor)
            writer.element("host:crID", ifPresent: creator)
            writer.element("host:crDate", ifPresent: created?.text)
            writer.element("host:upID", ifPresent: updater)
            writer.element("host:upDate", ifPresent: updated?.text)
            writer.element("host:trDate", ifPresent: transferred?.text)
        }
    }
}
