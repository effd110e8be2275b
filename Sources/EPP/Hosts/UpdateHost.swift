/// Changes a host.
public struct UpdateHost: TransactionCommand, Hashable {
    /// No data.
    public typealias ReplyData = Never
    /// `UpdateHost`
    public static let name = "UpdateHost"
    /// It changes.
    public var isReadOnly: Bool { false }

    /// The host's name, in ASCII.
    public var name: String
    /// What is added.
    public var adding: HostChanges
    /// What is taken away.
    public var removing: HostChanges
    /// What the host is to be called; nil to keep its name.
    public var newName: String?

    /// A change of a host.
    public init(
        _ name: String, adding: HostChanges = HostChanges(), removing: HostChanges = HostChanges(),
        newName: String? = nil
    ) {
        self.name = name
        self.adding = adding
        self.removing = removing
        self.newName = newName
    }

    init(_ element: XMLTree.Element) throws(CommandFault) {
        self.init(try element.parameter("name", in: .host, "host:name"))
        if let added = element.child("add", in: .host) { adding = HostChanges(added) }
        if let removed = element.child("rem", in: .host) { removing = HostChanges(removed) }
        if let change = element.child("chg", in: .host) {
            newName = try change.parameter("name", in: .host, "host:chg name")
        }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "host:name")
        try adding.validate()
        try removing.validate()
        if let newName { try Validation.domainName(newName, "host:chg name") }
    }

    /// Writes `<update>…</update>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("update") { writer in
            writer.element("host:update", .init("xmlns:host", .host)) { writer in
                writer.element("host:name", name)
                adding.encode(as: "host:add", to: &writer)
                removing.encode(as: "host:rem", to: &writer)
                if let newName { writer.element("host:chg") { $0.element("host:name", newName) } }
            }
        }
    }
}
