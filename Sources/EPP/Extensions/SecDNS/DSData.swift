/// A delegation signer record, RFC 5910.
public struct DSData: Sendable, Hashable {
    /// The key's tag.
    public var keyTag: Int
    /// The key's algorithm.
    public var algorithm: Int
    /// The digest's algorithm: 1 SHA-1, 2 SHA-256, 4 SHA-384.
    public var digestType: Int
    /// The digest in hexadecimal digits.
    public var digest: String
    /// The key that it was made of, where it is told.
    public var key: DNSKeyData?

    /// A record.
    public init(keyTag: Int, algorithm: Int, digestType: Int, digest: String, key: DNSKeyData? = nil) {
        self.keyTag = keyTag
        self.algorithm = algorithm
        self.digestType = digestType
        self.digest = digest
        self.key = key
    }
}

extension DSData {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        self.init(
            keyTag: try element.requiredNumber("keyTag", in: .secDNS),
            algorithm: try element.requiredNumber("alg", in: .secDNS),
            digestType: try element.requiredNumber("digestType", in: .secDNS),
            digest: try element.requiredToken("digest", in: .secDNS).filter { $0 != " " })
        if let child = element.child("keyData", in: .secDNS) { key = try DNSKeyData(child) }
    }

    func validate() throws(InvalidValue) {
        try Validation.number(keyTag, "secDNS:keyTag", 0...65535)
        try Validation.number(algorithm, "secDNS:alg", 0...255)
        try Validation.number(digestType, "secDNS:digestType", 0...255)
        let length = [1: 40, 2: 64, 3: 64, 4: 96][digestType]
        guard !digest.isEmpty, digest.utf8.count % 2 == 0, length == nil || digest.utf8.count == length,
            digest.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 | 0x20 })
        else {
            let count = length.map { "\($0)" } ?? "an even number of"
            throw InvalidValue(field: "secDNS:digest", reason: "has not \(count) hexadecimal digits")
        }
        try key?.validate()
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("secDNS:dsData") { writer in
            writer.element("secDNS:keyTag", String(keyTag))
            writer.element("secDNS:alg", String(algorithm))
            writer.element("secDNS:digestType", String(digestType))
            writer.element("secDNS:digest", digest)
            key?.encode(to: &writer)
        }
    }
}
