/// The name of an XML namespace. Those of EPP are compared as a number; others as the text they are.
public struct XMLNamespace: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The namespace's URI; empty for names that are in none.
    public let uri: String

    /// The place in `known`, or nil.
    let code: Int32?

    /// The namespace with this URI.
    public init(_ uri: String) {
        self.uri = uri
        code = Self.known.firstIndex { $0.utf8CodeUnitCount == uri.utf8.count && $0.description == uri }.map(Int32.init)
    }

    /// The namespace with this URI.
    public init(stringLiteral uri: String) {
        self.init(uri)
    }

    private init(known code: Int) {
        self.code = Int32(code)
        uri = Self.known[code].description
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
    /// What the prefix `xml` stands for without being declared.
    static let xml = XMLNamespace(known: 6)

    /// The namespaces that the reader knows by number.
    static let known: [StaticString] = [
        "",
        "urn:ietf:params:xml:ns:epp-1.0",
        "urn:ietf:params:xml:ns:domain-1.0",
        "urn:ietf:params:xml:ns:host-1.0",
        "urn:ietf:params:xml:ns:contact-1.0",
        "urn:ietf:params:xml:ns:secDNS-1.1",
        "http://www.w3.org/XML/1998/namespace",
    ]
}
