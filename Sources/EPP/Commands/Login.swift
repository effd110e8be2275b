/// Opens a session. Printing it does not show the passwords.
public struct Login: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `Login`
    public static let name = "Login"
    /// It opens a session.
    public var isReadOnly: Bool { false }

    /// The client's name, 3 to 16 characters.
    public var clientID: String
    private var secret: Secret
    private var newSecret: Secret?
    /// Were the URIs taken from a greeting? They are repeated then as they came.
    private var isAdapted = false
    /// The kinds of objects that the session is about. With none the command asks for domains and contacts.
    public var objectURIs: [String]
    /// The extensions that it will use.
    public var extensionURIs: [String]
    /// The version of the protocol: `1.0`, there is no other.
    public var version: String
    /// The language of the registry's messages.
    public var language: String

    /// A login.
    ///
    /// - Parameters:
    ///   - clientID: The client's name, 3 to 16 characters.
    ///   - password: The password, 6 to 16 characters.
    ///   - newPassword: What the password is to be from then on, 6 to 16 characters; nil to keep it.
    ///   - objectURIs: The kinds of objects that the session is about, out of those in the greeting. With none the
    ///     command asks for domains and contacts; `adapted(to:)` takes them from a greeting.
    ///   - extensionURIs: The extensions that it will use, out of those in the greeting.
    ///   - version: The version of the protocol.
    ///   - language: The language of the registry's messages.
    public init(
        clientID: String, password: String, newPassword: String? = nil, objectURIs: [String] = [],
        extensionURIs: [String] = [], version: String = "1.0", language: String = "en"
    ) {
        self.clientID = clientID
        secret = Secret(password)
        newSecret = newPassword.map(Secret.init)
        self.objectURIs = objectURIs
        self.extensionURIs = extensionURIs
        self.version = version
        self.language = language
    }

    init(_ element: XMLTree.Element) throws {
        let options = element.child("options", in: .epp)
        let services = element.child("svcs", in: .epp)
        self.init(
            clientID: try element.parameter("clID", in: .epp, "clID"),
            password: try element.parameter("pw", in: .epp, "pw"),
            newPassword: element.token(of: "newPW", in: .epp),
            objectURIs: services?.tokens(of: "objURI", in: .epp) ?? [],
            extensionURIs: services?.child("svcExtension", in: .epp)?.tokens(of: "extURI", in: .epp) ?? [],
            version: options?.token(of: "version", in: .epp) ?? "1.0",
            language: options?.token(of: "lang", in: .epp) ?? "en")
    }

    /// The password, 6 to 16 characters.
    public var password: String {
        get { secret.value }
        set { secret.value = newValue }
    }

    /// What the password is to be from then on; nil to keep it.
    public var newPassword: String? {
        get { newSecret?.value }
        set { newSecret = newValue.map(Secret.init) }
    }

    /// The login with what a greeting offers, as the greeting spells it: all its kinds of objects where the login names
    /// none, else those that both have; of the extensions those that both have.
    ///
    /// - Parameters:
    ///   - greeting: What the registry offers.
    ///   - dialect: How the registry spells namespaces.
    public func adapted(to greeting: Greeting, dialect: RegistryDialect = .standard) -> Login {
        var login = self
        let (objects, extensions) = (greeting.objectURIs, greeting.extensionURIs)
        login.objectURIs =
            objectURIs.isEmpty
            ? objects : objectURIs.compactMap { dialect.spelling(of: $0, among: objects, isObject: true) }
        login.extensionURIs = extensionURIs.compactMap { dialect.spelling(of: $0, among: extensions, isObject: false) }
        login.isAdapted = true
        return login
    }

    /// Checks the values against what the protocol allows.
    public func validate() throws {
        try Validation.clientID(clientID, "clID")
        try Validation.token(password, "pw", 6...16)
        if let newPassword { try Validation.token(newPassword, "newPW", 6...16) }
        try Validation.version(version, "version")
        try Validation.language(language, "lang")
        guard !isAdapted else { return }
        for uri in objectURIs { try Validation.uri(uri, "objURI") }
        for uri in extensionURIs { try Validation.uri(uri, "extURI") }
    }

    /// Writes `<login>…</login>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("login") { writer in
            writer.element("clID", clientID)
            writer.element("pw", password)
            writer.element("newPW", ifPresent: newPassword)
            writer.element("options") { writer in
                writer.element("version", version)
                writer.element("lang", language)
            }
            writer.element("svcs") { writer in
                let dialect = isAdapted || writer.dialect.writesStandard ? nil : writer.dialect
                func spelled(_ uri: String) -> String { dialect.map { $0.uri(of: XMLNamespace(uri)) } ?? uri }
                for uri in objectURIs.isEmpty ? Self.defaultObjectURIs : objectURIs {
                    writer.element("objURI", spelled(uri))
                }
                writer.elementUnlessEmpty("svcExtension") { writer in
                    for uri in extensionURIs { writer.element("extURI", spelled(uri)) }
                }
            }
        }
    }

    /// What a login without object URIs asks for: domains and contacts.
    public static let defaultObjectURIs = [XMLNamespace.domain.uri, XMLNamespace.contact.uri]
}
