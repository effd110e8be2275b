internal import COpenSSL

/// A version of the TLS protocol. Older ones (SSL 3, TLS 1.0, TLS 1.1) are not offered and not accepted.
public enum TLSVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// TLS 1.2 (RFC 5246).
    case v1_2
    /// TLS 1.3 (RFC 8446).
    case v1_3

    /// "TLS 1.2" or "TLS 1.3".
    public var description: String {
        switch self {
        case .v1_2: "TLS 1.2"
        case .v1_3: "TLS 1.3"
        }
    }

    /// The version's number on the wire.
    var wireNumber: Int32 {
        switch self {
        case .v1_2: TLS1_2_VERSION
        case .v1_3: TLS1_3_VERSION
        }
    }
}
