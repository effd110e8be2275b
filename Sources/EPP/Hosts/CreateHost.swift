/// Creates a host.
public struct CreateHost: TransactionCommand, Hashable {
    /// What was created.
    public typealias ReplyData = HostCreation
    /// `CreateHost`
    public static let name = "CreateHost"
    /// It creates.
    public var isReadOnly: Bool { false }

    /// The host's name, in ASCII.
    public var name: String
    /// Its addresses; a host under a domain of this registry needs one.
    public var addresses: [HostAddress]

    /// The creation of a host.
    public init(_ name: String, addresses: [HostAddress] = []) {
        self.name = name
        self.addresses = addresses
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        name = try element.parameter("name", in: .host, "host:name")
        addresses = HostAddress.decodeAll(from: element)
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "host:name")
        for address in addresses { try address.validate("host:addr") }
    }

    /// Writes `<create>…</create>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("create") { writer in
            writer.element("host:create", .init("xmlns:host", .host)) { writer in
                writer.element("host:name", name)
                HostAddress.encodeAll(addresses, to: &writer)
            }
        }
    }
}
