extension RegistryDialect {
    /// The dialect with what a greeting tells. Of the spellings that a registry has for the protocol and its objects the
    /// one in the greeting counts, the standard's too: a test system may speak another version. A registry that offers
    /// a draft of the fee extension and not the standard is written to in that draft, the newest.
    ///
    /// - Parameters:
    ///   - greeting: What the registry said.
    ///   - protocolURI: The namespace in which it said it; nil where that is not known.
    public func adapted(to greeting: Greeting, protocolURI: String? = nil) -> RegistryDialect {
        var dialect = self
        if !writesStandard {
            if let protocolURI { dialect.follow(.epp, among: [protocolURI]) }
            for namespace in [XMLNamespace.domain, .host, .contact] {
                dialect.follow(namespace, among: greeting.objectURIs)
            }
            if dialect.uri(of: .domain).hasSameBytes(as: XMLNamespace.domain.uri) {
                dialect.hasPlainNameservers = false
            }
        }
        let offered = greeting.extensionURIs
        guard !offered.containsExactly(uri(of: .fee)) else { return dialect }
        let drafts = offered.compactMap { uri in FeeDraft.number(of: uri).map { (number: $0, uri: uri) } }
        guard let newest = drafts.max(by: { $0.number < $1.number }) else { return dialect }
        dialect.spell(.fee, newest.uri)
        return dialect
    }

    /// Writes a namespace as it is offered, if it is in a spelling that is known.
    private mutating func follow(_ namespace: XMLNamespace, among offered: [String]) {
        if offered.containsExactly(uri(of: namespace)) { return }
        if let other = offered.first(where: { self.namespace(of: $0) == namespace }) {
            spell(namespace, other)
        } else if offered.containsExactly(namespace.uri) {
            spell(namespace, namespace.uri)
        }
    }

    /// How a greeting spells a URI that a login wants; nil where it does not offer it.
    ///
    /// Of objects also the last part alone counts, without regard to case: `domain-1.0` is offered as
    /// `http://registry.example/epp/domain-1.0` and as `URN:IETF:PARAMS:XML:NS:domain-1.0`. The greeting's spelling goes
    /// into the login alone.
    func spelling(of wanted: String, among offered: [String], isObject: Bool) -> String? {
        if offered.containsExactly(wanted) { return wanted }
        let namespace = XMLNamespace(wanted)
        let own = uri(of: namespace)
        if offered.containsExactly(own) { return own }
        if let other = offered.first(where: { self.namespace(of: $0) == namespace }) { return other }
        guard isObject else {
            let folded = wanted.lowercased()
            return offered.first { $0.lowercased().hasSameBytes(as: folded) }
        }
        let tail = Self.tail(of: wanted)
        return offered.first { Self.tail(of: $0).hasSameBytes(as: tail) }
    }

    private static func tail(of uri: String) -> String {
        var tail = uri.lowercased().split { $0 == ":" || $0 == "/" || $0 == "#" }.last.map(String.init) ?? ""
        if tail.hasSuffix(".xsd") { tail.removeLast(4) }
        return tail
    }
}
