import Gevent

/// How long each step of a connection to a registry may take; nil for ever.
public struct TransportTimeouts: Sendable, Hashable {
    /// Connecting, the name's resolution included.
    public var connect: Duration?
    /// The TLS handshake.
    public var handshake: Duration?
    /// Sending one document.
    public var send: Duration?
    /// Receiving one document, from when it is due to its last byte.
    public var receive: Duration?

    /// The same limit for every step; 5 seconds by default.
    public init(_ limit: Duration? = .seconds(5)) {
        self.init(connect: limit, handshake: limit, send: limit, receive: limit)
    }

    /// A limit for each step.
    public init(connect: Duration?, handshake: Duration?, send: Duration?, receive: Duration?) {
        self.connect = connect
        self.handshake = handshake
        self.send = send
        self.receive = receive
    }

    /// How long it may take in all until a session is logged in; nil where a step has no limit.
    var untilLoggedIn: Duration? {
        guard let connect, let handshake, let send, let receive else { return nil }
        return connect.bounded + handshake.bounded + send.bounded + receive.bounded * 2
    }
}
