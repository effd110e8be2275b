/// Which half of a connection `Socket.shutDown(_:)` ends.
public enum ShutdownDirection: Sendable {
    /// Nothing more is received.
    case reading
    /// Nothing more is sent; the peer sees the end of the stream.
    case writing
    /// Neither.
    case both
}
