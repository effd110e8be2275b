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
        guard let roid else { return }
        let parts = roid.split(separator: "-", omittingEmptySubsequences: false)
        let isWord = parts.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }
        guard parts.count == 2, isWord, 1...80 ~= parts[0].unicodeScalars.count, 1...8 ~= parts[1].unicodeScalars.count
        else { throw InvalidValue(field: "\(field) roid", reason: "is no repository identifier, such as SH8013-REP") }
    }
}

extension Authorization {
    /// Reads an `authInfo` of the domain mapping; nil where it is empty.
    init?(domain element: XMLTree.Element) {
        if let password = element.child("pw", in: .domain) {
            self.init(password.text, roid: password.attribute("roid"))
        } else if let other = element.child("ext", in: .domain), let xml = other.childrenXML.first {
            self.init(xml: xml)
        } else {
            return nil
        }
    }

    /// Writes a `domain:authInfo`.
    func encode(to writer: inout XMLWriter) throws {
        try writer.element("domain:authInfo") { writer in
            if let xml {
                try writer.element("domain:ext") { try $0.raw(xml) }
            } else if let roid {
                writer.element("domain:pw", .init("roid", roid), text: password ?? "")
            } else {
                writer.element("domain:pw", password ?? "")
            }
        }
    }
}
