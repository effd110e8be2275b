/// Asks whether contacts can be created.
public struct CheckContact: TransactionCommand, Hashable {
    /// One entry for each identifier.
    public typealias ReplyData = [ContactAvailability]
    /// `CheckContact`
    public static let name = "CheckContact"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The identifiers.
    public var ids: [String]

    /// A check of some identifiers.
    public init(_ ids: String...) {
        self.ids = ids
    }

    /// A check of some identifiers. Registries limit how many.
    public init(ids: [String]) {
        self.ids = ids
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        ids = try element.parameters("id", in: .contact, "contact:id")
    }

    /// Checks that there are identifiers, and that each is one.
    public func validate() throws {
        guard !ids.isEmpty else { throw InvalidValue(field: "contact:id", reason: "is missing") }
        for id in ids { try Validation.clientID(id, "contact:id") }
    }

    /// Writes `<check>…</check>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("check") { writer in
            writer.element("contact:check", .init("xmlns:contact", .contact)) { writer in
                for id in ids { writer.element("contact:id", id) }
            }
        }
    }
}
