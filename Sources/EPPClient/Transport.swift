/// What carries the documents of one EPP session: one connection, documents in order in both directions.
///
/// EPPLib's `Transport`. `TLSTransport` is the one for a registry; another one can be given to `EPPSession.init`, for
/// tests or for a registry that is reached in another way. A transport must report every failure of the connection as a
/// `SocketError` (`TransportError` is one), so that a pool discards on it, and must be of no more use after one: a
/// document half read would make the next reply somebody else's.
public protocol Transport: AnyObject {
    /// Connects. Parks the calling greenlet.
    @available(*, noasync)
    func connect() throws

    /// Sends one XML document, framing it as the transport does. Parks the calling greenlet.
    @available(*, noasync)
    func send(_ document: [UInt8]) throws

    /// The next XML document from the server. Parks the calling greenlet.
    @available(*, noasync)
    func receive() throws -> [UInt8]

    /// The next XML document from the server, within another time limit than the transport's own; nil for its own. Parks
    /// the calling greenlet. A transport without limits need not have it.
    @available(*, noasync)
    func receive(within limit: Duration?) throws -> [UInt8]

    /// Ends the connection at once, waking whoever waits on it. Can be called again, and at any time.
    func close()
}

extension Transport {
    /// `receive()`, whatever the limit. Parks the calling greenlet.
    @available(*, noasync)
    public func receive(within limit: Duration?) throws -> [UInt8] { try receive() }
}
