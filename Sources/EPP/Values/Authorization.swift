/// What proves that a client may see or take over an object: a password, or something of an extension. Printing it does
/// not show it.
public struct Authorization: Sendable, Hashable {
    private var secret: Secret?
    private var other: Secret?
    /// The object that the password is of, where it is of another: a contact, by its repository identifier.
    public var roid: String?

    /// A password.
    public init(_ password: String, roid: String? = nil) {
        secret = Secret(password)
        self.roid = roid
    }

    /// Something of an extension: one element as XML.
    public init(xml: String) {
        other = Secret(xml)
    }

    /// The password, nil where the authorization is something else.
    public var password: String? {
        secret?.value
    }

    /// What is no password: one element as XML.
    public var xml: String? {
        other?.value
    }

    func validate(_ field: String) throws(InvalidValue) {
        if let password { try Validation.line(password, field) }
        if let roid { try Validation.roid(roid, "\(field) roid") }
    }
}

extension Authorization {
    /// Reads an `authInfo` of a mapping; nil where it is empty.
    init?(_ element: XMLTree.Element, in namespace: XMLNamespace) {
        if let password = element.child("pw", in: namespace) {
            self.init(password.text, roid: password.tokenAttribute("roid"))
        } else if let other = element.child("ext", in: namespace)?.children.first(where: { _ in true }) {
            self.init(xml: other.xml)
        } else {
            return nil
        }
    }

    /// Writes a `domain:authInfo`.
    func encode(to writer: inout XMLWriter) throws {
        try writer.element("domain:authInfo") { try encodeContent("domain:pw", "domain:ext", to: &$0) }
    }

    /// Writes a `contact:authInfo`.
    func encodeForContact(to writer: inout XMLWriter) throws {
        try writer.element("contact:authInfo") { try encodeContent("contact:pw", "contact:ext", to: &$0) }
    }

    private func encodeContent(
        _ passwordName: StaticString, _ otherName: StaticString, to writer: inout XMLWriter
    ) throws {
        if let xml {
            try writer.element(otherName) { try $0.raw(xml) }
        } else if let roid {
            writer.element(passwordName, .init("roid", roid), text: password ?? "")
        } else {
            writer.element(passwordName, password ?? "")
        }
    }
}
