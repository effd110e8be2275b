/// What a registry says about a contact that it created.
public struct ContactCreation: Sendable, Hashable {
    /// The contact's identifier.
    public var id: String
    /// When it was created; empty where the registry leaves it out.
    public var created: Timestamp

    /// What is said about a contact.
    public init(id: String, created: Timestamp) {
        self.id = id
        self.created = created
    }
}

extension ContactCreation: ResponseData {
    /// Reads `contact:creData`.
    public static func decode(from resData: XMLTree.Element) throws -> ContactCreation? {
        guard let data = resData.child("creData", in: .contact) else { return nil }
        return ContactCreation(
            id: try data.requiredChild("id", in: .contact).token,
            created: data.date(of: "crDate", in: .contact) ?? .unknown)
    }

    /// Writes `contact:creData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("contact:creData", .init("xmlns:contact", .contact)) { writer in
            writer.element("contact:id", id)
            writer.element("contact:crDate", ifPresent: created.known)
        }
    }
}
