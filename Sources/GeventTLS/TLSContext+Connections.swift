public import Gevent

extension TLSContext {
    /// Connects and shakes hands. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - address: Where to connect.
    ///   - serverHostname: The name that the server's certificate must be for, and that is sent to the server (SNI); by
    ///     default the address's host, be it a name or an IP address. A Unix socket has none, so it must be given there.
    ///     Letters beyond ASCII must be encoded (IDNA): `xn--bcher-kva.example`.
    ///   - timeout: How long resolving the name may take, each attempt to connect, and then the handshake, where the
    ///     configuration's `handshakeTimeout` is not shorter; nil, the default, sets no limit of its own. It stays the
    ///     socket's ``TLSSocket/timeout``.
    /// - Throws: `SocketError` when there is no connection, `SocketTimeout`, ``TLSError`` when the handshake fails.
    @available(*, noasync)
    public func connect(
        to address: SocketAddress, serverHostname: String? = nil, timeout: Duration? = nil
    ) throws -> TLSSocket {
        // Before anybody is asked where it is.
        let name = try (serverHostname ?? address.host).map(ServerName.init)
        let socket = try Socket.connect(to: address, timeout: timeout)
        return try startClient(socket, name, place: Self.place(of: address), timeout)
    }

    /// Connects to a host and shakes hands, checking that the server's certificate is for it. Parks the calling
    /// greenlet. See ``connect(to:serverHostname:timeout:)``.
    @available(*, noasync)
    public func connect(host: String, port: Int, timeout: Duration? = nil) throws -> TLSSocket {
        let name = try ServerName(host)
        let socket = try Socket.connect(host: host, port: port, timeout: timeout)
        return try startClient(socket, name, place: String(port), timeout)
    }

    /// Turns a plain connection into an encrypted one, as its client: STARTTLS. Parks the calling greenlet. Python's
    /// `wrap_socket(server_hostname=)`.
    ///
    /// - Parameters:
    ///   - socket: It is the `TLSSocket`'s from here on, and closed if this throws.
    ///   - serverHostname: The name that the server's certificate must be for.
    @available(*, noasync)
    public func wrap(_ socket: Socket, serverHostname: String) throws -> TLSSocket {
        let name: ServerName
        do {
            name = try ServerName(serverHostname)
        } catch {
            socket.close()
            throw error
        }
        return try startClient(socket, name, place: Self.place(ofPeerOf: socket), socket.timeout)
    }

    /// Turns a connection that a listener accepted into an encrypted one, as its server. Parks the calling greenlet.
    /// Python's `wrap_socket(server_side=True)`.
    ///
    /// - Parameter socket: It is the `TLSSocket`'s from here on, and closed if this throws.
    @available(*, noasync)
    public func accept(_ socket: Socket) throws -> TLSSocket {
        try start(socket, socket.timeout) {
            try Engine.server(self, descriptor: socket.rawDescriptor)
        }
    }

    private func startClient(_ socket: Socket, _ name: ServerName?, place: String?, _ timeout: Duration?) throws
        -> TLSSocket
    {
        try start(socket, timeout) {
            try Engine.client(self, descriptor: socket.rawDescriptor, serverName: name, place: place)
        }
    }

    private func start(_ socket: Socket, _ timeout: Duration?, _ makeEngine: () throws -> Engine) throws -> TLSSocket {
        let engine: Engine
        do {
            guard !socket.isClosed else { throw SocketError(errno: Wire.closedNumber) }
            engine = try makeEngine()
        } catch {
            socket.close()
            throw error
        }
        Self.sendWithoutDelay(socket)
        return try TLSSocket(socket, engine, timeout: Self.shorter(timeout, configuration.handshakeTimeout))
    }

    /// A TLS record is written whole, so waiting for more to send with it (Nagle) only costs: the first request after a
    /// handshake would wait for the acknowledgement of the handshake's last message, up to 40 ms.
    private static func sendWithoutDelay(_ socket: Socket) {
        // Fails on what is not TCP, where there is no such delay.
        try? socket.setOption(.noDelay, true)
    }

    private static func shorter(_ one: Duration?, _ other: Duration?) -> Duration? {
        guard let one else { return other }
        guard let other else { return one }
        return min(one, other)
    }

    private static func place(of address: SocketAddress) -> String? {
        switch address {
        case .host(_, let port): String(port)
        case .unix(let path): path
        }
    }

    private static func place(ofPeerOf socket: Socket) -> String? {
        (try? socket.peerAddress).flatMap(place(of:))
    }
}
