internal import EventLoop
internal import Glibc

extension SocketAddress {
    /// All addresses that a host's name stands for, in the order in which to try them. Parks the calling greenlet while
    /// a thread of the hub's pool looks them up; numeric ones need none. Python's `getaddrinfo`, and with its first
    /// result's host `gethostbyname`.
    ///
    /// Throws an `AddressError` where there is none, and a `SocketTimeout` when `timeout` is over; the thread goes on
    /// then, and so it does after a kill.
    @available(*, noasync)
    public static func resolve(host: String, port: Int = 0, timeout: Duration? = nil) throws -> [SocketAddress] {
        try SocketAddress.host(host, port: port).resolve(timeout: timeout)
    }

    /// The numeric addresses that this one stands for. See `resolve(host:port:timeout:)`; a Unix address is itself.
    @available(*, noasync)
    public func resolve(timeout: Duration? = nil) throws -> [SocketAddress] {
        let core = HubCore.current
        var seen: Set<SocketAddress> = []
        return try Resolver.resolve(core, self, until: deadline(core, timeout)).map(\.address)
            .filter { seen.insert($0).inserted }
    }

    /// What this numeric address is called. Parks the calling greenlet while a thread of the hub's pool looks it up.
    /// Python's `getnameinfo`, `gethostbyaddr`.
    ///
    /// - Parameter requiresName: Whether a host without a name is an `AddressError`, instead of its number; false by
    ///   default.
    @available(*, noasync)
    public func nameInfo(requiresName: Bool = false, timeout: Duration? = nil) throws -> NameInfo {
        let core = HubCore.current
        let raw = try numeric()
        let address = self
        let pool = core.pointee.hub.takeUnretainedValue().threadPool
        let flags = requiresName ? NI_NAMEREQD : 0
        guard let info = try pool.applyQuietly(until: deadline(core, timeout), { try raw.nameInfo(address, flags) })
        else { throw SocketTimeout("timed out while looking up the name of \(self)") }
        return info
    }
}

extension RawAddress {
    /// `getnameinfo`; blocks the thread.
    fileprivate func nameInfo(_ address: SocketAddress, _ flags: Int32) throws -> NameInfo {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: 256)
        let code = withPointer {
            getnameinfo($0, $1, &host, socklen_t(host.count), &service, socklen_t(service.count), flags)
        }
        guard code == 0 else {
            let systemError = Glibc.errno
            throw AddressError(
                "cannot find the name of \(address): \(String(cString: gai_strerror(code)))",
                errno: code == EAI_SYSTEM ? systemError : nil)
        }
        return NameInfo(host: Self.text(host), service: Self.text(service))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
