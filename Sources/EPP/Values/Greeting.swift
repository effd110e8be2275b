/// What a registry says first, and in answer to a hello.
public struct Greeting: Sendable, Hashable {
    /// The server's name.
    public var serverID: String
    /// The server's date and time.
    public var date: Timestamp?
    /// The versions of the protocol: `1.0`.
    public var versions: [String]
    /// The languages of its messages.
    public var languages: [String]
    /// The kinds of objects that it manages.
    public var objectURIs: [String]
    /// The extensions that it knows.
    public var extensionURIs: [String]
    /// The data collection policy, the `dcp` element as XML; nil for a common one when it is encoded.
    public var dataCollectionPolicy: String?

    /// A greeting, as a registry or a test makes it.
    public init(
        serverID: String, date: Timestamp? = nil, versions: [String] = ["1.0"], languages: [String] = ["en"],
        objectURIs: [String] = [XMLNamespace.domain.uri], extensionURIs: [String] = [],
        dataCollectionPolicy: String? = nil
    ) {
        self.serverID = serverID
        self.date = date
        self.versions = versions
        self.languages = languages
        self.objectURIs = objectURIs
        self.extensionURIs = extensionURIs
        self.dataCollectionPolicy = dataCollectionPolicy
    }

    /// Checks what the schema says about the values.
    ///
    /// - Throws: `InvalidValue` for the first that is wrong.
    public func validate() throws(InvalidValue) {
        try Validation.line(serverID, "svID")
        guard 3...64 ~= serverID.unicodeScalars.count else {
            throw InvalidValue(
                field: "svID", reason: "has \(serverID.unicodeScalars.count) characters, but 3 to 64 are allowed")
        }
        guard let date else { throw InvalidValue(field: "svDate", reason: "is missing") }
        try Validation.dateTime(date, "svDate")
        for (field, values) in [("version", versions), ("lang", languages), ("objURI", objectURIs)]
        where values.isEmpty {
            throw InvalidValue(field: field, reason: "is missing")
        }
        for version in versions { try Validation.version(version, "version") }
        for language in languages { try Validation.language(language, "lang") }
        for uri in objectURIs { try Validation.uri(uri, "objURI") }
        for uri in extensionURIs { try Validation.uri(uri, "extURI") }
    }

    /// The greeting as a document.
    ///
    /// - Parameter dialect: How the registry spells the protocol's namespace. The URIs that it offers stand as they are.
    /// - Throws: `InvalidValue` for a value that the protocol cannot carry, `ParsingError` for a policy that is no XML.
    public func document(dialect: RegistryDialect = .standard) throws -> [UInt8] {
        try validate()
        var writer = XMLWriter(dialect: dialect)
        try writer.element("epp", .init("xmlns", .epp)) { writer in
            try writer.element("greeting") { try encodeContent(to: &$0) }
        }
        return try writer.finish()
    }

    private func encodeContent(to writer: inout XMLWriter) throws {
        writer.element("svID", serverID)
        writer.element("svDate", ifPresent: date?.text)
        writer.element("svcMenu") { writer in
            for version in versions { writer.element("version", version) }
            for language in languages { writer.element("lang", language) }
            for uri in objectURIs { writer.element("objURI", uri) }
            writer.elementUnlessEmpty("svcExtension") { writer in
                for uri in extensionURIs { writer.element("extURI", uri) }
            }
        }
        if let dataCollectionPolicy { return try writer.raw(dataCollectionPolicy) }
        writer.element("dcp") { writer in
            writer.element("access") { $0.element("all") }
            writer.element("statement") { writer in
                writer.element("purpose") { writer in
                    writer.element("admin")
                    writer.element("prov")
                }
                writer.element("recipient") { writer in
                    writer.element("ours")
                    writer.element("public")
                }
                writer.element("retention") { $0.element("stated") }
            }
        }
    }
}

extension Greeting {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        let menu = element.child("svcMenu", in: .epp)
        self.init(
            serverID: try element.requiredChild("svID", in: .epp).token,
            date: element.token(of: "svDate", in: .epp).map(Timestamp.init),
            versions: menu?.tokens(of: "version", in: .epp) ?? [],
            languages: menu?.tokens(of: "lang", in: .epp) ?? [],
            objectURIs: menu?.tokens(of: "objURI", in: .epp) ?? [],
            extensionURIs: menu?.child("svcExtension", in: .epp)?.tokens(of: "extURI", in: .epp) ?? [],
            dataCollectionPolicy: element.child("dcp", in: .epp)?.xml)
    }
}
