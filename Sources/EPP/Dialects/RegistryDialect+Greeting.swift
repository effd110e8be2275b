extension RegistryDialect {
    /// The dialect with what a greeting tells: a registry that offers a draft of the fee extension and not the standard
    /// is written to in that draft, the newest.
    public func adapted(to greeting: Greeting) -> RegistryDialect {
        let offered = greeting.extensionURIs
        guard !offered.containsExactly(uri(of: .fee)) else { return self }
        let drafts = offered.compactMap { uri in FeeDraft.number(of: uri).map { (number: $0, uri: uri) } }
        guard let newest = drafts.max(by: { $0.number < $1.number }) else { return self }
        var dialect = self
        dialect.spell(.fee, newest.uri)
        return dialect
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
