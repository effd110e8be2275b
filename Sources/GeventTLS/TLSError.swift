public import Gevent

/// What went wrong in TLS: in the configuration, the handshake, or the encrypted connection.
///
/// It is a `SocketError`, as `ssl.SSLError` is an `OSError`, so a pool discards a connection on it. A time limit that
/// passes is a `SocketTimeout` instead, and what the network says (a reset) a plain `SocketError`.
///
///     catch let error as TLSError where error.reason == .certificateExpired { … }
public final class TLSError: SocketError, @unchecked Sendable {
    // Safe (@unchecked Sendable): every stored property is a constant of a Sendable type.

    /// What kind of failure it is.
    public enum Reason: Sendable, Hashable {
        /// The peer's chain does not end at a trusted authority, or is broken; OpenSSL's text says how.
        case certificateVerifyFailed(String)
        /// The peer's certificate, or one of its chain, is no longer valid.
        case certificateExpired
        /// The peer's certificate, or one of its chain, is not valid yet.
        case certificateNotYetValid
        /// The peer's certificate, or one of its chain, has been revoked.
        case certificateRevoked
        /// The server's certificate is not for the host that was asked for.
        case hostnameMismatch(String)
        /// In a server: the client gave no certificate although one is required.
        case clientCertificateMissing
        /// The peer ended the connection with an alert. A refused or missing client certificate shows as one.
        case peerAlert(TLSAlert)
        /// No version of TLS in common.
        case protocolVersion
        /// The peer does not speak TLS.
        case notTLS
        /// The connection ended without the TLS end mark (close_notify): data may be missing.
        case truncated
        /// The peer closed the connection, or broke the protocol, before the handshake was over.
        case handshakeFailed
        /// The key's passphrase is wrong, or missing; or what takes none is encrypted.
        case wrongPassphrase
        /// The private key does not belong to the certificate.
        case keyMismatch
        /// What was given as the server's name is none: empty, with a leading dot, with letters beyond ASCII that are
        /// not encoded, too long, a wildcard.
        case invalidServerName(String)
        /// A file cannot be read.
        case unreadableFile(String)
        /// A certificate, key, trust or other setting cannot be used.
        case invalidConfiguration
        /// The peer broke the protocol after the handshake, or something else failed inside OpenSSL.
        case protocolError
    }

    /// What kind of failure it is.
    public let reason: Reason

    /// An error of a kind, with its text.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        super.init(message, errno: nil)
    }
}
