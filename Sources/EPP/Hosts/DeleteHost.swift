/// Deletes a host.
public struct DeleteHost: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `DeleteHost`
    public static let name = "DeleteHost"
    /// It deletes.
    public var isReadOnly: Bool { false }

    /// The host's name, in ASCII.
    public var name: String

    /// The deletion of a host.
    public init(_ name: String) {
        self.name = name
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        name = try element.parameter("name", in: .host, "host:name")
    }

    /// Checks the name.
    public func validate() throws {
        try Validation.domainName(name, "host:name")
    }

    /// Writes `<delete>…</delete>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("delete") { writer in
            writer.element("host:delete", .init("xmlns:host", .host)) { $0.element("host:name", name) }
        }
    }
}
