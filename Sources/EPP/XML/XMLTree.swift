/// A well-formed XML document that was read: its bytes, and an index of its elements and texts into them.
///
/// One flat array in document order, each node with the place of the next one beside it: no object an element, and text
/// becomes a string only where it is asked for. Immutable, so that elements can be handed to any thread.
public final class XMLTree: Sendable {
    /// One element, or one run of text.
    struct Node: Sendable {
        enum Kind: UInt8, Sendable {
            case element, text, characterData
            /// A comment or an instruction; a document's tree has none.
            case remark
        }

        var kind: Kind
        /// Has it references or line ends that are to be replaced?
        var needsDecoding = false
        /// Where the node starts and ends: from the `<` of its start tag to behind the `>` of its end tag; a text's own.
        var start: Int32
        var end: Int32
        /// An element's name as written and, within it, where the part without prefix starts.
        var nameStart: Int32 = 0
        var localStart: Int32 = 0
        var nameEnd: Int32 = 0
        /// What stands between its tags.
        var contentStart: Int32 = 0
        var contentEnd: Int32 = 0
        /// Its namespace: a number of `XMLNamespace`'s, or behind these a place in `foreignNamespaces`.
        var namespace: Int32 = 0
        /// How many elements it stands in.
        var depth: Int32 = 0
        /// The newest declaration in force here, a place in `declarations`, or -1.
        var scope: Int32 = -1
        /// Its attributes' places in `attributes`.
        var attributesStart: Int32 = 0
        var attributesEnd: Int32 = 0
        /// The place behind the last of its descendants.
        var next: Int32 = 0

        mutating func close(contentEnd: Int32, end: Int32, next: Int32) {
            self.contentEnd = contentEnd
            self.end = end
            self.next = next
        }
    }

    /// One attribute that is no namespace declaration.
    struct Attribute: Sendable {
        var nameStart: Int32
        var localStart: Int32
        var nameEnd: Int32
        var valueStart: Int32
        var valueEnd: Int32
        var needsDecoding: Bool
        var namespace: Int32 = 0
    }

    /// One `xmlns` attribute, linked to the one that was declared before it: a chain is what is in force at a place.
    struct Declaration: Sendable {
        var prefixStart: Int32
        var prefixEnd: Int32
        var valueStart: Int32
        var valueEnd: Int32
        var namespace: Int32
        var previous: Int32
        /// How many elements the declaring one stands in.
        var depth: Int32

        var hasPrefix: Bool { prefixEnd > prefixStart }
    }

    /// The document.
    public let bytes: [UInt8]
    let nodes: [Node]
    let attributes: [Attribute]
    let declarations: [Declaration]
    let foreignNamespaces: [String]
    /// What was wrong with the document and was repaired; empty where it was read strictly.
    public let flaws: [ReplyFlaw]
    /// Is what is made of it read tolerantly too?
    let isTolerant: Bool

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - document: Its bytes. A document that is repaired stands in `bytes` as UTF-8, with what it lacked.
    ///   - limits: How large it may be.
    ///   - reading: Which spellings of namespaces are known, and whether what is broken in a known way is repaired.
    /// - Throws: `ParsingError` where it is not well-formed, not UTF-8, has a DOCTYPE, or goes beyond a limit.
    public init(
        _ document: [UInt8], limits: XMLLimits = XMLLimits(), reading: ReplyReading = ReplyReading()
    ) throws(ParsingError) {
        var reader = XMLReader(document, limits: limits, dialect: reading.dialect)
        var flaws: [ReplyFlaw] = []
        do throws(XMLReader.Fault) {
            try reader.read()
        } catch {
            guard reading.isTolerant else {
                throw ParsingError(raw: document, reason: error.reason, offset: error.offset)
            }
            var repair = XMLRepair(document, limits: limits, dialect: reading.dialect)
            do throws(XMLReader.Fault) {
                reader = try repair.read()
                flaws = repair.flaws
            } catch {
                throw ParsingError(raw: repair.bytes, reason: error.reason, offset: error.offset)
            }
        }
        self.flaws = flaws
        isTolerant = reading.isTolerant
        bytes = reader.bytes
        nodes = reader.nodes
        attributes = reader.attributes
        declarations = reader.declarations
        foreignNamespaces = reader.foreignNamespaces
    }

    /// How much memory it takes, in bytes, the document included.
    package var footprint: Int {
        bytes.capacity + nodes.capacity * MemoryLayout<Node>.stride
            + attributes.capacity * MemoryLayout<Attribute>.stride
            + declarations.capacity * MemoryLayout<Declaration>.stride
            + foreignNamespaces.reduce(0) { $0 + $1.utf8.count + 2 * MemoryLayout<String>.stride }
    }

    /// The outermost element.
    public var root: Element {
        Element(tree: self, index: 0)
    }

    func uri(of namespace: Int32) -> String {
        let place = Int(namespace)
        let knownCount = XMLNamespace.knownCount
        return place < knownCount ? XMLNamespace.knownURI(place).description : foreignNamespaces[place - knownCount]
    }

    /// Is the node at a place an element of this name?
    func isElement(_ place: Int, _ name: StaticString, in namespace: XMLNamespace) -> Bool {
        XMLCost.spend(1)
        let node = nodes[place]
        return node.kind == .element && isNamespace(node.namespace, namespace)
            && matches(node.localStart, node.nameEnd, name)
    }

    func isNamespace(_ namespace: Int32, _ other: XMLNamespace) -> Bool {
        if let code = other.code { return namespace == code }
        return Int(namespace) >= XMLNamespace.knownCount && uri(of: namespace).hasSameBytes(as: other.uri)
    }

    func matches(_ start: Int32, _ end: Int32, _ name: StaticString) -> Bool {
        guard Int(end - start) == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { text in
            for place in text.indices where bytes[Int(start) + place] != text[place] { return false }
            return true
        }
    }

    func string(_ start: Int32, _ end: Int32) -> String {
        XMLCost.spend(1 + Int(end - start))
        return String(decoding: bytes[Int(start)..<Int(end)], as: UTF8.self)
    }
}

extension XMLTree: CustomReflectable {
    /// What `dump` shows: not the document, which may hold passwords.
    public var customMirror: Mirror {
        Mirror(self, children: ["count": bytes.count])
    }
}
