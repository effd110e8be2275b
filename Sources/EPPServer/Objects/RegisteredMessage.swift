public import EPP

/// A message that waits in a registrar's queue at an embedded registry.
public struct RegisteredMessage: Sendable, Hashable {
    /// The identifier, which the registry gives.
    public internal(set) var id = ""
    /// The client identifier of the registrar that it is for.
    public let recipient: String
    /// When it was queued.
    public internal(set) var date = Timestamp("")
    /// What it says for people.
    public var text: String
    /// What it is about, where that is told in a form of the protocol.
    public var data: PollData?
    /// Who changed the object in `data` and why; told to a registrar that has named RFC 8590's extension at its login.
    public var change: ChangePoll?

    /// A message, to be put into a queue.
    public init(_ text: String, for recipient: String, data: PollData? = nil, change: ChangePoll? = nil) {
        self.text = text
        self.recipient = recipient
        self.data = data
        self.change = change
    }
}
