/// What a registry says about one name of a check.
public struct DomainAvailability: Sendable, Hashable {
    /// The name.
    public var name: String
    /// Can it be registered?
    public var isAvailable: Bool
    /// Why not, where the registry says so.
    public var reason: String?
    /// Does the registry say whether it is available? Where it does not, `isAvailable` is false.
    public var isStated = true
    /// The language of the reason, `en` where the registry does not say.
    public var reasonLanguage = "en"

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
            let avail = try name.availability()
            let reason = entry.child("reason", in: .domain)
            var answer = DomainAvailability(name: name.token, isAvailable: avail ?? false, reason: reason?.token)
            answer.isStated = avail != nil
            answer.reasonLanguage = reason?.tokenAttribute("lang") ?? "en"
            entries.append(answer)
        }
        return entries
    }

    /// Writes `domain:chkData`.
    public static func encodeAll(_ entries: [DomainAvailability], to writer: inout XMLWriter) throws {
        writer.element("domain:chkData", .init("xmlns:domain", .domain)) { writer in
            for entry in entries {
                writer.element("domain:cd") { writer in
                    let avail = entry.isStated ? entry.isAvailable ? "1" : "0" : nil
                    writer.element("domain:name", attributes: [.init("avail", ifPresent: avail)], text: entry.name)
                    if let reason = entry.reason {
                        LocalizedText(reason, language: entry.reasonLanguage).encode(as: "domain:reason", to: &writer)
                    }
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
