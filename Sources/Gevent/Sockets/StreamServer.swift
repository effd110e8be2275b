internal import Glibc

/// Accepts connections and runs a handler for each in a greenlet of its own. gevent's `StreamServer`.
///
/// ```swift
/// let server = try StreamServer(on: .loopback(port: 0)) { socket, address in
///     while let line = try socket.receiveLine() { try socket.sendAll(line + "\n") }
/// }
/// try server.serveForever()
/// ```
///
/// A connection is closed when its handler returns or throws; what it throws is reported to the hub, and the server
/// goes on. With a pool, no connection is accepted while the pool is full; those that come wait in the backlog.
///
/// Where accepting fails (no descriptors left, say), the error is reported and the server tries again after 0.01 s, then
/// after twice as long each time, 1 s at most. `EBADF`, `EINVAL` and `ENOTSOCK`, which no waiting mends, end it.
public final class StreamServer {
    private let core: Core
    private let listener: Socket
    private let pool: Pool?
    private let handler: (Socket, SocketAddress) throws -> Void
    private var acceptor: Greenlet<Void>?
    private let stopped = Event()
    /// What ended it.
    private var failure: SocketError?

    /// Where it listens, also after it was stopped; with the port that it got.
    public let address: SocketAddress

    /// How many connections are accepted before others have their turn.
    static let maximumAccepts = 100
    static let minimumDelay = Duration.milliseconds(10)
    static let maximumDelay = Duration.seconds(1)
    /// gevent's `stop_timeout`.
    static let stopTimeout = Duration.seconds(1)
    static let fatalErrors: Set<Int32> = [EBADF, EINVAL, ENOTSOCK]

    /// A server on a socket that listens, which becomes its own.
    ///
    /// - Parameters:
    ///   - pool: Where the handlers' greenlets live, and how many there are at most; nil, the default: any number. It
    ///     should be the server's own: `stop` ends its members.
    ///   - handler: Is given each connection, which it may keep no longer than it runs, and the peer's address.
    public init(
        _ listener: Socket, pool: Pool? = nil, handler: @escaping (Socket, SocketAddress) throws -> Void
    ) {
        core = listener.core
        self.listener = listener
        self.pool = pool
        self.handler = handler
        address = (try? listener.localAddress) ?? .unix("")
    }

    /// A server on an address, where it listens from now on; connections are accepted once it is started.
    ///
    /// - Parameter backlog: How many connections wait to be accepted; 128 as in gevent.
    public convenience init(
        on address: SocketAddress, backlog: Int = 128, pool: Pool? = nil,
        handler: @escaping (Socket, SocketAddress) throws -> Void
    ) throws {
        self.init(try .listen(on: address, backlog: backlog), pool: pool, handler: handler)
    }

    /// Whether it accepts connections.
    public var isStarted: Bool { acceptor != nil }

    /// Begins to accept connections. Never parks. Nothing happens if it has begun; throws a `SocketError` with `EBADF`
    /// if it was stopped, since its listener is closed then.
    public func start() throws {
        _ = try listener.usableDescriptor()
        guard acceptor == nil else { return }
        stopped.clear()
        let acceptor = Greenlet<Void> { [self] in try acceptForEver() }
        acceptor.name = "StreamServer(\(address))"
        self.acceptor = acceptor
        acceptor.start()
    }

    /// Starts it and waits until it is stopped. Parks the calling greenlet.
    ///
    /// Throws what ended the server if that was an error. If the waiting greenlet is interrupted, the server is stopped.
    @available(*, noasync)
    public func serveForever() throws {
        try start()
        do {
            _ = try stopped.wait()
        } catch {
            close()
            throw error
        }
        if let failure { throw failure }
    }

    /// Closes the listener and ends the handlers. Parks the calling greenlet while they end.
    ///
    /// With a pool its members have `timeout` (1 s by default) to end, and are then killed, which may take a second
    /// more. Without one the connections that were accepted go on. Fidelity: as in gevent.
    @available(*, noasync)
    public func stop(timeout: Duration? = nil) throws {
        close()
        guard let pool else { return }
        if try !pool.join(timeout: timeout ?? Self.stopTimeout) {
            try pool.kill(timeout: Self.stopTimeout)
        }
    }

    /// Closes the listener and accepts no more. Never parks; connections that were accepted go on. Idempotent.
    public func close() {
        core.checkThread()
        listener.close()
        acceptor?.killNoWait()
        acceptor = nil
        stopped.set()
    }

    // MARK: In the acceptor's greenlet

    private func acceptForEver() throws {
        var delay = Self.minimumDelay
        while true {
            do {
                try acceptSome()
                delay = Self.minimumDelay
            } catch let error as SocketError {
                // Closed by `close()`: that is no failure.
                if listener.isClosed { return }
                core.pointee.hub.takeUnretainedValue().report(error, .watcher)
                if let code = error.errno, Self.fatalErrors.contains(code) {
                    failure = error
                    close()
                    return
                }
                try sleep(for: delay)
                delay = min(delay * 2, Self.maximumDelay)
            }
        }
    }

    /// What one readiness brings, some connections at most; then others have their turn.
    private func acceptSome() throws {
        for _ in 0..<Self.maximumAccepts {
            while let pool, pool.isFull { try pool.waitAvailable() }
            guard let (socket, address) = try listener.acceptNoWait() else {
                try listener.waitReadable(until: nil)
                return
            }
            // Nothing parks between here and the spawn, so no kill can lose the connection, and the pool has room.
            try spawnHandler(socket, address)
        }
        try yieldTurn(core)
    }

    private func spawnHandler(_ socket: Socket, _ address: SocketAddress) throws {
        let handler = handler
        let body = {
            defer { socket.close() }
            try handler(socket, address)
        }
        if let pool {
            try pool.spawnNoWait(body)
        } else {
            Greenlet.spawn(body)
        }
    }
}

@available(*, unavailable) extension StreamServer: Sendable {}
