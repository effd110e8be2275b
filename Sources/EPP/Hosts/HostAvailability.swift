/// What a registry says about one name of a check.
public struct HostAvailability: Sendable, Hashable {
    /// The name.
    public var name: String
    /// Can it be created?
    public var isAvailable: Bool
    /// Why not, where the registry says so.
    public var reason: String?

    /// What is said about a name.
    public init(name: String, isAvailable: Bool, reason: String? = nil) {
        self.name = name
        self.isAvailable = isAvailable
        self.reason = reason
    }
}

extension HostAvailability: CheckData {
    /// Reads `host:chkData`.
    public static func decodeAll(from resData: XMLTree.Element) throws -> [HostAvailability]? {
        guard let data = resData.child("chkData", in: .host) else { return nil }
        var entries: [HostAvailability] = []
        for entry in data.children where entry.isNamed("cd", in: .host) {
            let name = try entry.requiredChild("name", in: .host)
            entries.append(
                HostAvailability(
                    name: name.token, isAvailable: try name.flag("avail"),
                    reason: entry.token(of: "reason", in: .host)))
        }
        return entries
    }

    /// Writes `host:chkData`.
    public static func encodeAll(_ entries: [HostAvailability], to writer: inout XMLWriter) throws {
        writer.element("host:chkData", .init("xmlns:host", .host)) { writer in
            for entry in entries {
                writer.element("host:cd") { writer in
                    writer.element("host:name", .init("avail", entry.isAvailable ? "1" : "0"), text: entry.name)
                    writer.element("host:reason", ifPresent: entry.reason)
                }
            }
        }
    }
}
