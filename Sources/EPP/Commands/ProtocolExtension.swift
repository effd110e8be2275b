/// A command that is none of EPP's: elements of another namespace in place of EPP's own, RFC 5730, section 2.7.1. EPP
/// gives it no transaction identifier; the registries that have such commands put one into their own elements. Printing
/// it does not show it.
public struct ProtocolExtension: Command, Hashable {
    /// What the registry answers with.
    public typealias Reply = ProtocolExtensionReply
    /// `ProtocolExtension`
    public static let name = "ProtocolExtension"
    /// What it does is not known.
    public var isReadOnly: Bool { false }

    private let elements: [Secret]

    /// A command of elements, each as XML.
    public init(_ xml: String...) {
        self.init(xml: xml)
    }

    /// A command of elements, each as XML.
    public init(xml: [String]) {
        elements = xml.map(Secret.init)
    }

    /// The elements, each as XML that stands by itself.
    public var xml: [String] {
        elements.map(\.value)
    }

    /// The identifier in an element `clTRID` of whatever namespace, which the answer will carry; nil where there is none.
    public var transactionID: String? {
        for element in elements {
            guard let tree = try? XMLTree(Array(element.value.utf8)) else { continue }
            for (place, node) in tree.nodes.enumerated()
            where node.kind == .element && tree.matches(node.localStart, node.nameEnd, "clTRID") {
                let token = XMLTree.Element(tree: tree, index: place).token
                if !token.isEmpty { return token }
            }
        }
        return nil
    }

    /// Checks that there is something.
    public func validate() throws {
        guard !elements.isEmpty else { throw InvalidValue(field: "extension", reason: "is empty") }
    }

    /// Writes `<extension>…</extension>`.
    ///
    /// - Throws: `ParsingError` for what is no XML.
    public func encode(to writer: inout XMLWriter, transactionID: String?) throws {
        try writer.element("extension") { writer in
            for element in elements { try writer.raw(element.value) }
        }
    }

    /// Makes the reply of what the registry sent.
    public func decode(_ message: ServerMessage) throws -> ProtocolExtensionReply {
        switch message.kind {
        case .protocolExtension:
            var parts = XMLParts(of: message.element.tree)
            return .protocolExtension(try parts.children(of: message.element))
        case .response, .greeting:
            return .response(try RawCommand.decode(message))
        }
    }
}
