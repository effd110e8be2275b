/// What a registry knows of a domain's signed zone. An extension of the answer to `InfoDomain`, RFC 5910.
public struct SecDNSInfo: ResponseExtension, Hashable {
    /// The records or keys.
    public var data: SecDNSData
    /// For how many seconds a signature over the record is good at most, where the registry says so.
    public var maximumSignatureLife: Int?

    /// A signed zone.
    public init(_ data: SecDNSData, maximumSignatureLife: Int? = nil) {
        self.data = data
        self.maximumSignatureLife = maximumSignatureLife
    }

    /// Reads `secDNS:infData`.
    public static func decode(from element: XMLTree.Element) throws -> SecDNSInfo? {
        guard element.isNamed("infData", in: .secDNS) else { return nil }
        return SecDNSInfo(
            try SecDNSData(element), maximumSignatureLife: try element.number(of: "maxSigLife", in: .secDNS))
    }

    /// Checks all values.
    public func validate() throws {
        try data.validate()
        if let maximumSignatureLife { try Validation.signatureLife(maximumSignatureLife) }
    }

    /// Writes `secDNS:infData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("secDNS:infData", .init("xmlns:secDNS", .secDNS)) { writer in
            writer.element("secDNS:maxSigLife", ifPresent: maximumSignatureLife.map { String($0) })
            data.encode(to: &writer)
        }
    }
}
