/// What a registry says about a domain that it registered.
public struct DomainCreation: Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// When it was registered; empty where the registry leaves it out.
    public var created: Timestamp
    /// When the registration ends.
    public var expiry: Timestamp?

    /// What is said about a domain.
    public init(name: String, created: Timestamp, expiry: Timestamp? = nil) {
        self.name = name
        self.created = created
        self.expiry = expiry
    }
}

extension DomainCreation: ResponseData {
    /// Reads `domain:creData`.
    public static func decode(from resData: XMLTree.Element) throws -> DomainCreation? {
        guard let data = resData.child("creData", in: .domain) else { return nil }
        return DomainCreation(
            name: try data.requiredChild("name", in: .domain).token,
            created: data.date(of: "crDate", in: .domain) ?? .unknown,
            expiry: data.token(of: "exDate", in: .domain).map(Timestamp.init))
    }

    /// Writes `domain:creData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("domain:creData", .init("xmlns:domain", .domain)) { writer in
            writer.element("domain:name", name)
            writer.element("domain:crDate", ifPresent: created.known)
            writer.element("domain:exDate", ifPresent: expiry?.text)
        }
    }
}
