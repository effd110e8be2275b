/// A contact's name and address, in one of two forms.
public struct PostalInfo: Sendable, Hashable {
    /// How names and addresses are written.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// For all the world, in ASCII.
        case international = "int"
        /// As at the place, in any script.
        case local = "loc"
    }

    /// How it is written.
    public var form: Form
    /// The person, or the role.
    public var name: String
    /// The organisation.
    public var organization: String?
    /// The address.
    public var address: PostalAddress

    /// A name and an address.
    public init(_ form: Form = .international, name: String, organization: String? = nil, address: PostalAddress) {
        self.form = form
        self.name = name
        self.organization = organization
        self.address = address
    }
}

extension PostalInfo {
    /// Reads a `contact:postalInfo`. What registries hide is empty or missing, so nothing is asked for.
    init(_ element: XMLTree.Element) {
        self.init(
            element.tokenAttribute("type").flatMap(Form.init) ?? .international,
            name: element.line(of: "name", in: .contact) ?? "",
            organization: element.line(of: "org", in: .contact),
            address: element.child("addr", in: .contact).map { PostalAddress($0) }
                ?? PostalAddress(city: "", countryCode: ""))
    }

    static func decodeAll(from element: XMLTree.Element) -> [PostalInfo] {
        element.children.filter { $0.isNamed("postalInfo", in: .contact) }.map { PostalInfo($0) }
    }

    static func validateAll(_ entries: [PostalInfo]) throws(InvalidValue) {
        guard !entries.isEmpty else { throw InvalidValue(field: "contact:postalInfo", reason: "is missing") }
        try validate(entries.map(\.form))
        for entry in entries {
            try Validation.text(entry.name, "contact:name", 1...255)
            if let organization = entry.organization { try Validation.text(organization, "contact:org", 0...255) }
            try entry.address.validate()
            try validate(entry.address.lines + [entry.name, entry.organization ?? ""], as: entry.form)
        }
    }

    /// Each form may stand once.
    static func validate(_ forms: [Form]) throws(InvalidValue) {
        guard Set(forms).count == forms.count else {
            throw InvalidValue(field: "contact:postalInfo", reason: "stands twice in the same form")
        }
    }

    static func validate(_ lines: [String], as form: Form) throws(InvalidValue) {
        guard form == .local || lines.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else {
            throw InvalidValue(
                field: "contact:postalInfo", reason: "has characters beyond ASCII in its international form")
        }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("contact:postalInfo", .init("type", form.rawValue)) { writer in
            writer.element("contact:name", name)
            writer.element("contact:org", ifPresent: organization)
            address.encode(to: &writer)
        }
    }
}
