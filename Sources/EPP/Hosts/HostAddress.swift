/// The address of a host.
public struct HostAddress: Sendable, Hashable {
    /// The version of the internet protocol.
    public enum Version: String, Sendable, Hashable {
        /// IPv4
        case v4
        /// IPv6
        case v6
    }

    /// The address as it is written.
    public var text: String
    /// Its version.
    public var version: Version

    /// An address; one with a colon is of version 6.
    public init(_ text: String) {
        self.init(text, version: text.utf8.contains(UInt8(ascii: ":")) ? .v6 : .v4)
    }

    /// An address of a given version.
    public init(_ text: String, version: Version) {
        self.text = text
        self.version = version
    }

    init(_ element: XMLTree.Element) {
        self.init(element.token, version: element.tokenAttribute("ip").flatMap(Version.init) ?? .v4)
    }

    /// Reads the addresses among the children of an element of the host mapping.
    static func decodeAll(from element: XMLTree.Element) -> [HostAddress] {
        element.children.filter { $0.isNamed("addr", in: .host) }.map { HostAddress($0) }
    }

    /// Writes a `host:addr` for each.
    static func encodeAll(_ addresses: [HostAddress], to writer: inout XMLWriter) {
        for address in addresses {
            writer.element("host:addr", .init("ip", address.version.rawValue), text: address.text)
        }
    }

    func validate(_ field: String) throws(InvalidValue) {
        // The schema leaves out `::`, which is no host's.
        guard text.utf8.count >= 3, version == .v4 ? Self.isVersion4(text.utf8[...]) : isVersion6 else {
            throw InvalidValue(field: field, reason: "is no address of IP\(version.rawValue)")
        }
    }

    private static func isVersion4(_ text: Substring.UTF8View) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard 1...3 ~= part.count, part.allSatisfy({ 0x30...0x39 ~= $0 }) else { return false }
                guard part.count == 1 || part.first != 0x30 else { return false }
                return part.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 255
            }
    }

    private var isVersion6: Bool {
        var groups = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard groups.count >= 3 else { return false }
        var needed = 8
        if let last = groups.last, last.contains(UInt8(ascii: ".")) {
            guard Self.isVersion4(last) else { return false }
            groups.removeLast()
            needed = 6
        }
        // A :: leaves one empty group, and a second one beside it at either end of the address.
        if let first = groups.first, first.isEmpty {
            guard groups.count > 1, groups[1].isEmpty else { return false }
            groups.removeFirst()
        }
        if needed == 8, let last = groups.last, last.isEmpty {
            guard groups.count == 1 || groups[groups.count - 2].isEmpty else { return false }
            if groups.count > 1 { groups.removeLast() }
        }
        let gaps = groups.count { $0.isEmpty }
        guard gaps == 0 ? groups.count == needed : gaps == 1 && groups.count <= needed else { return false }
        return groups.allSatisfy { group in
            group.count <= 4 && group.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 | 0x20 }
        }
    }
}
