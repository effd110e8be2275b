/// What a registry keeps of a signed zone: one kind of the two, which is the registry's choice.
public enum SecDNSData: Sendable, Hashable {
    /// Delegation signer records.
    case signers([DSData])
    /// Keys, of which the registry makes the records.
    case keys([DNSKeyData])

    /// Is there nothing?
    public var isEmpty: Bool {
        switch self {
        case .signers(let records): records.isEmpty
        case .keys(let keys): keys.isEmpty
        }
    }
}

extension SecDNSData {
    /// Reads the records or keys among the children of an element.
    init(_ element: XMLTree.Element) throws(ParsingError) {
        var records: [DSData] = []
        var keys: [DNSKeyData] = []
        for child in element.children {
            if child.isNamed("dsData", in: .secDNS) {
                records.append(try DSData(child))
            } else if child.isNamed("keyData", in: .secDNS) {
                keys.append(try DNSKeyData(child))
            }
        }
        self = keys.isEmpty ? .signers(records) : .keys(keys)
    }

    func validate() throws(InvalidValue) {
        guard !isEmpty else { throw InvalidValue(field: "secDNS:dsData", reason: "is missing") }
        switch self {
        case .signers(let records): for record in records { try record.validate() }
        case .keys(let keys): for key in keys { try key.validate() }
        }
    }

    func encode(to writer: inout XMLWriter) {
        switch self {
        case .signers(let records): for record in records { record.encode(to: &writer) }
        case .keys(let keys): for key in keys { key.encode(to: &writer) }
        }
    }
}
