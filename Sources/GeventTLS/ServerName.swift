internal import Glibc

/// The name a client asked for: what SNI sends, what the certificate must be for, what sessions are kept under.
enum ServerName: Hashable {
    case host(String)
    /// In a form that inet_pton reads, without zone.
    case address(String)

    /// nil for an empty name, or one with a NUL byte, which C would cut short.
    init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(0) else { return nil }
        // A zone (fe80::1%eth0) is this machine's matter and in no certificate.
        let bare = text.prefix { $0 != "%" }
        if Self.isAddress(String(bare)) {
            self = .address(String(bare))
            return
        }
        // The root's dot is in no certificate either, and RFC 6066 forbids it in SNI.
        let host = text.hasSuffix(".") ? String(text.dropLast()) : text
        guard !host.isEmpty else { return nil }
        self = .host(host)
    }

    var text: String {
        switch self {
        case .host(let name), .address(let name): name
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        var storage = in6_addr()
        // Safe: inet_pton writes at most 16 bytes, which in6_addr has, and reads a NUL-terminated string.
        return withUnsafeMutablePointer(to: &storage) { pointer in
            inet_pton(AF_INET, text, pointer) == 1 || inet_pton(AF_INET6, text, pointer) == 1
        }
    }
}
