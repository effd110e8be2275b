internal import Glibc

/// The name a client asked for: what SNI sends, what the certificate must be for, what sessions are kept under.
///
/// Strict, since OpenSSL is not: to it `.example.gov` stands for every name beneath, and a name beyond ASCII goes out as
/// it is. Such names are not encoded here, because IDNA is more than Punycode: its tables of characters are the caller's
/// library's affair, and a wrong guess would be another host.
enum ServerName: Hashable {
    case host(String)
    /// In a form that inet_pton reads, without zone.
    case address(String)

    /// - Throws: `TLSError` with the reason `.invalidServerName`.
    init(_ text: String) throws {
        // The root's dot is in no certificate, and RFC 6066 forbids it in SNI.
        let bare = text.hasSuffix(".") ? String(text.dropLast()) : text
        // A zone (fe80::1%eth0) is this machine's matter and in no certificate.
        let address = text.contains(":") ? String(text.prefix { $0 != "%" }) : text
        if !text.utf8.contains(0), Self.isAddress(address) {
            self = .address(address)
        } else if let fault = Self.fault(bare) {
            throw TLSError(.invalidServerName(text), "\"\(text)\" is no host name: \(fault)")
        } else {
            self = .host(bare)
        }
    }

    var text: String {
        switch self {
        case .host(let name), .address(let name): name
        }
    }

    /// What is wrong with a host's name; nil where nothing is.
    ///
    /// - Parameter mayBeWildcard: Whether it stands in a certificate, where its first label may be `*`.
    static func fault(_ name: String, mayBeWildcard: Bool = false) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.contains(where: { $0 >= 0x80 }) {
            return "it has letters beyond ASCII; give the name in its encoded form, with labels such as xn--bcher-kva"
        }
        if name.utf8.count > 253 { return "it is longer than 253 characters" }
        var labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[...]
        if mayBeWildcard, labels.first?.contains(UInt8(ascii: "*")) == true { labels = labels.dropFirst() }
        for label in labels {
            if label.isEmpty { return "it has a dot with no label before or behind it" }
            if label.count > 63 { return "a label of it is longer than 63 characters" }
            if !label.allSatisfy(isNameByte) { return "it has other characters than letters, digits, hyphens and dots" }
        }
        if let last = labels.last, last.allSatisfy({ 0x30...0x39 ~= $0 }) {
            return "its last label is a number, and it is no IP address"
        }
        return nil
    }

    /// Underscores are in no host's name by the standards, and in some all the same.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
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
