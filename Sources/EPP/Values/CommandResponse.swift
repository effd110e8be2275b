/// A registry's answer to a command.
///
/// `Data` is what belongs to the command; a command without data of its own has `Never`.
public struct CommandResponse<Data: Sendable>: Sendable {
    /// The results: one, or several where the registry found several things wrong. Never empty.
    public var results: [CommandResult] {
        didSet { if results.isEmpty { fatalError("a response has at least one result") } }
    }
    /// What belongs to the command; nil where it failed, or where the registry had nothing to say.
    public var data: Data?
    /// The state of the message queue, where the registry tells it.
    public var messageQueue: MessageQueue?
    /// The elements in `extension`, each as XML that stands by itself.
    public var extensions: [String] {
        didSet { extensionElements.list = nil }
    }
    /// The identifier that the client gave the command; not every registry gives it back.
    public var clientTransactionID: String?
    /// The identifier that the registry gave the command.
    public var serverTransactionID: String?

    /// What was wrong with the reply, and did not keep it from being read; empty for most.
    public var flaws: [ReplyFlaw] = []

    /// The extensions as elements of the document that they came in, where they did.
    var extensionElements = ExtensionElements()
    /// The elements `resData` of the document that the response came in, where it did.
    var source = ExtensionElements()

    /// A response, as a registry or a test makes it.
    ///
    /// - Precondition: there is at least one result.
    public init(
        results: [CommandResult], data: Data? = nil, messageQueue: MessageQueue? = nil, extensions: [String] = [],
        clientTransactionID: String? = nil, serverTransactionID: String? = nil
    ) {
        if results.isEmpty { fatalError("a response has at least one result") }
        self.results = results
        self.data = data
        self.messageQueue = messageQueue
        self.extensions = extensions
        self.clientTransactionID = clientTransactionID
        self.serverTransactionID = serverTransactionID
    }

    /// The code of the first result.
    public var code: ResultCode {
        results[0].code
    }

    /// The message of the first result.
    public var message: String {
        results[0].message
    }

    /// Did the registry do what was asked?
    public var isSuccess: Bool {
        code.isSuccess
    }
}

extension CommandResponse: Equatable where Data: Equatable {}

extension CommandResponse: Hashable where Data: Hashable {}
