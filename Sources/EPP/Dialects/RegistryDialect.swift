/// How one registry spells what all registries have: the namespaces, and names beyond ASCII.
///
///     settings.profile.dialect = .ee
///     let other = RegistryDialect([.domain: "http://epp.example/domain-2.0"])
///
/// A namespace that is spelled otherwise is written that way, and read in that spelling and in the standard one. What a
/// message is compared by stays exact: no spelling is guessed in a reply.
public struct RegistryDialect: Sendable, Hashable {
    /// What a name beyond ASCII becomes.
    public enum Names: Sendable, Hashable {
        /// An `InvalidValue`: only A-labels are sent.
        case refused
        /// A-labels, by IDNA.
        case converted
        /// Sent as it is, which few registries want.
        case sent
    }

    /// What a name beyond ASCII becomes; `converted` by default.
    public var names = Names.converted
    /// Does a domain's `ns` hold a host's name as text, and stand once for each host?
    public var hasPlainNameservers = false

    private var written: [XMLNamespace: String] = [:]
    private var read: [ExactText: XMLNamespace] = [:]

    /// A dialect.
    ///
    /// - Parameters:
    ///   - namespaces: How the registry spells namespaces, where it is not the standard's way.
    ///   - alsoReads: Further spellings that its replies may have.
    public init(_ namespaces: [XMLNamespace: String] = [:], alsoReads: [String: XMLNamespace] = [:]) {
        for (namespace, uri) in namespaces { spell(namespace, uri) }
        for (uri, namespace) in alsoReads { read[ExactText(uri)] = namespace }
    }

    /// Writes a namespace in another spelling from here on, and reads that spelling too.
    public mutating func spell(_ namespace: XMLNamespace, _ uri: String) {
        written[namespace] = uri
        read[ExactText(uri)] = namespace
    }

    /// How the registry spells a namespace.
    public func uri(of namespace: XMLNamespace) -> String {
        written[namespace] ?? namespace.uri
    }

    /// What a spelling of the registry's stands for; nil where it is none of this dialect's.
    public func namespace(of uri: String) -> XMLNamespace? {
        read[ExactText(uri)]
    }

    /// Is every namespace written as in the standard?
    var writesStandard: Bool { written.isEmpty }

    /// Is every namespace read in the standard's spelling only?
    var readsStandard: Bool { read.isEmpty }

    /// What a dialect is for that nobody has said anything about: names beyond ASCII are refused.
    static let plain = RegistryDialect { $0.names = .refused }

    init(_ change: (inout RegistryDialect) -> Void) {
        change(&self)
    }
}

extension RegistryDialect {
    /// As in the RFCs; a name beyond ASCII is converted.
    public static var standard: RegistryDialect { RegistryDialect() }

    /// `.ee`: namespaces of its own for the protocol, domains and contacts, in more than one version.
    public static var ee: RegistryDialect {
        let base = "https://epp.tld.ee/schema/"
        return RegistryDialect(
            [
                .epp: base + "epp-ee-1.0.xsd", .domain: base + "domain-ee-1.2.xsd",
                .contact: base + "contact-ee-1.1.xsd",
            ],
            alsoReads: [
                base + "domain-eis-1.0.xsd": .domain, base + "domain-ee-1.0.xsd": .domain,
                base + "domain-ee-1.1.xsd": .domain, base + "contact-ee-1.0.xsd": .contact,
            ])
    }

    /// NASK, `.pl`: namespaces of its own throughout, and nameservers as plain text.
    public static var pl: RegistryDialect {
        let base = "http://www.dns.pl/nask-epp-schema/"
        var dialect = RegistryDialect(
            [
                .epp: base + "epp-2.1", .domain: base + "domain-2.1", .host: base + "host-2.1",
                .contact: base + "contact-2.1",
            ],
            alsoReads: [
                base + "epp-2.0": .epp, base + "domain-2.0": .domain, base + "host-2.0": .host,
                base + "contact-2.0": .contact,
            ])
        dialect.hasPlainNameservers = true
        return dialect
    }

    /// `.ru` and `.su`: namespaces of its own throughout.
    public static var ru: RegistryDialect {
        let base = "http://www.ripn.net/epp/ripn-"
        return RegistryDialect(
            [
                .epp: base + "epp-1.0", .domain: base + "domain-1.0", .host: base + "host-1.0",
                .contact: base + "contact-1.0",
            ], alsoReads: [base + "domain-1.1": .domain])
    }
}
