public import EPP

/// How a registry behaves on the wire: its spelling of namespaces, the quirks of its documents, what it wants of clients
/// and how much it lets them do.
///
///     let registry = try EmbeddedRegistry(RegistryConfiguration { $0.behave(like: .sidn) })
///
/// A personality stands in for a registry in tests of clients. It knows what is public about that registry, and its
/// documents are made here: a client that gets along with it may still meet something else at the registry itself.
public struct RegistryPersonality: Sendable {
    /// What it is called by, such as `ee`.
    public var name: String
    /// What is peculiar, in a few words.
    public var summary: String
    /// How it spells namespaces.
    public var dialect: RegistryDialect
    /// How its documents differ.
    public var quirks: [RegistryQuirk]
    /// Extensions that it offers beside the embedded registry's.
    public var extensionURIs: [String]
    /// The namespace of an extension that every command about an object must have; nil for none.
    public var requiredExtension: String?
    /// Sets its limits and rules.
    public var configure: @Sendable (inout RegistryConfiguration) -> Void

    /// A personality.
    ///
    /// - Parameters:
    ///   - name: What it is called by.
    ///   - summary: What is peculiar, in a few words.
    ///   - dialect: How it spells namespaces; as the RFCs do by default.
    ///   - quirks: How its documents differ; not at all by default.
    ///   - extensionURIs: Extensions that it offers beside the embedded registry's.
    ///   - requiredExtension: The namespace of an extension that every command about an object must have.
    ///   - configure: Sets its limits and rules.
    public init(
        _ name: String, _ summary: String, dialect: RegistryDialect = .standard, quirks: [RegistryQuirk] = [],
        extensionURIs: [String] = [], requiredExtension: String? = nil,
        configure: @escaping @Sendable (inout RegistryConfiguration) -> Void = { _ in }
    ) {
        self.name = name
        self.summary = summary
        self.dialect = dialect
        self.quirks = quirks
        self.extensionURIs = extensionURIs
        self.requiredExtension = requiredExtension
        self.configure = configure
    }

    /// The embedded registry as it is.
    public static let plain = RegistryPersonality("plain", "as the RFCs say")

    /// The personality of a name, out of `all`; for Norid also by its zone.
    public init?(named name: String) {
        let name = name == "no" ? "norid" : name
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }
}

extension RegistryPersonality {
    /// The document as this registry sends it.
    ///
    /// - Parameter code: The result's code; nil for a greeting.
    func dressed(_ document: [UInt8], code: ResultCode?) -> [UInt8] {
        guard !quirks.isEmpty else { return document }
        var text = String(decoding: document, as: UTF8.self)
        var encoding: String?
        for quirk in quirks {
            text = quirk.changed(text, code: code)
            if case .encodes(let name) = quirk { encoding = name }
        }
        return RegistryQuirk.bytes(of: text, encoding: encoding)
    }

    /// The kinds of objects as the greeting spells them, before its quirks.
    func spelled(_ uris: [String]) -> [String] { uris.map { dialect.uri(of: XMLNamespace($0)) } }

    /// A URI of a login, in the standard's spelling.
    func standard(_ uri: String) -> String {
        for quirk in quirks {
            if case .offers(let namespace, uri) = quirk { return namespace.uri }
        }
        return dialect.namespace(of: uri)?.uri ?? uri
    }

    var takesProtocolExtensions: Bool { quirks.contains(.takesProtocolExtensions) }
}

extension RegistryConfiguration {
    /// Takes a registry's limits, spelling and quirks. What is set afterwards holds instead.
    public mutating func behave(like personality: RegistryPersonality) {
        self.personality = personality
        for uri in personality.extensionURIs where !extensionURIs.contains(uri) { extensionURIs.append(uri) }
        personality.configure(&self)
    }
}
