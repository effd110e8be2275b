/// What an update changes in one form of a contact's name and address.
public struct PostalChange: Sendable, Hashable {
    /// Which form.
    public var form: PostalInfo.Form
    /// The new name; nil to keep it.
    public var name: String?
    /// The new organisation, empty for none; nil to keep it.
    public var organization: String?
    /// The new address; nil to keep it.
    public var address: PostalAddress?

    /// A change.
    public init(
        _ form: PostalInfo.Form = .international, name: String? = nil, organization: String? = nil,
        address: PostalAddress? = nil
    ) {
        self.form = form
        self.name = name
        self.organization = organization
        self.address = address
    }
}

extension PostalChange {
    init(_ element: XMLTree.Element) {
        self.init(
            element.tokenAttribute("type").flatMap(PostalInfo.Form.init) ?? .international,
            name: element.line(of: "name", in: .contact), organization: element.line(of: "org", in: .contact),
            address: element.child("addr", in: .contact).map { PostalAddress($0) })
    }

    static func validateAll(_ changes: [PostalChange]) throws(InvalidValue) {
        try PostalInfo.validate(changes.map(\.form))
        for change in changes {
            if let name = change.name { try Validation.text(name, "contact:name", 1...255) }
            if let organization = change.organization { try Validation.text(organization, "contact:org", 0...255) }
            try change.address?.validate()
            try PostalInfo.validate(
                (change.address?.lines ?? []) + [change.name ?? "", change.organization ?? ""], as: change.form)
        }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("contact:postalInfo", .init("type", form.rawValue)) { writer in
            writer.element("contact:name", ifPresent: name)
            writer.element("contact:org", ifPresent: organization)
            address?.encode(to: &writer)
        }
    }
}
