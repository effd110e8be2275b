/// Takes the first message out of the queue. The reply's `messageQueue` tells of the next.
public struct AcknowledgeMessage: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `AcknowledgeMessage`
    public static let name = "AcknowledgeMessage"
    /// It removes the message.
    public var isReadOnly: Bool { false }

    /// The message's identifier, from the queue of the poll's reply.
    public var id: String

    /// The acknowledgement of a message.
    public init(_ id: String) {
        self.id = id
    }

    /// Checks the identifier.
    public func validate() throws {
        try Validation.token(id, "msgID", 1...Int.max)
    }

    /// Writes `<poll op="ack" msgID="…"/>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("poll", .init("op", "ack"), .init("msgID", id))
    }
}
