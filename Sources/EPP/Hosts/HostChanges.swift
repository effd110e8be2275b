/// What an update adds to a host, or takes from it.
public struct HostChanges: Sendable, Hashable {
    /// Addresses.
    public var addresses: [HostAddress]
    /// Statuses; a client's own only.
    public var statuses: [ObjectStatus]

    /// Additions or removals.
    public init(addresses: [HostAddress] = [], statuses: [ObjectStatus] = []) {
        self.addresses = addresses
        self.statuses = statuses
    }

    /// Is there nothing in it?
    public var isEmpty: Bool {
        addresses.isEmpty && statuses.isEmpty
    }
}

extension HostChanges {
    init(_ element: XMLTree.Element) {
        self.init(addresses: HostAddress.decodeAll(from: element))
        for child in element.children where child.isNamed("status", in: .host) {
            if let status = ObjectStatus(child) { statuses.append(status) }
        }
    }

    func validate() throws(InvalidValue) {
        for address in addresses { try address.validate("host:addr") }
        for status in statuses { try status.validate(in: .host, "host:status") }
        guard statuses.count <= 7 else { throw InvalidValue(field: "host:status", reason: "stands more than 7 times") }
    }

    func encode(as name: StaticString, to writer: inout XMLWriter) {
        guard !isEmpty else { return }
        writer.element(name) { writer in
            HostAddress.encodeAll(addresses, to: &writer)
            for status in statuses { status.encode(as: "host:status", to: &writer) }
        }
    }
}
