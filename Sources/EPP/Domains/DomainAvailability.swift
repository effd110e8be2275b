/// What a registry says about one name of a check.
public struct DomainAvailability: Sendable, Hashable {
    /// The name.
    public var name: String
    /// Can it be registered?
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

extension DomainAvailability: CheckData {
    /// Reads `domain:chkData`.
    public static func decodeAll(from resData: XMLTree.Element) throws -> [DomainAvailability]? {
        guard let data = resData.child("chkData", in: .domain) else { return nil }
        var entries: [DomainAvailability] = []
        for entry in data.children where entry.isNamed("cd", in: .domain) {
            let name = try entry.requiredChild("name", in: .domain)
            entries.append(
                DomainAvailability(
                    name: name.token, isAvailable: try name.flag("avail"),
                    reason: entry.token(of: "reason", in: .domain)))
        }
        return entries
    }

    /// Writes `domain:chkData`.
    public static func encodeAll(_ entries: [DomainAvailability], to writer: inout XMLWriter) throws {
        writer.element("domain:chkData", .init("xmlns:domain", .domain)) { writer in
            for entry in entries {
                writer.element("domain:cd") { writer in
                    writer.element("domain:name", .init("avail", entry.isAvailable ? "1" : "0"), text: entry.name)
                    writer.element("domain:reason", ifPresent: entry.reason)
                }
            }
        }
    }
}

extension XMLTree.Element {
    /// An attribute of the schemas' type `boolean`.
    func flag(_ name: StaticString) throws(ParsingError) -> Bool {
        switch attribute(name).map(Self.collapse) {
        case "1", "true": true
        case "0", "false": false
        default: throw error("\(self.name) has no \(name) that is true or false")
        }
    }
}
