/// Asks for the first message in the queue. It stays there until it is acknowledged.
///
/// The reply has the code 1301 and the message in `messageQueue`, or 1300 where the queue is empty.
public struct Poll: TransactionCommand, Hashable {
    /// What the message is about, where it says so in a form that is known.
    public typealias ReplyData = PollData
    /// `Poll`
    public static let name = "Poll"
    /// It changes nothing: the message stays.
    public var isReadOnly: Bool { true }

    /// The command.
    public init() {}

    /// Writes `<poll op="req"/>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("poll", .init("op", "req"))
    }
}
