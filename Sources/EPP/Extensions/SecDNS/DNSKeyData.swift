/// A key of a signed zone, RFC 5910.
public struct DNSKeyData: Sendable, Hashable {
    /// 256 for a key that signs the zone, 257 for one that signs keys.
    public var flags: Int
    /// Always 3.
    public var `protocol`: Int
    /// The algorithm.
    public var algorithm: Int
    /// The public key in Base64.
    public var publicKey: String

    /// A key.
    public init(flags: Int = 257, protocol: Int = 3, algorithm: Int, publicKey: String) {
        self.flags = flags
        self.protocol = `protocol`
        self.algorithm = algorithm
        self.publicKey = publicKey
    }
}

extension DNSKeyData {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        self.init(
            flags: try element.requiredNumber("flags", in: .secDNS),
            protocol: try element.requiredNumber("protocol", in: .secDNS),
            algorithm: try element.requiredNumber("alg", in: .secDNS),
            // Long keys are broken over lines.
            publicKey: try element.requiredToken("pubKey", in: .secDNS).filter { $0 != " " })
    }

    func validate() throws(InvalidValue) {
        try Validation.number(flags, "secDNS:flags", 0...65535)
        try Validation.number(`protocol`, "secDNS:protocol", 0...255)
        try Validation.number(algorithm, "secDNS:alg", 0...255)
        try Validation.base64(publicKey, "secDNS:pubKey")
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("secDNS:keyData") { writer in
            writer.element("secDNS:flags", String(flags))
            writer.element("secDNS:protocol", String(`protocol`))
            writer.element("secDNS:alg", String(algorithm))
            writer.element("secDNS:pubKey", publicKey)
        }
    }
}
