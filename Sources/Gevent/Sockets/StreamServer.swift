/// Accepts connections and runs a handler for each in a greenlet of its own. gevent's `StreamServer`.
///
/// ```swift
/// let server = try StreamServer(on: .loopback(port: 0)) { socket, address in
///     while let line = try socket.receiveLine() { try socket.sendAll(line + "\n") }
/// }
/// try server.serveForever()
/// ```
///
/// A connection is closed when its handler returns or throws; what it throws is reported to the hub, as the error of a
/// greenlet that has the peer's address as its name and was spawned where the server was made, and the server goes on. With a pool, no connection is accepted while the pool is full; those that come wait in the backlog.
///
/// Where accepting fails (no descriptors left, say), the error is reported and the server tries again after 0.01 s, then
/// after twice as long each time, 1 s at most. `EBADF`, `EINVAL` and `ENOTSOCK`, which no waiting mends, end it. All of
/// that can be set in `limits`.
public final class StreamServer {
    private let loop: ServerLoop
    private let pool: Pool?

    /// Where it listens, also after it was stopped; with the port that it got.
    public let address: SocketAddress

    /// A server on a socket that listens, which becomes its own.
    ///
    /// - Parameters:
    ///   - pool: Where the handlers' greenlets live, and how many there are at most; nil, the default: any number. It
    ///     should be the server's own: `stop` ends its members.
    ///   - handler: Is given each connection, which it may keep no longer than it runs, and the peer's address.
    public init(
        _ listener: Socket, pool: Pool? = nil, handler: @escaping (Socket, SocketAddress) throws -> Void,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        self.pool = pool
        address = (try? listener.localAddress) ?? .unix("")
        loop = ServerLoop(listener, pool, name: "StreamServer(\(address))", at: Site(file, line)) {
            guard let (socket, address) = try listener.acceptNoWait() else { return nil }
            return (
                address,
                {
                    defer { socket.close() }
                    try handler(socket, address)
                }
            )
        }
    }

    /// A server on an address, where it listens from now on; connections are accepted once it is started.
    ///
    /// - Parameter backlog: How many connections wait to be accepted; 128 as in gevent.
    public convenience init(
        on address: SocketAddress, backlog: Int = 128, pool: Pool? = nil,
        handler: @escaping (Socket, SocketAddress) throws -> Void, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        self.init(
            try .listen(on: address, backlog: backlog), pool: pool, handler: handler, file: file, line: line)
    }

    /// Its manners; gevent's at first.
    public var limits: ServerLimits {
        get { loop.limits }
        set { loop.limits = newValue }
    }

    /// Whether it was started and not stopped since.
    public var isStarted: Bool { loop.isStarted }

    /// Whether its pool is full, so that connections wait. gevent's `full`.
    public var isFull: Bool { pool?.isFull ?? false }

    /// Begins to accept connections. Never parks. Nothing happens if it has begun; throws a `SocketError` with `EBADF`
    /// if it was stopped, since its listener is closed then.
    public func start() throws { try loop.start() }

    /// Accepts again after `stopAccepting()`. Never parks.
    public func startAccepting() { loop.setAccepting(true) }

    /// Accepts no connections for a while: those that come wait in the backlog, those that were accepted go on. Never
    /// parks.
    public func stopAccepting() { loop.setAccepting(false) }

    /// Starts it and waits until it is stopped. Parks the calling greenlet.
    ///
    /// Throws what ended the server if that was an error. If the waiting greenlet is interrupted, the server is stopped.
    @available(*, noasync)
    public func serveForever() throws { try loop.serveForever() }

    /// Closes the listener and ends the handlers. Parks the calling greenlet while they end.
    ///
    /// With a pool its members have `timeout` (`limits.stopTimeout`, 1 s, by default) to end, and are then killed, which
    /// may take a second more. Without one the connections that were accepted go on. Fidelity: as in gevent.
    @available(*, noasync)
    public func stop(timeout: Duration? = nil) throws { try loop.stop(timeout: timeout) }

    /// Closes the listener and accepts no more. Never parks; connections that were accepted go on. Idempotent.
    public func close() { loop.close() }
}

@available(*, unavailable) extension StreamServer: Sendable {}
