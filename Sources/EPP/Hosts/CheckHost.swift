/// Asks whether hosts can be created.
public struct CheckHost: TransactionCommand, Hashable {
    /// One entry for each name.
    public typealias ReplyData = [HostAvailability]
    /// `CheckHost`
    public static let name = "CheckHost"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The names, in ASCII.
    public var names: [String]

    /// A check of some names.
    public init(_ names: String...) {
        self.names = names
    }

    /// A check of some names. Registries limit how many.
    public init(names: [String]) {
        self.names = names
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        names = try element.parameters("name", in: .host, "host:name")
    }

    /// Checks that there are names, and that each is one.
    public func validate() throws {
        guard !names.isEmpty else { throw InvalidValue(field: "host:name", reason: "is missing") }
        for name in names { try Validation.domainName(name, "host:name") }
    }

    /// Writes `<check>…</check>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("check") { writer in
            writer.element("host:check", .init("xmlns:host", .host)) { writer in
                for name in names { writer.element("host:name", name) }
            }
        }
    }
}
