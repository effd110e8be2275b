/// Receives messages and runs a handler for each in a greenlet of its own. gevent's `DatagramServer`.
///
/// ```swift
/// let server = try DatagramServer(on: .loopback(port: 0)) { data, address, server in
///     try server.send(data, to: address)
/// }
/// try server.serveForever()
/// ```
///
/// What a handler throws is reported to the hub, and the server goes on. With a pool, nothing is received while the pool
/// is full; what comes waits in the socket's buffer, and is lost where that is full. Errors of receiving are treated as
/// `StreamServer` treats those of accepting.
public final class DatagramServer {
    private let loop: ServerLoop
    private let pool: Pool?
    private let socket: Socket
    /// One message at a time: handlers may answer at once.
    private let sending: CountingSemaphore

    /// Where it receives, also after it was stopped; with the port that it got.
    public let address: SocketAddress

    /// A server on a datagram socket that is bound, which becomes its own.
    ///
    /// - Parameters:
    ///   - pool: Where the handlers' greenlets live, and how many there are at most; nil, the default: any number. It
    ///     should be the server's own: `stop` ends its members.
    ///   - maximumSize: How many bytes of a message are given to the handler; longer ones lose their end. The default,
    ///     65,536, is more than UDP carries. (gevent's is 8,192.)
    ///   - handler: Is given each message, its sender's address, and the server, to answer by.
    public init(
        _ socket: Socket, pool: Pool? = nil, maximumSize: Int = 65_536,
        handler: @escaping ([UInt8], SocketAddress, DatagramServer) throws -> Void,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        require(socket.kind != .stream, "a DatagramServer needs a datagram socket")
        require(maximumSize > 0, "a DatagramServer cannot receive \(maximumSize) bytes")
        self.socket = socket
        self.pool = pool
        sending = CountingSemaphore(1)
        address = (try? socket.localAddress) ?? .unix("")
        var room = [UInt8](repeating: 0, count: maximumSize)
        let server = WeakServer()
        loop = ServerLoop(socket, pool, name: "DatagramServer(\(address))", at: Site(file, line)) {
            let received = try room.withUnsafeMutableBytes { try socket.receiveFromNoWait(into: $0) }
            // The loop keeps the server while it is started.
            guard let received, let server = server.value else { return nil }
            return (received.address, { try handler(received.bytes, received.address, server) })
        }
        server.value = self
    }

    /// A server on an address, where messages are kept for it from now on; they are received once it is started.
    public convenience init(
        on address: SocketAddress, pool: Pool? = nil, maximumSize: Int = 65_536,
        handler: @escaping ([UInt8], SocketAddress, DatagramServer) throws -> Void,
        file: StaticString = #fileID, line: UInt = #line
    ) throws {
        self.init(
            try .datagram(on: address), pool: pool, maximumSize: maximumSize, handler: handler, file: file, line: line)
    }

    /// Its manners; gevent's at first.
    public var limits: ServerLimits {
        get { loop.limits }
        set { loop.limits = newValue }
    }

    /// Whether it was started and not stopped since.
    public var isStarted: Bool { loop.isStarted }

    /// Whether its pool is full, so that messages wait. gevent's `full`.
    public var isFull: Bool { pool?.isFull ?? false }

    /// Sends a message from the server's address and returns how many bytes that were. Parks the calling greenlet while
    /// there is no room for it, or another handler is sending. gevent's `sendto`.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: some Sequence<UInt8>, to address: SocketAddress) throws -> Int {
        try sending.withPermit { try socket.send(bytes, to: address) }
    }

    /// Sends a text as UTF-8 from the server's address. Parks as the form for bytes does.
    @available(*, noasync) @discardableResult
    public func send(_ text: String, to address: SocketAddress) throws -> Int {
        try send(text.utf8, to: address)
    }

    /// Begins to receive. Never parks. Nothing happens if it has begun; throws a `SocketError` with `EBADF` if it was
    /// stopped, since its socket is closed then.
    public func start() throws { try loop.start(keeping: self) }

    /// Receives again after `stopAccepting()`. Never parks.
    public func startAccepting() { loop.setAccepting(true) }

    /// Receives nothing for a while: what comes waits in the socket's buffer. Never parks.
    public func stopAccepting() { loop.setAccepting(false) }

    /// Starts it and waits until it is stopped. Parks the calling greenlet.
    ///
    /// Throws what ended the server if that was an error. If the waiting greenlet is interrupted, the server is stopped.
    @available(*, noasync)
    public func serveForever() throws {
        try start()
        try loop.serveForever()
    }

    /// Closes the socket and ends the handlers, as `StreamServer.stop(timeout:)` does. Parks the calling greenlet while
    /// they end.
    @available(*, noasync)
    public func stop(timeout: Duration? = nil) throws { try loop.stop(timeout: timeout) }

    /// Closes the socket and receives no more. Never parks; handlers go on, but cannot answer. Idempotent.
    public func close() { loop.close() }
}

@available(*, unavailable) extension DatagramServer: Sendable {}

/// The way from the loop's closure to the server, which it must not hold.
private final class WeakServer {
    weak var value: DatagramServer?
}
