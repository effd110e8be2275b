public import EPP

/// A message out of the registry's queue.
public struct PolledMessage: Sendable {
    /// Its identifier, with which it is acknowledged.
    public let id: String
    /// How many messages wait, this one included.
    public let count: Int
    /// The registry's reply: the data (`data`), the extensions, what the queue says (`messageQueue`).
    public let response: CommandResponse<PollData>

    /// nil where the reply has no message.
    init?(_ response: CommandResponse<PollData>) {
        guard let queue = response.messageQueue, !queue.id.isEmpty else { return nil }
        id = queue.id
        count = queue.count
        self.response = response
    }

    /// When it was queued.
    public var date: Timestamp? { response.messageQueue?.date }

    /// What it says for people, plain or as XML.
    public var text: String? { response.messageQueue?.message }

    /// What it is about, where it says so in a form that is known; the first of `elements` else.
    public var data: PollData? { response.data ?? elements.first }

    /// Each element of its data, in order; one that is not known or cannot be read is `PollData.other`.
    public var elements: [PollData] { response.elements }

    /// Each element of its data as XML.
    public var xml: [String] { response.dataXML }
}
