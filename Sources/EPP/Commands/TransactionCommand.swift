/// A command that is answered by a response: all but `Hello`. A command of one's own has to write its verb, and to say
/// what the data of the response is:
///
///     struct CheckHost: TransactionCommand {
///         typealias ReplyData = [HostAvailability]
///         static let name = "CheckHost"
///         var isReadOnly: Bool { true }
///         var hosts: [String]
///
///         func encodeVerb(to writer: inout XMLWriter) throws {
///             writer.element("check") { writer in
///                 writer.element("host:check", .init("xmlns:host", .host)) { writer in
///                     for host in hosts { writer.element("host:name", host) }
///                 }
///             }
///         }
///     }
public protocol TransactionCommand<ReplyData>: Command where Reply == CommandResponse<ReplyData> {
    /// What stands in the response's `resData`; `Never` where nothing does.
    associatedtype ReplyData: ResponseData

    /// Writes the verb: `<check>…</check>`.
    ///
    /// - Throws: `InvalidValue` for a value that cannot be written.
    func encodeVerb(to writer: inout XMLWriter) throws

    /// Writes what stands in the element `extension`; nothing by default.
    ///
    /// - Throws: `InvalidValue` for a value that cannot be written.
    func encodeExtensions(to writer: inout XMLWriter) throws
}

extension TransactionCommand {
    /// Writes no extension.
    public func encodeExtensions(to writer: inout XMLWriter) throws {}

    /// Writes the element `command`: verb, extensions, transaction identifier.
    public func encode(to writer: inout XMLWriter, transactionID: String?) throws {
        try writer.element("command") { writer in
            try encodeVerb(to: &writer)
            let more = isAboutObject ? writer.commandExtensions : []
            try writer.elementUnlessEmpty("extension") { writer in
                try encodeExtensions(to: &writer)
                for item in more { try item.encode(to: &writer) }
            }
            writer.element("clTRID", ifPresent: transactionID)
        }
    }

    /// Has it an object, and so a place for what a registry wants with each?
    private var isAboutObject: Bool {
        ![Login.name, Logout.name, Poll.name, AcknowledgeMessage.name].contains(Self.name)
    }

    /// Makes the response of what the registry sent.
    public func decode(_ message: ServerMessage) throws -> CommandResponse<ReplyData> {
        try message.response(of: ReplyData.self)
    }
}
