public import Gevent

extension StreamServer {
    /// A server whose connections are encrypted: each is accepted, shakes hands in a greenlet of its own, and is given to
    /// the handler, after which it is closed. gevent's `StreamServer(…, **ssl_args)`.
    ///
    /// A handshake that fails ends that connection only. It is reported as a handler's error is, to the hub's
    /// `onUnhandledError`, unless `onHandshakeFailure` takes it.
    ///
    /// - Parameters:
    ///   - listener: What to accept from.
    ///   - context: It needs a credential.
    ///   - pool: Where the greenlets come from; while it is full nothing is accepted. nil for no limit.
    ///   - onHandshakeFailure: Told of each handshake that fails, in the connection's greenlet.
    ///   - handler: What to do with a connection.
    public convenience init(
        _ listener: Socket, context: TLSContext, pool: Pool? = nil,
        onHandshakeFailure: ((any Error, SocketAddress) -> Void)? = nil,
        handler: @escaping (TLSSocket, SocketAddress) throws -> Void, file: StaticString = #fileID, line: UInt = #line
    ) {
        let accepted = { (socket: Socket, address: SocketAddress) throws -> Void in
            let stream: TLSSocket
            do {
                stream = try context.accept(socket)
            } catch {
                try rethrowInterruption(error)
                guard let onHandshakeFailure else { throw error }
                return onHandshakeFailure(error, address)
            }
            defer { stream.close() }
            try handler(stream, address)
        }
        self.init(listener, pool: pool, handler: accepted, file: file, line: line)
    }

    /// The same on an address, where it listens from now on.
    ///
    /// - Parameter backlog: How many connections wait to be accepted; 128 as in gevent.
    public convenience init(
        on address: SocketAddress, context: TLSContext, backlog: Int = 128, pool: Pool? = nil,
        onHandshakeFailure: ((any Error, SocketAddress) -> Void)? = nil,
        handler: @escaping (TLSSocket, SocketAddress) throws -> Void, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        self.init(
            try .listen(on: address, backlog: backlog), context: context, pool: pool,
            onHandshakeFailure: onHandshakeFailure, handler: handler, file: file, line: line)
    }
}
