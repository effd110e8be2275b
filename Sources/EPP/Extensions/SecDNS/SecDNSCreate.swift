/// The signed zone of a domain that is registered. An extension of `CreateDomain`, RFC 5910.
public struct SecDNSCreate: CommandExtension, Hashable {
    /// The records or keys.
    public var data: SecDNSData
    /// For how many seconds a signature over the record is to be good at most; nil for the registry's default.
    public var maximumSignatureLife: Int?

    /// A signed zone.
    public init(_ data: SecDNSData, maximumSignatureLife: Int? = nil) {
        self.data = data
        self.maximumSignatureLife = maximumSignatureLife
    }

    /// Reads `secDNS:create`.
    public static func decode(from element: XMLTree.Element) throws -> SecDNSCreate? {
        guard element.isNamed("create", in: .secDNS) else { return nil }
        return SecDNSCreate(
            try SecDNSData(element), maximumSignatureLife: try element.number(of: "maxSigLife", in: .secDNS))
    }

    /// Checks all values.
    public func validate() throws {
        try data.validate()
        if let maximumSignatureLife { try Validation.signatureLife(maximumSignatureLife) }
    }

    /// Writes `secDNS:create`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("secDNS:create", .init("xmlns:secDNS", .secDNS)) { writer in
            writer.element("secDNS:maxSigLife", ifPresent: maximumSignatureLife.map { String($0) })
            data.encode(to: &writer)
        }
    }
}
