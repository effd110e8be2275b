/// Deletes a domain.
public struct DeleteDomain: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `DeleteDomain`
    public static let name = "DeleteDomain"
    /// It deletes.
    public var isReadOnly: Bool { false }

    /// The domain's name, in ASCII.
    public var name: String

    /// The deletion of a domain.
    public init(_ name: String) {
        self.name = name
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        name = try element.parameter("name", in: .domain, "domain:name")
    }

    /// Checks the name.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
    }

    /// Writes `<delete>…</delete>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("delete") { writer in
            writer.element("domain:delete", .init("xmlns:domain", .domain)) { $0.element("domain:name", name) }
        }
    }
}
