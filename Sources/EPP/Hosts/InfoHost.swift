/// Asks for what the registry knows about a host.
public struct InfoHost: TransactionCommand, Hashable {
    /// What the registry knows.
    public typealias ReplyData = HostInfo
    /// `InfoHost`
    public static let name = "InfoHost"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The host's name, in ASCII.
    public var name: String

    /// A question for a host.
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

    /// Writes `<info>…</info>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("info") { writer in
            writer.element("host:info", .init("xmlns:host", .host)) { $0.element("host:name", name) }
        }
    }
}
