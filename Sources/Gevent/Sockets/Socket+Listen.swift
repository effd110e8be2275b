internal import EventLoop
internal import Glibc

extension Socket {
    /// Listens on an address; port 0 takes a free one, see `localAddress`.
    ///
    /// Sets `SO_REUSEADDR`, so that a server can be started again at once. Parks the calling greenlet only if the host
    /// is a name, which it then resolves. The file of a Unix socket is the caller's to remove.
    ///
    /// - Parameters:
    ///   - backlog: How many connections wait to be accepted; 128 as in gevent.
    ///   - reusesPort: Sets `SO_REUSEPORT`: several sockets, also of several processes, may listen on one port; false by
    ///     default.
    public static func listen(
        on address: SocketAddress, backlog: Int = 128, reusesPort: Bool = false
    ) throws -> Socket {
        let core = HubCore.current
        var lastError: (any Error)?
        for raw in try Resolver.resolve(core, address, passive: true) {
            do {
                let socket = try open(raw.family, .stream, core)
                if raw.family != AF_UNIX { try socket.setOption(.reuseAddress, true) }
                if reusesPort { try socket.setOption(.reusePort, true) }
                guard raw.withPointer({ Glibc.bind(socket.descriptor, $0, $1) }) == 0,
                    Glibc.listen(socket.descriptor, Int32(clamping: backlog)) == 0
                else {
                    throw SocketError("listening on \(address)", errno: Glibc.errno)
                }
                return socket
            } catch {
                lastError = error
            }
        }
        throw lastError ?? AddressError("\(address) has no address")
    }

    /// Takes a connection: its socket, which has no timeout, and the peer's address. Parks the calling greenlet while
    /// there is none.
    @available(*, noasync)
    public func accept() throws -> (Socket, SocketAddress) {
        var address = RawAddress()
        let descriptor = try performReading(.timeout(timeout), "accepting") { listener in
            Int(Self.acceptConnection(listener, &address))
        }
        return (Socket(prepared: Int32(descriptor), core), address.address)
    }

    /// The same without waiting; nil where there is none.
    package func acceptNoWait() throws -> (Socket, SocketAddress)? {
        var address = RawAddress()
        let descriptor = Self.acceptConnection(try usableDescriptor(), &address)
        guard descriptor >= 0 else {
            if Glibc.errno == EAGAIN { return nil }
            throw SocketError("accepting", errno: Glibc.errno)
        }
        return (Socket(prepared: descriptor, core), address.address)
    }

    /// `accept4(2)`, past the connections that broke before they were taken.
    private static func acceptConnection(_ listener: Int32, _ address: inout RawAddress) -> Int32 {
        while true {
            let descriptor = address.withMutable { pointer, length in
                acceptDescriptor(listener, pointer, &length)
            }
            if descriptor >= 0 || !brokenConnections.contains(Glibc.errno) { return descriptor }
        }
    }

    /// accept(2): errors of the new connection, to be treated like EAGAIN by trying again.
    private static let brokenConnections: Set<Int32> = [
        EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH,
    ]
}
