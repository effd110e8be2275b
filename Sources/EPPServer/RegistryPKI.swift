public import GeventTLS

/// The certificates of an embedded registry: an authority, the registry's own certificate for `localhost`, `127.0.0.1`
/// and `::1`, and one for clients. The private keys appear in no description or dump.
public struct RegistryPKI: Sendable {
    /// The authority's certificate, PEM: what a client has to trust.
    public let authority: [UInt8]
    /// The client's certificate, PEM.
    public let clientCertificate: [UInt8]

    let clientKey: [UInt8]
    let serverCertificate: [UInt8]
    let serverKey: [UInt8]

    /// The names and addresses that the registry's certificate is for.
    public static let hosts = ["localhost", "127.0.0.1", "::1"]

    /// Makes an authority and certificates with elliptic keys, which takes a few milliseconds.
    public init() throws {
        try self.init(keyKind: .ecP256)
    }

    /// Makes an authority and certificates with keys of a kind.
    package init(keyKind: CertificateAuthority.KeyKind, hosts: [String] = RegistryPKI.hosts) throws {
        let authority = try CertificateAuthority(name: "Embedded EPP registry authority", keyKind: keyKind)
        let server = try authority.issueServer(hosts)
        let client = try authority.issueClient("registrar")
        self.init(authority: authority, server: server, client: client)
    }

    /// What an authority has issued, for tests with certificates that are wrong in some way.
    package init(
        authority: CertificateAuthority, server: CertificateAuthority.Issued, client: CertificateAuthority.Issued
    ) {
        self.init(
            authority: authority.certificate, serverCertificate: server.certificate, serverKey: server.key,
            clientCertificate: client.certificate, clientKey: client.key)
    }

    init(
        authority: [UInt8], serverCertificate: [UInt8], serverKey: [UInt8], clientCertificate: [UInt8],
        clientKey: [UInt8]
    ) {
        self.authority = authority
        self.serverCertificate = serverCertificate
        self.serverKey = serverKey
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }

    /// A context for a client that the registry lets in.
    ///
    /// - Parameter resumesSessions: Whether a second connection may resume the first one's session, which halves the
    ///   cost of its handshake.
    public func clientContext(resumesSessions: Bool = true) throws -> TLSContext {
        try TLSContext(
            TLSConfiguration {
                $0.trust = .pem(authority)
                $0.credential = .pem(certificate: clientCertificate, key: clientKey)
                $0.resumesSessions = resumesSessions
            })
    }

    /// The registry's own context: it asks clients for a certificate of its authority.
    func serverContext(handshakeTimeout: Duration) throws -> TLSContext {
        try TLSContext(
            TLSConfiguration {
                $0.trust = .pem(authority)
                $0.credential = .pem(certificate: serverCertificate, key: serverKey)
                $0.requiresClientCertificate = true
                $0.handshakeTimeout = handshakeTimeout
            })
    }
}

extension RegistryPKI: CustomStringConvertible, CustomReflectable {
    /// What it is, without the keys.
    public var description: String { "RegistryPKI(for \(Self.hosts.joined(separator: ", ")))" }

    /// What `dump` shows: not the keys.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
