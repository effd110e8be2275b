/// Asks for a contact to be transferred, or decides on such a request. Printing it does not show the authorization.
public struct TransferContact: TransactionCommand, Hashable {
    /// The state of the transfer.
    public typealias ReplyData = ContactTransfer
    /// `TransferContact`
    public static let name = "TransferContact"
    /// Only a query changes nothing.
    public var isReadOnly: Bool { operation == .query }

    /// What is to be done.
    public var operation: TransferOperation
    /// The contact's identifier.
    public var id: String
    /// What the registry wants to see.
    public var authorization: Authorization?

    /// A transfer's request, query or end.
    public init(
        _ operation: TransferOperation, _ id: String, authorization: String? = nil
    ) {
        self.operation = operation
        self.id = id
        self.authorization = authorization.map { Authorization($0) }
    }

    /// A transfer's request, query or end with an authorization of any kind.
    public init(
        _ operation: TransferOperation, _ id: String, authorization: Authorization
    ) {
        self.init(operation, id)
        self.authorization = authorization
    }

    init(_ operation: TransferOperation, _ element: XMLTree.Element) throws {
        self.init(operation, try element.parameter("id", in: .contact, "contact:id"))
        authorization = element.child("authInfo", in: .contact).flatMap { Authorization($0, in: .contact) }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.clientID(id, "contact:id")
        try authorization?.validate("contact:pw")
    }

    /// Writes `<transfer>…</transfer>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("transfer", .init("op", operation.rawValue)) { writer in
            try writer.element("contact:transfer", .init("xmlns:contact", .contact)) { writer in
                writer.element("contact:id", id)
                try authorization?.encodeForContact(to: &writer)
            }
        }
    }
}
