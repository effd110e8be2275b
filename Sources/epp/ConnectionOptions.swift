import ArgumentParser
import EPP
import EPPClient
import GeventTLS

/// Where the registry is and how to get in, from flags and the environment.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The registry's host name or address (EPP_HOST).")
    var host: String?

    @Option(help: "The registry's port (EPP_PORT; 700).")
    var port: Int?

    @Option(help: "The client identifier to log in with (EPP_USER). The password comes from EPP_PASSWORD.")
    var user: String?

    @Option(help: "The authorities to trust, a PEM file (EPP_CA; the system's).")
    var ca: String?

    @Option(help: "The client's certificate, a PEM file (EPP_CERT).")
    var cert: String?

    @Option(help: "The client's key, a PEM file (EPP_KEY). Its passphrase comes from EPP_KEY_PASSPHRASE.")
    var key: String?

    @Option(help: "How long connecting, sending and receiving may take each, in seconds.")
    var timeout: Double = 5

    func validate() throws {
        guard timeout.isFinite, timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout is a number of seconds above 0, up to 86400")
        }
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port is a number from 1 to 65535") }
    }

    /// A connected session, not logged in.
    func connect() throws -> EPPSession {
        guard let host = host ?? Environment.value("EPP_HOST") else {
            throw UsageError("no registry: give --host or set EPP_HOST")
        }
        let session = EPPSession(
            host: host, port: try resolvedPort(), context: try context(), timeout: .seconds(timeout))
        do {
            try session.connect()
        } catch {
            session.close()
            throw error
        }
        return session
    }

    /// Runs a closure in a session that is logged in, and logs out.
    func withSession<Result>(_ body: (EPPSession) throws -> Result) throws -> Result {
        guard let user = user ?? Environment.value("EPP_USER") else {
            throw UsageError("nobody to log in as: give --user or set EPP_USER")
        }
        guard let password = Environment.value("EPP_PASSWORD") else { throw UsageError("EPP_PASSWORD is not set") }
        let session = try connect()
        defer { session.close() }
        let objects = session.greeting?.objectURIs ?? []
        let reply = try session.send(Login(clientID: user, password: password, objectURIs: objects))
        guard reply.isSuccess else {
            throw LoginError("login refused: \(reply.message)", code: reply.code, results: reply.results)
        }
        let result = try body(session)
        // The answer is there: a registry that fails to say goodbye changes nothing about it.
        _ = try? session.send(Logout())
        return result
    }

    private func resolvedPort() throws -> Int {
        if let port { return port }
        guard let text = Environment.value("EPP_PORT") else { return 700 }
        guard let port = Int(text), (1...65_535).contains(port) else {
            throw UsageError("EPP_PORT is \"\(text)\", not a number from 1 to 65535")
        }
        return port
    }

    private func context() throws -> TLSContext {
        let certificate = cert ?? Environment.value("EPP_CERT")
        let key = key ?? Environment.value("EPP_KEY")
        guard (certificate == nil) == (key == nil) else {
            throw UsageError("a certificate and its key go together: --cert (EPP_CERT) and --key (EPP_KEY)")
        }
        return try TLSContext(
            TLSConfiguration {
                if let ca = ca ?? Environment.value("EPP_CA") { $0.trust = .file(ca) }
                if let certificate, let key {
                    $0.credential = .files(
                        certificate: certificate, key: key, passphrase: Environment.value("EPP_KEY_PASSPHRASE"))
                }
            })
    }
}
