/// Asks whether names can be registered.
public struct CheckDomain: TransactionCommand, Hashable {
    /// One entry for each name.
    public typealias ReplyData = [DomainAvailability]
    /// `CheckDomain`
    public static let name = "CheckDomain"
    /// It changes nothing.
    public var isReadOnly: Bool { true }

    /// The names, in ASCII.
    public var names: [String]

    /// A check of some names.
    public init(_ names: String...) {
        self.names = names
    }

    /// A check of some names. Registries limit how many, often to 50.
    public init(names: [String]) {
        self.names = names
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        names = try element.parameters("name", in: .domain, "domain:name")
    }

    /// Checks that there are names, and that each is one.
    public func validate() throws {
        guard !names.isEmpty else { throw InvalidValue(field: "domain:name", reason: "is missing") }
        for name in names { try Validation.domainName(name, "domain:name") }
    }

    /// Writes `<check>…</check>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("check") { writer in
            writer.element("domain:check", .init("xmlns:domain", .domain)) { writer in
                for name in names { writer.element("domain:name", name) }
            }
        }
    }
}
