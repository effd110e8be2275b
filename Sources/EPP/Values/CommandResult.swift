/// One of the results of a response; most have just one.
public struct CommandResult: Sendable, Hashable {
    /// Something that the registry objects to, with or without the reason.
    public struct Detail: Sendable, Hashable {
        /// What the registry quotes: an element as XML, or plain text.
        public var value: String
        /// Why it objects, where it says so.
        public var reason: String?
        /// The language of the reason, `en` where the registry does not say.
        public var reasonLanguage: String
        /// The attributes of the `value`, which the schema does not forbid; read, and not written.
        public var attributes: [Attribute]

        /// An attribute of a `value`.
        public struct Attribute: Sendable, Hashable {
            /// Its name, with its prefix.
            public var name: String
            /// What it says.
            public var value: String

            /// An attribute.
            public init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        /// A detail to be put into a result.
        public init(
            value: String, reason: String? = nil, reasonLanguage: String = "en", attributes: [Attribute] = []
        ) {
            self.value = value
            self.reason = reason
            self.reasonLanguage = reasonLanguage
            self.attributes = attributes
        }
    }

    /// The code.
    public var code: ResultCode
    /// What the registry says for people.
    public var message: String
    /// The language of the message, `en` where the registry does not say.
    public var language: String
    /// The `value` and `extValue` elements, in order.
    public var details: [Detail]

    /// A result; its message is the RFC's for the code where none is given.
    public init(_ code: ResultCode, message: String? = nil, language: String = "en", details: [Detail] = []) {
        self.code = code
        self.message = message ?? code.standardMessage ?? ""
        self.language = language
        self.details = details
    }

    /// What the registry quotes, with reason or without.
    public var values: [String] {
        details.map(\.value)
    }

    /// The reasons that it gives.
    public var reasons: [String] {
        details.compactMap(\.reason)
    }
}

extension CommandResult {
    init(_ element: XMLTree.Element, _ parts: inout XMLParts) throws(ParsingError) {
        guard let text = element.attribute("code"), let number = Int(XMLTree.Element.collapse(text)), number >= 1000,
            number <= 9999
        else { throw element.error("a result has no code of four digits") }
        var message: XMLTree.Element?
        details = []
        for child in element.children {
            if child.isNamed("msg", in: .epp) {
                message = message ?? child
            } else if child.isNamed("value", in: .epp) {
                details.append(
                    Detail(value: try child.mixedText(&parts), attributes: child.attributeList))
            } else if child.isNamed("extValue", in: .epp) {
                let value = child.child("value", in: .epp)
                let reason = child.child("reason", in: .epp)
                details.append(
                    Detail(
                        value: try value?.mixedText(&parts) ?? "", reason: reason?.token,
                        reasonLanguage: reason?.tokenAttribute("lang") ?? "en",
                        attributes: value?.attributeList ?? []))
            }
        }
        code = ResultCode(number)
        self.message = message?.token ?? ""
        language = message?.attribute("lang") ?? "en"
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("result", .init("code", String(code.rawValue))) { writer in
            Self.encode(message, language: language, as: "msg", to: &writer)
            for detail in details {
                if let reason = detail.reason {
                    writer.element("extValue") { writer in
                        writer.element("value") { Self.encode(value: detail.value, to: &$0) }
                        Self.encode(reason, language: detail.reasonLanguage, as: "reason", to: &writer)
                    }
                } else {
                    writer.element("value") { Self.encode(value: detail.value, to: &$0) }
                }
            }
        }
    }

    static func encode(
        _ message: String, language: String, as name: StaticString, to writer: inout XMLWriter
    ) {
        if language == "en" {
            writer.element(name, message)
        } else {
            writer.element(name, .init("lang", language), text: message)
        }
    }

    /// The schema wants exactly one element in a `value`: XML goes as it is, a plain text in a `text` element of no
    /// namespace.
    private static func encode(value: String, to writer: inout XMLWriter) {
        do throws(ParsingError) {
            try writer.raw(value)
        } catch {
            writer.element("text", .init("xmlns", ""), text: value)
        }
    }
}

extension XMLTree.Element {
    /// Its attributes, declarations of namespaces not among them.
    fileprivate var attributeList: [CommandResult.Detail.Attribute] {
        let node = node
        guard node.attributesStart < node.attributesEnd else { return [] }
        return tree.attributes[Int(node.attributesStart)..<Int(node.attributesEnd)].map {
            .init(tree.string($0.nameStart, $0.nameEnd), XMLTree.value(of: $0, in: tree.bytes))
        }
    }

    /// What a `value` or a queued message says: XML where it has more than one element or text beside one, else the
    /// text alone.
    func mixedText(_ parts: inout XMLParts) throws(ParsingError) -> String {
        var children = children
        guard let only = children.next() else { return token }
        guard children.next() == nil, token.isEmpty else { return innerXML }
        if only.isNamed("text", in: .none), !only.hasChildren { return only.token }
        return try parts.xml(of: only)
    }
}
