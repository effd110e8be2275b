public import EPP
import Gevent
public import GeventTLS

/// EPP over TLS over TCP (RFC 5734): one connection to a registry, and the frames on it.
///
/// EPPLib's `SocketTransport`, with the repairs that a pool needs: a header or a document may come in pieces of any
/// size, a frame's length is capped before anything is kept, reading is linear, and each of connecting, shaking hands,
/// sending a document and receiving one has a time limit of its own. One greenlet may send while another receives. A
/// receive that fails, runs out of time or is interrupted by a `Timeout` or a kill closes the transport: what has come
/// of the reply cannot be told from the next one.
public final class TLSTransport: Transport {
    /// The registry's host name or address. The server's certificate must be for it.
    public let host: String
    /// The registry's port.
    public let port: Int
    /// How long connecting, the handshake, sending one document and receiving one may take each. What is changed holds
    /// for what begins afterwards.
    public var timeouts: TransportTimeouts

    private let context: TLSContext
    private let frameLimit: Int
    private var state = State.unconnected
    private var decoder: FrameDecoder
    private var piece: [UInt8] = []

    private enum State {
        /// Nothing was tried yet, or what was tried failed. Becomes `open`.
        case unconnected
        /// Documents can pass. Becomes `closed`.
        case open(TLSSocket)
        /// Of no more use, with the reason that later callers are told. Becomes `open` by connecting anew.
        case closed(TransportError)
    }

    /// A transport that is not connected yet.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port, 700 by default.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeout: How long each of connecting with the handshake, sending one document and receiving one may take;
    ///     5 seconds by default, nil for ever.
    public convenience init(host: String, port: Int = 700, context: TLSContext, timeout: Duration? = .seconds(5)) {
        self.init(host: host, port: port, context: context, timeouts: TransportTimeouts(timeout))
    }

    /// The same with another cap on a frame's length.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeout: How long each step may take, nil for ever.
    ///   - frameLimit: The longest frame that is accepted, in bytes.
    public convenience init(host: String, port: Int, context: TLSContext, timeout: Duration?, frameLimit: Int) {
        self.init(
            host: host, port: port, context: context, timeouts: TransportTimeouts(timeout), frameLimit: frameLimit)
    }

    /// The same with a time limit for each step.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port, 700 by default.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeouts: How long each step may take.
    ///   - frameLimit: The longest frame that is accepted, in bytes; 1 MiB by default.
    public init(
        host: String, port: Int = 700, context: TLSContext, timeouts: TransportTimeouts,
        frameLimit: Int = Frame.defaultLimit
    ) {
        self.host = host
        self.port = port
        self.context = context
        self.timeouts = timeouts
        self.frameLimit = frameLimit
        decoder = FrameDecoder(limit: frameLimit)
    }

    /// One time limit for every step: what was set last, the receive's where they differ.
    public var timeout: Duration? {
        get { timeouts.receive }
        set { timeouts = TransportTimeouts(newValue) }
    }

    /// Connects and shakes hands, verifying the server's certificate. Parks the calling greenlet.
    ///
    /// - Throws: `TransportError`, its cause a `SocketError`: `AddressError` where the name has no address, `TLSError`
    ///   where the certificate is refused, `SocketTimeout`.
    @available(*, noasync)
    public func connect() throws {
        if case .open = state { throw TransportError("\(host):\(port) is connected already") }
        do {
            let socket = try connectSocket()
            socket.timeout = timeouts.handshake
            let stream = try context.wrap(socket, serverHostname: host)
            decoder = FrameDecoder(limit: frameLimit)
            state = .open(stream)
        } catch let error as SocketError {
            throw TransportError("cannot connect to \(host):\(port)", cause: error)
        }
    }

    /// One time limit over the name's resolution and all the addresses that it gives.
    private func connectSocket() throws -> Socket {
        guard let limit = timeouts.connect else { return try Socket.connect(host: host, port: port) }
        let socket = try withTimeout(limit, silently: true) {
            try Socket.connect(host: host, port: port, timeout: limit)
        }
        guard let socket else { throw SocketTimeout("no connection within \(limit)") }
        return socket
    }

    /// Sends one document in a frame. Parks the calling greenlet.
    ///
    /// - Throws: `TransportError`; the transport is closed then, and after a `Timeout` or a kill too.
    @available(*, noasync)
    public func send(_ document: [UInt8]) throws {
        let socket = try opened()
        do {
            socket.timeout = timeouts.send
            try socket.sendAll(Frame.encode(document))
        } catch {
            throw fail(error, on: socket, "cannot send to \(host):\(port)")
        }
    }

    /// The next document. Parks the calling greenlet.
    ///
    /// - Throws: `TransportError`, its cause a `SocketError` or a `FrameError`; the transport is closed then, and after
    ///   a `Timeout` or a kill too.
    @available(*, noasync)
    public func receive() throws -> [UInt8] { try receive(within: nil) }

    /// The next document, within another limit than `timeouts` has; nil for that one. Parks the calling greenlet.
    ///
    /// - Throws: As `receive()` does.
    @available(*, noasync)
    public func receive(within limit: Duration?) throws -> [UInt8] {
        let socket = try opened()
        do {
            return try nextDocument(from: socket, within: limit ?? timeouts.receive)
        } catch {
            throw fail(error, on: socket, "no reply from \(host):\(port)")
        }
    }

    /// Ends the connection at once. Whoever waits on it gets a `TransportError`.
    public func close() {
        close(because: TransportError("the connection to \(host):\(port) is closed"))
    }

    private func nextDocument(from socket: TLSSocket, within limit: Duration?) throws -> [UInt8] {
        if let document = try decoder.next() { return document }
        // The limit is one for the whole document: a server that sends a byte every few seconds gains nothing by it.
        let clock = Hub.current.clock
        let deadline = limit.map { clock.now.advanced(by: $0) }
        // Set anew before each wait: a greenlet that sends meanwhile sets its own.
        var left = limit
        while true {
            socket.timeout = left
            if piece.isEmpty { piece = [UInt8](repeating: 0, count: 16_384) }
            let count = try socket.receive(into: &piece)
            guard count > 0 else {
                try decoder.finish()
                throw SocketError("the server closed the connection")
            }
            decoder.append(piece[..<count])
            if let document = try decoder.next() {
                return document
            }
            if let deadline {
                let rest = clock.now.duration(to: deadline)
                guard rest > .zero else { throw SocketTimeout("timed out inside a reply") }
                left = rest
            }
        }
    }

    private func opened() throws -> TLSSocket {
        switch state {
        case .open(let socket): return socket
        case .unconnected: throw TransportError("\(host):\(port) is not connected yet")
        case .closed(let reason): throw reason
        }
    }

    /// Closes, whatever the error is, and gives it as what the caller shall see.
    private func fail(_ error: any Error, on socket: TLSSocket, _ what: String) -> any Error {
        // Closed and connected again by others meanwhile: the new connection is not concerned.
        if case .open(let current) = state, current !== socket {
            return error is SocketError ? TransportError(what, cause: error) : error
        }
        guard error is SocketError || error is FrameError else {
            close(
                because: TransportError("the connection to \(host):\(port) was closed, a reply having been interrupted")
            )
            return error
        }
        // Somebody else's `close` woke this greenlet: the reason given there is the better one.
        if case .closed(let reason) = state { return reason }
        let failure = TransportError(what, cause: error)
        close(because: failure)
        return failure
    }

    private func close(because reason: TransportError) {
        if case .closed = state { return }
        let previous = state
        state = .closed(reason)
        piece = []
        if case .open(let socket) = previous { socket.close() }
    }
}

@available(*, unavailable)
extension TLSTransport: Sendable {}
