internal import COpenSSL

/// An alert of the TLS protocol (RFC 8446, 6), by which a peer says why it ends a connection.
public struct TLSAlert: Sendable, Hashable, CustomStringConvertible {
    /// The alert's number on the wire.
    public let code: UInt8

    /// The alert with a number.
    public init(code: UInt8) {
        self.code = code
    }

    /// No common parameters; with TLS 1.2 also the answer to a missing client certificate.
    public static let handshakeFailure = TLSAlert(code: 40)
    /// The certificate is broken.
    public static let badCertificate = TLSAlert(code: 42)
    /// The certificate is not valid at this time.
    public static let certificateExpired = TLSAlert(code: 45)
    /// No trusted authority vouches for the certificate.
    public static let unknownCA = TLSAlert(code: 48)
    /// No version of the protocol in common.
    public static let protocolVersion = TLSAlert(code: 70)
    /// A client certificate was asked for and not given (TLS 1.3).
    public static let certificateRequired = TLSAlert(code: 116)
    /// No application protocol in common.
    public static let noApplicationProtocol = TLSAlert(code: 120)

    /// The alert's name, as "unknown CA".
    public var description: String {
        // OpenSSL 3.0 has no text for these two.
        switch self {
        case .certificateRequired: return "certificate required"
        case .noApplicationProtocol: return "no application protocol"
        default: break
        }
        // Safe: OpenSSL answers with a static string for any number.
        guard let text = SSL_alert_desc_string_long(Int32(code)) else { return "alert \(code)" }
        let name = String(cString: text)
        return name == "unknown" ? "alert \(code)" : name
    }
}
