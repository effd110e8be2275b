/// What any response may say about the client's message queue.
public struct MessageQueue: Sendable, Hashable {
    /// How many messages wait.
    public var count: Int
    /// The identifier of the first, with which it is acknowledged; empty where the registry leaves it out, as some do
    /// for an empty queue.
    public var id: String
    /// When the first was queued; only a poll says so.
    public var date: Timestamp?
    /// What the first says, plain or as XML; only a poll says so.
    public var message: String?
    /// The language of the message, `en` where the registry does not say.
    public var language: String

    /// A queue to be told of.
    public init(count: Int, id: String, date: Timestamp? = nil, message: String? = nil, language: String = "en") {
        self.count = count
        self.id = id
        self.date = date
        self.message = message
        self.language = language
    }
}

extension MessageQueue {
    init(_ element: XMLTree.Element, _ parts: inout XMLParts) throws(ParsingError) {
        guard let text = element.attribute("count"), let count = Int(XMLTree.Element.collapse(text)), count >= 0 else {
            throw element.error("msgQ has no count")
        }
        // Some registries leave it out where the queue is empty.
        guard let id = element.attribute("id") ?? (element.tree.isTolerant ? "" : nil) else {
            throw element.error("msgQ has no id")
        }
        let message = element.child("msg", in: .epp)
        self.init(
            count: count, id: XMLTree.Element.collapse(id),
            date: element.token(of: "qDate", in: .epp).map(Timestamp.init), message: try message?.mixedText(&parts),
            language: message?.attribute("lang") ?? "en")
    }

    func encode(to writer: inout XMLWriter) {
        let attributes = [.init("count", String(count)), XMLWriter.Attribute("id", ifPresent: id.isEmpty ? nil : id)]
        writer.element("msgQ", attributes: attributes) { writer in
            writer.element("qDate", ifPresent: date?.text)
            if let message { CommandResult.encode(message, language: language, as: "msg", to: &writer) }
        }
    }
}
