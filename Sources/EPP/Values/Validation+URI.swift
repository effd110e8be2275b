extension Validation {
    /// A URI that names a service, as the schemas' type `anyURI` has it: a relative one too, for a greeting may offer
    /// what it likes, and a login has to repeat it.
    static func uri(_ value: String, _ field: String) throws(InvalidValue) {
        try token(value, field, 1...1024)
        let bytes = Array(value.utf8)
        var fragments = 0
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "%"):
                guard bytes.count > place + 2, bytes[(place + 1)...(place + 2)].allSatisfy(isHexadecimal) else {
                    throw InvalidValue(field: field, reason: "has a % without two hexadecimal digits")
                }
            case UInt8(ascii: "#"):
                fragments += 1
            case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
                UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: "\\"),
                UInt8(ascii: "^"), UInt8(ascii: "`"):
                throw InvalidValue(field: field, reason: "has a space or another character that no URI has")
            default: continue
            }
        }
        guard fragments <= 1, hasScheme(bytes), hasPort(bytes) else {
            throw InvalidValue(field: field, reason: "is no URI, such as urn:ietf:params:xml:ns:domain-1.0")
        }
    }

    /// Is what stands before the first colon a scheme, or is the colon behind the first part of a path?
    private static func hasScheme(_ uri: [UInt8]) -> Bool {
        guard let colon = uri.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let start = uri[..<colon]
        if start.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            return true
        }
        return start.first.map { 0x61...0x7A ~= $0 | 0x20 } == true
            && start.allSatisfy { byte in
                0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || [0x2B, 0x2D, 0x2E].contains(byte)
            }
    }

    /// Is the port of the host, where there is one, a number?
    private static func hasPort(_ uri: [UInt8]) -> Bool {
        var rest = uri[...]
        if let colon = uri.firstIndex(of: UInt8(ascii: ":")), !uri[..<colon].contains(UInt8(ascii: "/")) {
            rest = uri[(colon + 1)...]
        }
        guard rest.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) else { return true }
        let authority = rest.dropFirst(2).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        let host = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        guard let colon = host.firstIndex(of: UInt8(ascii: ":")) else { return true }
        return host[(colon + 1)...].allSatisfy { 0x30...0x39 ~= $0 }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        0x30...0x39 ~= byte || 0x61...0x66 ~= byte | 0x20
    }
}
