/// What a registry says about one identifier of a check.
public struct ContactAvailability: Sendable, Hashable {
    /// The identifier.
    public var id: String
    /// Can it be created?
    public var isAvailable: Bool
    /// Why not, where the registry says so.
    public var reason: String?
    /// Does the registry say whether it is available? Where it does not, `isAvailable` is false.
    public var isStated = true
    /// The language of the reason, `en` where the registry does not say.
    public var reasonLanguage = "en"

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
            let avail = try id.availability()
            let reason = entry.child("reason", in: .contact)
            var answer = ContactAvailability(id: id.token, isAvailable: avail ?? false, reason: reason?.token)
            answer.isStated = avail != nil
            answer.reasonLanguage = reason?.tokenAttribute("lang") ?? "en"
            entries.append(answer)
        }
        return entries
    }

    /// Writes `contact:chkData`.
    public static func encodeAll(_ entries: [ContactAvailability], to writer: inout XMLWriter) throws {
        writer.element("contact:chkData", .init("xmlns:contact", .contact)) { writer in
            for entry in entries {
                writer.element("contact:cd") { writer in
                    let avail = entry.isStated ? entry.isAvailable ? "1" : "0" : nil
                    writer.element("contact:id", attributes: [.init("avail", ifPresent: avail)], text: entry.id)
                    if let reason = entry.reason {
                        LocalizedText(reason, language: entry.reasonLanguage).encode(as: "contact:reason", to: &writer)
                    }
                }
            }
        }
    }
}
