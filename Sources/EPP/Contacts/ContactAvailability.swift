/// What a registry says about one identifier of a check.
public struct ContactAvailability: Sendable, Hashable {
    /// The identifier.
    public var id: String
    /// Can it be created?
    public var isAvailable: Bool
    /// Why not, where the registry says so.
    public var reason: String?

    /// What is said about an identifier.
    public init(id: String, isAvailable: Bool, reason: String? = nil) {
        self.id = id
        self.isAvailable = isAvailable
        self.reason = reason
    }
}

extension ContactAvailability: CheckData {
    /// Reads `contact:chkData`.
    public static func decodeAll(from resData: XMLTree.Element) throws -> [ContactAvailability]? {
        guard let data = resData.child("chkData", in: .contact) else { return nil }
        var entries: [ContactAvailability] = []
        for entry in data.children where entry.isNamed("cd", in: .contact) {
            let id = try entry.requiredChild("id", in: .contact)
            entries.append(
                ContactAvailability(
                    id: id.token, isAvailable: try id.flag("avail"),
                    reason: entry.token(of: "reason", in: .contact)))
        }
        return entries
    }

    /// Writes `contact:chkData`.
    public static func encodeAll(_ entries: [ContactAvailability], to writer: inout XMLWriter) throws {
        writer.element("contact:chkData", .init("xmlns:contact", .contact)) { writer in
            for entry in entries {
                writer.element("contact:cd") { writer in
                    writer.element("contact:id", .init("avail", entry.isAvailable ? "1" : "0"), text: entry.id)
                    writer.element("contact:reason", ifPresent: entry.reason)
                }
            }
        }
    }
}
