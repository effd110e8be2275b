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
            try writer.elementUnlessEmpty("extension") { try encodeExtensions(to: &$0) }
            writer.element("clTRID", ifPresent: transactionID)
        }
    }

    /// Makes the response of what the registry sent.
    public func decode(_ message: ServerMessage) throws -> CommandResponse<ReplyData> {
        try message.response(of: ReplyData.self)
    }
}
