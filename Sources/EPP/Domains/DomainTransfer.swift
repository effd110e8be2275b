/// The state of a domain's transfer.
public struct DomainTransfer: Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// How far the transfer is.
    public var status: TransferStatus
    /// The client that asked; empty, as all that follows, where the registry leaves it out: the one that asked for the domain.
    public var requester: String
    /// When it did.
    public var requested: Timestamp
    /// The client that is to act, or acted.
    public var actor: String
    /// By when it is to act, or when it did.
    public var acted: Timestamp
    /// When the registration ends, if the transfer changes that.
    public var expiry: Timestamp?

    /// The state of a transfer.
    public init(
        name: String, status: TransferStatus, requester: String, requested: Timestamp, actor: String,
        acted: Timestamp, expiry: Timestamp? = nil
    ) {
        self.name = name
        self.status = status
        self.requester = requester
        self.requested = requested
        self.actor = actor
        self.acted = acted
        self.expiry = expiry
    }
}

extension DomainTransfer: ResponseData {
    /// Reads `domain:trnData`.
    public static func decode(from resData: XMLTree.Element) throws -> DomainTransfer? {
        guard let data = resData.child("trnData", in: .domain) else { return nil }
        return DomainTransfer(
            name: try data.requiredToken("name", in: .domain),
            status: TransferStatus(rawValue: try data.requiredToken("trStatus", in: .domain)),
            requester: data.token(of: "reID", in: .domain) ?? "",
            requested: data.date(of: "reDate", in: .domain) ?? .unknown,
            actor: data.token(of: "acID", in: .domain) ?? "", acted: data.date(of: "acDate", in: .domain) ?? .unknown,
            expiry: data.date(of: "exDate", in: .domain))
    }

    /// Writes `domain:trnData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("domain:trnData", .init("xmlns:domain", .domain)) { writer in
            writer.element("domain:name", name)
            writer.element("domain:trStatus", status.rawValue)
            writer.element("domain:reID", ifPresent: requester.isEmpty ? nil : requester)
            writer.element("domain:reDate", ifPresent: requested.known)
            writer.element("domain:acID", ifPresent: actor.isEmpty ? nil : actor)
            writer.element("domain:acDate", ifPresent: acted.known)
            writer.element("domain:exDate", ifPresent: expiry?.text)
        }
    }
}
