/// What a registry says about one name of a check.
public struct HostAvailability: Sendable, Hashable {
    /// The name.
    public var name: String
    /// Can it be created?
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

extension HostAvailability: CheckData {
    /// Reads `host:chkData`.
    public static func decodeAll(from resData: XMLTree.Element) throws -> [HostAvailability]? {
        guard let data = resData.child("chkData", in: .host) else { return nil }
        var entries: [HostAvailability] = []
        for entry in data.children where entry.isNamed("cd", in: .host) {
            let name = try entry.requiredChild("name", in: .host)
            let avail = try name.availability()
            let reason = entry.child("reason", in: .host)
            var answer = HostAvailability(name: name.token, isAvailable: avail ?? false, reason: reason?.token)
            answer.isStated = avail != nil
            answer.reasonLanguage = reason?.tokenAttribute("lang") ?? "en"
            entries.append(answer)
        }
        return entries
    }

    /// Writes `host:chkData`.
    public static func encodeAll(_ entries: [HostAvailability], to writer: inout XMLWriter) throws {
        writer.element("host:chkData", .init("xmlns:host", .host)) { writer in
            for entry in entries {
                writer.element("host:cd") { writer in
                    let avail = entry.isStated ? entry.isAvailable ? "1" : "0" : nil
                    writer.element("host:name", attributes: [.init("avail", ifPresent: avail)], text: entry.name)
                    if let reason = entry.reason {
                        LocalizedText(reason, language: entry.reasonLanguage).encode(as: "host:reason", to: &writer)
                    }
                }
            }
        }
    }
}
