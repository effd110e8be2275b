/// What an update adds to a domain, or takes from it.
public struct DomainChanges: Sendable, Hashable {
    /// Hosts that it is delegated to.
    public var nameservers: [Nameserver]
    /// Contacts beside the registrant.
    public var contacts: [DomainContact]
    /// Statuses; a client's own only.
    public var statuses: [ObjectStatus]

    /// Additions or removals.
    public init(
        nameservers: [Nameserver] = [], contacts: [DomainContact] = [], statuses: [ObjectStatus] = []
    ) {
        self.nameservers = nameservers
        self.contacts = contacts
        self.statuses = statuses
    }

    /// Is there nothing in it?
    public var isEmpty: Bool {
        nameservers.isEmpty && contacts.isEmpty && statuses.isEmpty
    }
}

extension DomainChanges {
    init(_ element: XMLTree.Element) throws {
        self.init()
        for child in element.children {
            if child.isNamed("ns", in: .domain) {
                nameservers += try Nameserver.decodeAll(from: child)
            } else if child.isNamed("contact", in: .domain) {
                contacts.append(DomainContact(child))
            } else if child.isNamed("status", in: .domain), let status = ObjectStatus(child) {
                statuses.append(status)
            }
        }
    }

    func validate() throws(InvalidValue) {
        try Nameserver.validateAll(nameservers)
        for contact in contacts { try contact.validate() }
        for status in statuses { try status.validate(in: .domain, "domain:status") }
        guard statuses.count <= 11 else {
            throw InvalidValue(field: "domain:status", reason: "stands more than 11 times")
        }
    }

    func encode(as name: StaticString, to writer: inout XMLWriter) {
        guard !isEmpty else { return }
        writer.element(name) { writer in
            Nameserver.encodeAll(nameservers, to: &writer)
            for contact in contacts { contact.encode(to: &writer) }
            for status in statuses { status.encode(as: "domain:status", to: &writer) }
        }
    }
}
