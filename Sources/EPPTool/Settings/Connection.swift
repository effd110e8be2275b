import EPP
import EPPClient
import GeventTLS

/// A registry and how to get in, with every setting decided.
struct Connection {
    var settings: RegistryClient.Settings
    let context: TLSContext
    /// Gets every document; nil for nobody.
    var frames: FrameLog?
    let sources: SettingSources
    /// Who said the password.
    let passwordOrigin: String
    /// The extensions that were asked for; all others that the tool knows are taken where they are offered.
    let extensions: [String]

    /// The extensions that the tool has something to say about.
    static let knownExtensions = [XMLNamespace.secDNS, .gracePeriod, .changePoll, .fee, .launch].map(\.uri)

    /// - Throws: `UsageError` for what is missing or cannot be, `TLSError` for certificates.
    init(
        _ sources: SettingSources, needsLogin: Bool = true,
        prompt: (String) throws -> String? = { try PasswordPrompt.ask($0) }
    ) throws {
        guard let host = sources.value(.host) else {
            throw UsageError("no registry: \(Setting.host.advice)")
        }
        let user = sources.value(.user)
        guard user != nil || !needsLogin else { throw UsageError("nobody to log in as: \(Setting.user.advice)") }
        if let found = sources.find(.user), needsLogin, !(3...16 ~= found.value.unicodeScalars.count) {
            throw UsageError(
                "the user (\(found.origin)) has \(found.value.unicodeScalars.count) characters, not 3 to 16")
        }
        // What is wrong in a flag is told before a password is asked for.
        _ = try sources.clientSettings(user: user, password: nil)
        let password = needsLogin ? try sources.password { try prompt("Password of \(user ?? "") at \(host)") } : nil
        self.sources = sources
        passwordOrigin = password?.origin ?? ""
        settings = try sources.clientSettings(user: user, password: password?.value)
        if let language = sources.value(.language) { settings.language = language }
        settings.profile = try Self.limits(sources)
        settings.commandExtensions = try Self.commandExtensions(sources)
        let asked = sources.value(.extensions)?.split(separator: " ").map(String.init) ?? []
        extensions = asked
        // All objects that the registry has.
        settings.objectURIs = []
        settings.extensionURIs = asked + Self.knownExtensions.filter { !asked.contains($0) }
        context = try Self.context(sources)
    }

    private static let registries: [String: RegistryProfile] = [
        "gov": .gov, "nominet": .nominet, "co": .co, "ee": .ee, "lv": .lv, "no": .no, "pl": .pl, "ru": .ru, "fi": .fi,
        "sidn": .sidn, "verisign": .verisign, "eu": .eu,
    ]

    /// The registry whose own spelling of the protocol's namespace a greeting has; nil for none that is known.
    static func registry(speaking greeting: [UInt8]) -> String? {
        let text = String(decoding: greeting, as: UTF8.self)
        return registryNames.first { name in
            let uri = registries[name]?.dialect.uri(of: .epp) ?? XMLNamespace.epp.uri
            return uri != XMLNamespace.epp.uri && text.contains("\"\(uri)\"")
        }
    }

    /// Those of `--registry`.
    static let registryNames = registries.keys.sorted()

    /// What goes into the extension of every command about an object.
    private static func commandExtensions(_ sources: SettingSources) throws -> [any CommandExtension] {
        var extensions: [any CommandExtension] = sources.value(.namestore).map { [Namestore(subProduct: $0)] } ?? []
        if let found = sources.find(.commandExtension) {
            let item = RawExtension(xml: try Input.text(of: found.value, what: found.origin))
            do {
                _ = try item.xml()
            } catch {
                throw UsageError("\(found.origin): \(found.value): \(error)")
            }
            extensions.append(item)
        }
        return extensions
    }

    /// What the registry allows, where it is one that is known.
    private static func limits(_ sources: SettingSources) throws -> RegistryProfile {
        guard let name = sources.find(.registry) else { return RegistryProfile() }
        guard let limits = registries[name.value] else {
            throw UsageError(
                "\(name.origin) is \"\(name.value)\", none of \(registryNames.joined(separator: ", "))")
        }
        return limits
    }

    private static func context(_ sources: SettingSources) throws -> TLSContext {
        let certificate = sources.value(.cert)
        let key = sources.value(.key)
        guard (certificate == nil) == (key == nil) else {
            throw UsageError("a certificate and its key go together: --cert (EPP_CERT) and --key (EPP_KEY)")
        }
        for setting in [Setting.ca, .cert, .key] {
            if let found = sources.find(setting) { _ = try Input.bytes(of: found.value, what: found.origin) }
        }
        if let key { SecretFile.check(key) }
        let cipherSuites = try cipherSuites(sources)
        do {
            return try TLSContext(
                TLSConfiguration {
                    $0.cipherSuites = cipherSuites
                    if let ca = sources.value(.ca) { $0.trust = .file(ca) }
                    if let certificate, let key {
                        $0.credential = .files(
                            certificate: certificate, key: key, passphrase: sources.value(.keyPassphrase))
                    }
                })
        } catch let error as TLSError where error.reason == .wrongPassphrase {
            let origin = sources.find(.key)?.origin ?? ""
            throw UsageError(
                sources.find(.keyPassphrase).map { "\($0.origin) is not the passphrase of \(key ?? "") (\(origin))" }
                    ?? "\(key ?? "") (\(origin)) is encrypted: \(Setting.keyPassphrase.advice)")
        }
    }

    private static func cipherSuites(_ sources: SettingSources) throws -> TLSCipherSuites {
        switch sources.find(.ciphers) {
        case nil: return .modern
        case let found? where found.value == "modern": return .modern
        case let found? where found.value == "legacy": return .legacy
        case let found?: throw UsageError("\(found.origin) is \"\(found.value)\", neither modern nor legacy")
        }
    }

    // MARK: Sessions

    /// A connected session, not logged in.
    func connect() throws -> EPPSession {
        let session = EPPSession(
            host: settings.host, port: settings.port, context: context, timeout: settings.connectionTimeout,
            logger: frames?.logger)
        session.logsFrames = frames != nil
        session.dialect = settings.profile.dialect
        session.commandExtensions = settings.commandExtensions
        do {
            try session.connect()
        } catch {
            session.close()
            throw explained(error)
        }
        return session
    }

    /// Logs a connected session in. What nobody asked for by name is left out where the greeting does not offer it.
    ///
    /// - Parameter newPassword: The password from then on, and who said it.
    func logIn(_ session: EPPSession, newPassword: SettingSources.Found? = nil) throws -> CommandResponse<Never> {
        try check(session.greeting)
        let login = Login(
            clientID: settings.clientID, password: settings.password, newPassword: newPassword?.value,
            extensionURIs: settings.allExtensionURIs, language: settings.language)
        do {
            return try session.login(login)
        } catch let error as InvalidValue {
            throw named(error, newPasswordOrigin: newPassword?.origin) ?? error
        }
    }

    /// Runs a closure in a session that is logged in, and logs out.
    func withSession<Result>(_ body: (EPPSession) throws -> Result) throws -> Result {
        let session = try connect()
        defer { session.close() }
        let reply = try logIn(session)
        guard reply.isSuccess else {
            throw LoginError(
                reply.message, code: reply.code,
                note: (reply.results.flatMap(\.reasons) + reply.extensionNotes).joined(separator: "; "),
                results: reply.results
            ).asRefusedLogin
        }
        let result = try body(session)
        // The answer is there: a registry that fails to say goodbye changes nothing about it.
        _ = try? session.logout()
        return result
    }

    /// Runs a closure with a pool of sessions and the registry's greeting, and closes the pool.
    func withClient<Result>(_ body: (RegistryClient, Greeting) throws -> Result) throws -> Result {
        var settings = settings
        settings.logsFrames = frames != nil
        let client = RegistryClient(settings, context: context, logger: frames?.logger)
        // What is left undone when the time is over ends with the program.
        defer { try? client.close(timeout: settings.connectionTimeout) }
        let greeting: Greeting
        do {
            greeting = try client.firstGreeting()
        } catch {
            throw explained(error)
        }
        try check(greeting)
        return try body(client, greeting)
    }
}
