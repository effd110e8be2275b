/// Ends the session. The registry answers 1500 and closes the connection.
public struct Logout: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `Logout`
    public static let name = "Logout"
    /// It ends the session.
    public var isReadOnly: Bool { false }

    /// The command.
    public init() {}

    /// Writes `<logout/>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("logout")
    }
}
