/// Writes one XML document on one line. What is text is escaped by construction: the names of elements and attributes
/// are literals of the program, and everything else passes through the escaping.
///
///     var writer = XMLWriter()
///     writer.element("hello", .init("lang", "en")) { $0.element("name", "Dupont & fils") }
///
/// A character that XML cannot carry is remembered and thrown by `finish()`.
public struct XMLWriter {
    /// An attribute to be written.
    public struct Attribute {
        let name: StaticString
        let value: String
        /// What is declared, for the dialect to spell.
        var namespace: XMLNamespace?

        /// An attribute; its name is written as it stands.
        public init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }

        /// An attribute, nil where there is no value.
        public init?(_ name: StaticString, ifPresent value: String?) {
            guard let value else { return nil }
            self.init(name, value)
        }

        /// The declaration of a namespace; the name is `xmlns` or `xmlns:prefix`.
        public init(_ name: StaticString, _ namespace: XMLNamespace) {
            self.init(name, namespace.uri)
            self.namespace = namespace
        }
    }

    private var bytes: [UInt8] = []
    /// The start tag that was written last still lacks its `>`.
    private var isTagOpen = false
    /// An element around what is written has declared one.
    private var hasDefaultNamespace = false
    private var failure: InvalidValue?
    /// How the peer spells namespaces and names.
    public let dialect: RegistryDialect
    /// What goes into the extension of a command about an object, behind the command's own.
    var commandExtensions: [any CommandExtension] = []

    /// A writer at the start of a document, behind the XML declaration.
    ///
    /// - Parameter dialect: How the peer spells namespaces and names.
    public init(dialect: RegistryDialect = .standard) {
        self.dialect = dialect
        bytes.reserveCapacity(768)
        append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
    }

    /// A writer without an XML declaration, for a fragment.
    init(fragment: Void, dialect: RegistryDialect = .standard) {
        self.dialect = dialect
    }

    /// Writes an element with what the closure writes in it.
    public mutating func element(
        _ name: StaticString, _ attributes: Attribute..., content: (inout XMLWriter) throws -> Void
    ) rethrows {
        startTag(name, attributes)
        try content(&self)
        endTag(name)
    }

    /// Writes an element with a text in it.
    public mutating func element(_ name: StaticString, _ attributes: Attribute..., text: String) {
        startTag(name, attributes)
        self.text(text, in: name)
        endTag(name)
    }

    /// Writes an element with a text in it; attributes that are nil are left out.
    public mutating func element(_ name: StaticString, attributes: [Attribute?], text: String = "") {
        startTag(name, attributes.compactMap { $0 })
        self.text(text, in: name)
        endTag(name)
    }

    /// Writes an element with what the closure writes in it; attributes that are nil are left out.
    public mutating func element(
        _ name: StaticString, attributes: [Attribute?], content: (inout XMLWriter) throws -> Void
    ) rethrows {
        startTag(name, attributes.compactMap { $0 })
        try content(&self)
        endTag(name)
    }

    /// Writes an element with a text in it.
    public mutating func element(_ name: StaticString, _ text: String) {
        startTag(name, [])
        self.text(text, in: name)
        endTag(name)
    }

    /// Writes an element with a text in it, or nothing where there is no text.
    public mutating func element(_ name: StaticString, ifPresent text: String?) {
        if let text { element(name, text) }
    }

    /// Writes an empty element.
    public mutating func element(_ name: StaticString, _ attributes: Attribute...) {
        startTag(name, attributes)
        endTag(name)
    }

    /// Writes an element, unless the closure writes nothing in it.
    public mutating func elementUnlessEmpty(
        _ name: StaticString, content: (inout XMLWriter) throws -> Void
    ) rethrows {
        let wasTagOpen = isTagOpen
        let start = bytes.count
        startTag(name, [])
        let inside = bytes.count
        try content(&self)
        if bytes.count == inside {
            bytes.removeLast(bytes.count - start)
            isTagOpen = wasTagOpen
        } else {
            endTag(name)
        }
    }

    /// Writes one element that exists as XML already, as it stands. One that is in no namespace is kept out of the
    /// default one around it.
    ///
    /// - Throws: `ParsingError` where it is no well-formed element that stands by itself. A declaration or a DOCTYPE in
    ///   front of it is none of it.
    public mutating func raw(_ xml: String) throws(ParsingError) {
        let tree = try XMLTree(Array(xml.utf8))
        closeTag()
        let root = tree.root.node
        bytes.append(contentsOf: tree.bytes[Int(root.start)..<Int(root.nameEnd)])
        let isDeclared = tree.declarations.contains { $0.depth == 0 && $0.prefixStart == $0.prefixEnd }
        let isBare = root.namespace == 0 && root.localStart == root.nameStart && !isDeclared
        if hasDefaultNamespace, isBare { append(" xmlns=\"\"") }
        bytes.append(contentsOf: tree.bytes[Int(root.nameEnd)..<Int(root.end)])
    }

    /// The document.
    ///
    /// - Throws: `InvalidValue` where a text had a character that XML cannot carry.
    public func finish() throws(InvalidValue) -> [UInt8] {
        if let failure { throw failure }
        return bytes
    }

    private mutating func startTag(_ name: StaticString, _ attributes: [Attribute]) {
        closeTag()
        bytes.append(UInt8(ascii: "<"))
        append(name)
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            append(attribute.name)
            if attribute.name.utf8CodeUnitCount == 5, !attribute.value.isEmpty {
                hasDefaultNamespace = hasDefaultNamespace || attribute.name.description == "xmlns"
            }
            append("=\"")
            let value = attribute.namespace.flatMap { dialect.writesStandard ? nil : dialect.uri(of: $0) }
            escape(value ?? attribute.value, in: attribute.name, isAttribute: true)
            bytes.append(UInt8(ascii: "\""))
        }
        isTagOpen = true
    }

    private mutating func endTag(_ name: StaticString) {
        if isTagOpen {
            append("/>")
            isTagOpen = false
        } else {
            append("</")
            append(name)
            bytes.append(UInt8(ascii: ">"))
        }
    }

    private mutating func closeTag() {
        guard isTagOpen else { return }
        bytes.append(UInt8(ascii: ">"))
        isTagOpen = false
    }

    private mutating func text(_ text: String, in field: StaticString) {
        guard !text.isEmpty else { return }
        closeTag()
        escape(text, in: field, isAttribute: false)
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func escape(_ text: String, in field: StaticString, isAttribute: Bool) {
        var text = text
        text.withUTF8 { source in
            if source.allSatisfy(Self.isPlain) {
                bytes.append(contentsOf: source)
                return
            }
            for place in source.indices { append(source, place, in: field, isAttribute: isAttribute) }
        }
    }

    /// Neither to be escaped nor possibly a part of what is not allowed.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "&")
            && byte != UInt8(ascii: "\"") && byte != 0xEF
    }

    private mutating func append(
        _ source: UnsafeBufferPointer<UInt8>, _ place: Int, in field: StaticString, isAttribute: Bool
    ) {
        let byte = source[place]
        switch byte {
        case UInt8(ascii: "<"): append("&lt;")
        case UInt8(ascii: ">"): append("&gt;")
        case UInt8(ascii: "&"): append("&amp;")
        case UInt8(ascii: "\"") where isAttribute: append("&quot;")
        // As themselves a reader would make them other white space.
        case UInt8(ascii: "\r"): append("&#13;")
        case UInt8(ascii: "\n") where isAttribute: append("&#10;")
        case UInt8(ascii: "\t") where isAttribute: append("&#9;")
        case UInt8(ascii: "\n"), UInt8(ascii: "\t"): bytes.append(byte)
        case 0..<0x20:
            fail(field)
        // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        case 0xEF where place + 2 < source.count && source[place + 1] == 0xBF && source[place + 2] >= 0xBE:
            fail(field)
        default: bytes.append(byte)
        }
    }

    private mutating func fail(_ field: StaticString) {
        guard failure == nil else { return }
        failure = InvalidValue(field: field.description, reason: "has a character that XML cannot carry")
    }
}
