/// What a registry says about a host that it created.
public struct HostCreation: Sendable, Hashable {
    /// The host's name.
    public var name: String
    /// When it was created; empty where the registry leaves it out.
    public var created: Timestamp

    /// What is said about a host.
    public init(name: String, created: Timestamp) {
        self.name = name
        self.created = created
    }
}

extension HostCreation: ResponseData {
    /// Reads `host:creData`.
    public static func decode(from resData: XMLTree.Element) throws -> HostCreation? {
        guard let data = resData.child("creData", in: .host) else { return nil }
        return HostCreation(
            name: try data.requiredChild("name", in: .host).token,
            created: data.date(of: "crDate", in: .host) ?? .unknown)
    }

    /// Writes `host:creData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("host:creData", .init("xmlns:host", .host)) { writer in
            writer.element("host:name", name)
            writer.element("host:crDate", ifPresent: created.known)
        }
    }
}
