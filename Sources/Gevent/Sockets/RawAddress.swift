internal import Glibc

/// An address as the system has it: `struct sockaddr` in its largest form.
struct RawAddress: Sendable {
    // Sendable: plain bytes.
    private var storage = sockaddr_storage()
    private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
    var family: Int32 { Int32(storage.ss_family) }

    /// The port of an `AF_INET` or `AF_INET6` address, which both have in one place.
    var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// Room for an address, for `withMutable`.
    init() {}

    /// A copy of what the system gave.
    init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        self.length = min(length, self.length)
        let count = Int(self.length)
        withUnsafeMutableBytes(of: &storage) { bytes in
            // Safe: the caller's address has `length` bytes, of which no more are taken than fit.
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count))
        }
    }

    /// A host that is numeric; nil if it is a name.
    init?(numeric host: String, port: UInt16) {
        // C would read the part before it.
        if host.utf8.contains(0) { return nil }
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            self.init(copying: v4)
            return
        }
        // fe80::1%eth0: the part behind the sign is an interface, by name or number.
        let parts = host.split(separator: "%", maxSplits: 1)
        var v6 = sockaddr_in6()
        guard let address = parts.first, inet_pton(AF_INET6, String(address), &v6.sin6_addr) == 1 else { return nil }
        if parts.count == 2 {
            v6.sin6_scope_id = if_nametoindex(String(parts[1]))
            if v6.sin6_scope_id == 0 {
                guard let number = UInt32(parts[1]) else { return nil }
                v6.sin6_scope_id = number
            }
        }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        self.init(copying: v6)
    }

    /// A Unix socket's path.
    init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        let isAbstract = bytes.first == 0
        guard bytes.count < room else {
            throw AddressError("the path of a Unix socket has \(room - 1) bytes at most, this one has \(bytes.count)")
        }
        guard isAbstract || !bytes.contains(0) else { throw AddressError("the path of a Unix socket contains a NUL") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.init(copying: address)
        // An abstract name has no terminating NUL, but its length says where it ends.
        let header = MemoryLayout<sockaddr_un>.size - room
        length = socklen_t(header + bytes.count + (isAbstract || bytes.isEmpty ? 0 : 1))
    }

    /// Any of the system's address structures, all of which are plain bytes.
    private init<Address>(copying address: Address) {
        length = socklen_t(MemoryLayout<Address>.size)
        withUnsafeBytes(of: address) { bytes in
            // Safe: a sockaddr_storage has room for each of them.
            withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        }
    }

    /// For `bind` and `connect`.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            // Safe: a sockaddr_storage is made to be seen as any sockaddr.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// For `getsockname` and `accept`, which write an address and its length.
    mutating func withMutable<Result>(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result) -> Result {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            // Safe: as above, and `length` tells how much room there is.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    /// As users see it.
    var address: SocketAddress {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                // Safe: the family says which structure it is, and the storage has room for each.
                var v4 = bytes.loadUnaligned(as: sockaddr_in.self)
                return .host(Self.text(AF_INET, &v4.sin_addr), port: Int(UInt16(bigEndian: v4.sin_port)))
            case AF_INET6:
                var v6 = bytes.loadUnaligned(as: sockaddr_in6.self)
                var host = Self.text(AF_INET6, &v6.sin6_addr)
                if v6.sin6_scope_id != 0 { host += "%\(v6.sin6_scope_id)" }
                return .host(host, port: Int(UInt16(bigEndian: v6.sin6_port)))
            default:
                return .unix(path(bytes))
            }
        }
    }

    private func path(_ bytes: UnsafeRawBufferPointer) -> String {
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        guard family == AF_UNIX, Int(length) > offset else { return "" }
        let path = bytes[offset..<min(Int(length), bytes.count)]
        let name = path.first == 0 ? path[...] : path.prefix { $0 != 0 }
        return String(decoding: name, as: UTF8.self)
    }

    private static func text(_ family: Int32, _ address: UnsafeRawPointer) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            // Safe: the buffer has the room that the system asks for.
            guard let text = inet_ntop(family, address, buffer.baseAddress, socklen_t(buffer.count)) else { return "" }
            return String(cString: text)
        }
    }
}
