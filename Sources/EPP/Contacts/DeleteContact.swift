/// Deletes a contact.
public struct DeleteContact: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `DeleteContact`
    public static let name = "DeleteContact"
    /// It deletes.
    public var isReadOnly: Bool { false }

    /// The contact's identifier.
    public var id: String

    /// The deletion of a contact.
    public init(_ id: String) {
        self.id = id
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        id = try element.parameter("id", in: .contact, "contact:id")
    }

    /// Checks the identifier.
    public func validate() throws {
        try Validation.clientID(id, "contact:id")
    }

    /// Writes `<delete>…</delete>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("delete") { writer in
            writer.element("contact:delete", .init("xmlns:contact", .contact)) { $0.element("contact:id", id) }
        }
    }
}
