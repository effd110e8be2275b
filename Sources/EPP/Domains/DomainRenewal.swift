/// What a registry says about a domain whose registration it extended.
public struct DomainRenewal: Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// When the registration ends.
    public var expiry: Timestamp?

    /// What is said about a domain.
    public init(name: String, expiry: Timestamp? = nil) {
        self.name = name
        self.expiry = expiry
    }
}

extension DomainRenewal: ResponseData {
    /// Reads `domain:renData`.
    public static func decode(from resData: XMLTree.Element) throws -> DomainRenewal? {
        guard let data = resData.child("renData", in: .domain) else { return nil }
        return DomainRenewal(
            name: try data.requiredToken("name", in: .domain), expiry: data.date(of: "exDate", in: .domain))
    }

    /// Writes `domain:renData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("domain:renData", .init("xmlns:domain", .domain)) { writer in
            writer.element("domain:name", name)
            writer.element("domain:exDate", ifPresent: expiry?.text)
        }
    }
}
