internal import COpenSSL

/// Which ciphers TLS 1.2 may use. Those of TLS 1.3 are good, all of them, and are not chosen here.
public enum TLSCipherSuites: Sendable, Hashable {
    /// A key exchange of which nothing is left once the connection is over (ECDHE), and ciphers that encrypt and
    /// authenticate in one (AES-GCM, ChaCha20-Poly1305). The default: every TLS 1.2 library since 2014 has them.
    case modern
    /// Also a key exchange by the server's RSA key, and CBC ciphers with SHA-1: for a registry that has nothing better.
    /// Whoever gets hold of the server's key can read what was recorded earlier.
    case legacy

    /// OpenSSL's words for them, the preferred one first.
    var list: String {
        switch self {
        case .modern: "ECDHE+AESGCM:ECDHE+CHACHA20"
        case .legacy: "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:DHE+AES:RSA+AES:!aNULL:!eNULL:!PSK:!SRP"
        }
    }

    /// The least strength of keys and signatures, in OpenSSL's numbers: 2 is 112 bits, RSA with 2048, no SHA-1 in
    /// signatures. A machine's own configuration may ask for more.
    private static let securityLevel: Int32 = 2

    func apply(to context: OpaquePointer) throws {
        guard SSL_CTX_set_cipher_list(context, list) == 1 else {
            throw OpenSSL.error(.invalidConfiguration, "these ciphers cannot be set")
        }
        SSL_CTX_set_security_level(context, max(Self.securityLevel, SSL_CTX_get_security_level(context)))
        // The server's order: clients come in all ages.
        _ = SSL_CTX_set_options(context, CSSL_OPTION_SERVER_PREFERENCE)
    }
}
