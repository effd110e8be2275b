/// The state of a contact's transfer.
public struct ContactTransfer: Sendable, Hashable {
    /// The contact's identifier.
    public var id: String
    /// How far the transfer is.
    public var status: TransferStatus
    /// The client that asked; empty, as all that follows, where the registry leaves it out: the one that asked for the contact.
    public var requester: String
    /// When it did.
    public var requested: Timestamp
    /// The client that is to act, or acted.
    public var actor: String
    /// By when it is to act, or when it did.
    public var acted: Timestamp

    /// The state of a transfer.
    public init(
        id: String, status: TransferStatus, requester: String, requested: Timestamp, actor: String,
        acted: Timestamp
    ) {
        self.id = id
        self.status = status
        self.requester = requester
        self.requested = requested
        self.actor = actor
        self.acted = acted
    }
}

extension ContactTransfer: ResponseData {
    /// Reads `contact:trnData`.
    public static func decode(from resData: XMLTree.Element) throws -> ContactTransfer? {
        guard let data = resData.child("trnData", in: .contact) else { return nil }
        return ContactTransfer(
            id: try data.requiredToken("id", in: .contact),
            status: TransferStatus(rawValue: try data.requiredToken("trStatus", in: .contact)),
            requester: data.token(of: "reID", in: .contact) ?? "",
            requested: data.date(of: "reDate", in: .contact) ?? .unknown,
            actor: data.token(of: "acID", in: .contact) ?? "", acted: data.date(of: "acDate", in: .contact) ?? .unknown)
    }

    /// Writes `contact:trnData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("contact:trnData", .init("xmlns:contact", .contact)) { writer in
            writer.element("contact:id", id)
            writer.element("contact:trStatus", status.rawValue)
            writer.element("contact:reID", ifPresent: requester.isEmpty ? nil : requester)
            writer.element("contact:reDate", ifPresent: requested.known)
            writer.element("contact:acID", ifPresent: actor.isEmpty ? nil : actor)
            writer.element("contact:acDate", ifPresent: acted.known)
        }
    }
}
