/// The name of an XML namespace. Those of EPP are compared as a number; others byte for byte.
public struct XMLNamespace: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The namespace's URI; empty for names that are in none.
    public let uri: String

    /// Its number, if it has one.
    let code: Int32?

    /// The namespace with this URI.
    public init(_ uri: String) {
        self.uri = uri
        code = Self.code(of: Array(uri.utf8)[...])
    }

    /// The namespace with this URI.
    public init(stringLiteral uri: String) {
        self.init(uri)
    }

    private init(known code: Int) {
        self.code = Int32(code)
        uri = Self.knownURI(code).description
    }

    /// Are they the same, byte for byte?
    public static func == (one: XMLNamespace, other: XMLNamespace) -> Bool {
        one.code == other.code && (one.code != nil || one.uri.hasSameBytes(as: other.uri))
    }

    /// Hashes the bytes of the URI.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(uri))
    }

    /// The URI.
    public var description: String {
        uri
    }

    /// No namespace.
    public static let none = XMLNamespace(known: 0)
    /// The protocol itself, RFC 5730.
    public static let epp = XMLNamespace(known: 1)
    /// Domain names, RFC 5731.
    public static let domain = XMLNamespace(known: 2)
    /// Hosts, RFC 5732.
    public static let host = XMLNamespace(known: 3)
    /// Contacts, RFC 5733.
    public static let contact = XMLNamespace(known: 4)
    /// DNSSEC, RFC 5910.
    public static let secDNS = XMLNamespace(known: 5)
    /// Grace periods and restores, RFC 3915.
    public static let gracePeriod = XMLNamespace(known: 6)
    /// Fees, RFC 8748.
    public static let fee = XMLNamespace(known: 7)
    /// Launch phases, RFC 8334.
    public static let launch = XMLNamespace(known: 8)
    /// Changes told by the queue, RFC 8590.
    public static let changePoll = XMLNamespace(known: 9)
    /// Longer passwords and security events, RFC 8807.
    public static let loginSecurity = XMLNamespace(known: 10)
    /// What the prefix `xml` stands for without being declared.
    static let xml = XMLNamespace(known: 11)

    /// How many namespaces have a number.
    static let knownCount = 12

    /// The namespace of a number.
    static func knownURI(_ code: Int) -> StaticString {
        switch code {
        case 0: ""
        case 1: "urn:ietf:params:xml:ns:epp-1.0"
        case 2: "urn:ietf:params:xml:ns:domain-1.0"
        case 3: "urn:ietf:params:xml:ns:host-1.0"
        case 4: "urn:ietf:params:xml:ns:contact-1.0"
        case 5: "urn:ietf:params:xml:ns:secDNS-1.1"
        case 6: "urn:ietf:params:xml:ns:rgp-1.0"
        case 7: "urn:ietf:params:xml:ns:epp:fee-1.0"
        case 8: "urn:ietf:params:xml:ns:launch-1.0"
        case 9: "urn:ietf:params:xml:ns:changePoll-1.0"
        case 10: "urn:ietf:params:xml:ns:epp:loginSec-1.0"
        default: "http://www.w3.org/XML/1998/namespace"
        }
    }

    /// The number of a namespace, if it has one.
    static func code(of uri: ArraySlice<UInt8>) -> Int32? {
        for code in 0..<knownCount {
            let known = knownURI(code)
            if known.utf8CodeUnitCount == uri.count, known.withUTF8Buffer({ uri.elementsEqual($0) }) {
                return Int32(code)
            }
        }
        return nil
    }
}
