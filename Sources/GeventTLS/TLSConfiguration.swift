/// What a ``TLSContext`` is made from. Every default is the safe one: `TLSConfiguration()` verifies the server's chain
/// against the machine's authorities and its host name, with TLS 1.2 at least.
///
///     let context = try TLSContext(TLSConfiguration {
///         $0.credential = .files(certificate: "client.pem", key: "client.key")
///         $0.trust = .file("ca.pem")
///     })
public struct TLSConfiguration: Sendable {
    /// The oldest version to accept. TLS 1.2 by default.
    public var minimumVersion: TLSVersion = .v1_2

    /// The newest version to offer; nil, the default, is the newest there is.
    public var maximumVersion: TLSVersion?

    /// Which ciphers TLS 1.2 may use, in both roles; a server's own order counts. The good ones by default.
    public var cipherSuites: TLSCipherSuites = .modern

    /// The certificate and key of this side; nil by default. A server needs one.
    public var credential: TLSCredential?

    /// Who vouches for the other side. The machine's authorities by default.
    public var trust: TLSTrust = .system

    /// Whether the other side's certificates are looked up in lists of revoked ones. They are not by default.
    public var revocation: TLSRevocation = .unchecked

    /// How much a client checks of a server. Everything by default.
    public var verification: TLSVerification = .full

    /// Whether a server refuses clients that show no certificate, or one that ``trust`` does not vouch for. False by
    /// default, and then clients are not asked for one. A client that is refused sees it as a ``TLSError``: in the
    /// handshake with TLS 1.2, at its first read with TLS 1.3.
    public var requiresClientCertificate = false

    /// The application protocols (ALPN) to offer or accept, the preferred one first. None by default. A server that has
    /// some refuses a client that offers only others.
    public var applicationProtocols: [String] = []

    /// How long a handshake may take as a whole; nil for as long as it takes. 30 seconds by default: long for any
    /// network, and short enough that a peer that says nothing does not hold a server's greenlet for ever.
    public var handshakeTimeout: Duration? = .seconds(30)

    /// Whether connections to the same host and port resume an earlier session, which halves the cost of the handshake
    /// and repeats no certificate. True by default. In a server: whether sessions are given out; the key of its tickets
    /// lives as long as the context, so make a new one now and then where TLS 1.2 is to keep no secret for longer.
    public var resumesSessions = true

    /// The defaults.
    public init() {}

    /// The defaults, changed by a closure.
    public init(_ configure: (inout TLSConfiguration) -> Void) {
        configure(&self)
    }
}
