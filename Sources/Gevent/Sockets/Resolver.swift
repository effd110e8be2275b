internal import EventLoop
internal import Glibc

/// Turns addresses of users into those of the system.
///
/// Numeric ones are read in place: a thread would cost 70 to 115 µs. Names go through `getaddrinfo` on the hub's thread
/// pool, which keeps its depth off the greenlet's stack and its waiting off the hub.
enum Resolver {
    /// All that an address stands for, in the order to try them; never empty. Parks the calling greenlet if the host is
    /// a name, until `deadline` at most.
    static func resolve(
        _ core: Core, _ address: SocketAddress, passive: Bool = false, until deadline: Deadline = .never
    ) throws -> [RawAddress] {
        switch address {
        case .unix(let path):
            return [try RawAddress(path: path)]
        case .host(let host, let port):
            guard let portNumber = UInt16(exactly: port) else {
                throw AddressError("port \(port) of \"\(host)\" is not within 0...65535")
            }
            if let numeric = RawAddress(numeric: host, port: portNumber) { return [numeric] }
            guard !host.isEmpty, !host.utf8.contains(0) else {
                throw AddressError("\"\(host)\" is not the name of a host")
            }
            // The system would ask for these bytes as they are, which is nobody's name.
            guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw AddressError(
                    "\"\(host)\" has letters beyond ASCII: give the name in its encoded form, as xn--bcher-kva")
            }
            let pool = core.pointee.hub.takeUnretainedValue().threadPool
            // `lookUp` is run quietly: a name that does not exist is the caller's to handle, not the hub's to report.
            guard let addresses = try pool.applyQuietly(until: deadline, { try lookUp(host, portNumber, passive) })
            else { throw SocketTimeout("timed out while resolving \"\(host)\"") }
            return addresses
        }
    }

    /// `getaddrinfo`; blocks the thread.
    private static func lookUp(_ host: String, _ port: UInt16, _ passive: Bool) throws -> [RawAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = passive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let systemError = Glibc.errno
            throw AddressError(
                "cannot resolve \"\(host)\": \(String(cString: gai_strerror(code)))",
                errno: code == EAI_SYSTEM ? systemError : nil)
        }
        defer { freeaddrinfo(list) }
        var addresses: [RawAddress] = []
        var entry = list
        // Safe: the list is getaddrinfo's and is freed after the loop; the addresses are copied.
        while let current = entry?.pointee {
            if let address = current.ai_addr { addresses.append(RawAddress(address, current.ai_addrlen)) }
            entry = current.ai_next
        }
        guard !addresses.isEmpty else { throw AddressError("\"\(host)\" has no address") }
        return addresses
    }
}
