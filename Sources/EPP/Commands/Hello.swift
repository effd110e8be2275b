/// Asks for the greeting. Answered at any time, before login too, so it proves that the connection lives but not that
/// the session does.
public struct Hello: Command, Hashable {
    /// The greeting.
    public typealias Reply = Greeting
    /// `Hello`
    public static let name = "Hello"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The command.
    public init() {}

    /// Writes `<hello/>`, which has no transaction identifier.
    public func encode(to writer: inout XMLWriter, transactionID: String?) throws {
        writer.element("hello")
    }

    /// Makes the greeting of what the registry sent.
    public func decode(_ message: ServerMessage) throws -> Greeting {
        try message.greeting()
    }
}
