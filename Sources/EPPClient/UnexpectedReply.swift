/// A reply that does not belong to the command it came for: the stream is out of step, and every later reply would be
/// somebody else's. The cause of the `TransportError` that ends such a session.
public struct UnexpectedReply: Error, Sendable, Hashable, CustomStringConvertible {
    /// The transaction identifier that was sent, nil for a hello.
    public let expected: String?
    /// The transaction identifier that came, nil for a greeting.
    public let received: String?

    /// Both identifiers in one line.
    public var description: String {
        switch (expected, received) {
        case (let sent?, let came?): "the reply is for transaction \(came), not for \(sent)"
        case (let sent?, nil): "a greeting came where the reply for transaction \(sent) was due"
        case (nil, let came?): "a reply for transaction \(came) came where none was due"
        case (nil, nil): "a reply came where none was due"
        }
    }
}
