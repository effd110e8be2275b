/// A certificate and its private key, by which this side proves who it is: a server always has one, a client where the
/// server asks for it.
///
/// Both are PEM. The certificate may be followed by the intermediate certificates that lead to the authority. The key
/// may be encrypted; the passphrase and the key appear in no description, dump or log.
public struct TLSCredential: Sendable {
    enum Source: Sendable {
        case files(certificate: String, key: String)
        case pem(certificate: [UInt8], key: [UInt8])
    }

    let source: Source
    let passphrase: String?

    /// Certificate and key from two PEM files (the same path twice for one file with both), which are read when a
    /// ``TLSContext`` is made, and again for each further context.
    public static func files(certificate: String, key: String, passphrase: String? = nil) -> TLSCredential {
        TLSCredential(source: .files(certificate: certificate, key: key), passphrase: passphrase)
    }

    /// Certificate and key as PEM text.
    public static func pem(certificate: [UInt8], key: [UInt8], passphrase: String? = nil) -> TLSCredential {
        TLSCredential(source: .pem(certificate: certificate, key: key), passphrase: passphrase)
    }
}

extension TLSCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where the credential comes from, without the secrets.
    public var description: String {
        switch source {
        case .files(let certificate, let key): "TLSCredential(certificate: \(certificate), key: \(key))"
        case .pem: "TLSCredential(PEM)"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// An empty mirror, so that `dump` shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
