/// What of a contact may be shown to others, or may not, apart from what the registry does by default.
public struct Disclosure: Sendable, Hashable {
    /// What of a contact has forms.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The name.
        case name
        /// The organisation.
        case organization = "org"
        /// The address.
        case address = "addr"
    }

    /// May what is named be shown?
    public var isAllowed: Bool
    /// The forms of the name.
    public var names: Set<PostalInfo.Form>
    /// The forms of the organisation.
    public var organizations: Set<PostalInfo.Form>
    /// The forms of the address.
    public var addresses: Set<PostalInfo.Form>
    /// What is named without a form, as some registries do; the RFC wants one.
    public var untyped: Set<Part> = []
    /// The telephone number?
    public var voice: Bool
    /// The fax number?
    public var fax: Bool
    /// The address for electronic mail?
    public var email: Bool

    /// What may be shown, or may not.
    public init(
        isAllowed: Bool, names: Set<PostalInfo.Form> = [], organizations: Set<PostalInfo.Form> = [],
        addresses: Set<PostalInfo.Form> = [], voice: Bool = false, fax: Bool = false, email: Bool = false
    ) {
        self.isAllowed = isAllowed
        self.names = names
        self.organizations = organizations
        self.addresses = addresses
        self.voice = voice
        self.fax = fax
        self.email = email
    }
}

extension Disclosure {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        func forms(_ name: StaticString) -> Set<PostalInfo.Form> {
            Set(
                element.children.filter { $0.isNamed(name, in: .contact) }
                    .compactMap { $0.tokenAttribute("type").flatMap(PostalInfo.Form.init) })
        }
        self.init(
            isAllowed: try element.flag("flag"), names: forms("name"), organizations: forms("org"),
            addresses: forms("addr"), voice: element.child("voice", in: .contact) != nil,
            fax: element.child("fax", in: .contact) != nil, email: element.child("email", in: .contact) != nil)
        for child in element.children where child.isIn(.contact) && child.tokenAttribute("type") == nil {
            if let part = Part(rawValue: child.name) { untyped.insert(part) }
        }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("contact:disclose", .init("flag", isAllowed ? "1" : "0")) { writer in
            for (name, forms, part) in [
                ("contact:name", names, .name), ("contact:org", organizations, .organization),
                ("contact:addr", addresses, .address),
            ] as [(StaticString, Set<PostalInfo.Form>, Part)] {
                if untyped.contains(part) { writer.element(name) }
                for form in PostalInfo.Form.allCases where forms.contains(form) {
                    writer.element(name, .init("type", form.rawValue))
                }
            }
            if voice { writer.element("contact:voice") }
            if fax { writer.element("contact:fax") }
            if email { writer.element("contact:email") }
        }
    }
}
