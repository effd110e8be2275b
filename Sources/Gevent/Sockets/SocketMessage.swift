/// What `Socket.receiveMessage` gives. What Python's `recvmsg` returns.
public struct SocketMessage: Sendable {
    /// The bytes; none at the end of a stream, or where they went into the caller's buffers.
    public let bytes: [UInt8]
    /// How many bytes were received.
    public let count: Int
    /// The descriptors that came with them: close-on-exec, and yours to close.
    public let descriptors: [Int32]
    /// Who sent it; nil where the sender has no address, or the system does not tell.
    public let address: SocketAddress?
    /// Whether the end of a message was lost because it did not fit. Never of a stream.
    public let isTruncated: Bool
    /// Whether more descriptors came than were asked for; those are closed.
    public let areDescriptorsTruncated: Bool
}
