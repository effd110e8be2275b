/// Reads an XML 1.0 document with namespaces, strictly, into the arrays of an `XMLTree`.
///
/// Why not libxml2 or expat: what they can do beyond this (entities, external loads, DTDs, other encodings) is what a
/// registry client must not do, a tree of theirs is an allocation for each element, and the package should need no
/// further library. What would change that: a need for XPath. Schemas are `EPPSchema`'s affair, and that is on libxml2.
///
/// What it refuses: a DOCTYPE in any form, so there are no entities but the five predefined ones; encodings other than
/// UTF-8; characters that XML does not allow; prefixes without a declaration; an attribute twice; and what goes beyond
/// `XMLLimits`. It does not recurse: a document cannot use up the stack. Time is linear in the size of the document.
struct XMLReader {
    /// Why the document is refused, and where.
    struct Fault: Error {
        var reason: String
        var offset: Int
    }

    let bytes: [UInt8]
    let limits: XMLLimits
    /// A part of a document, or a broken one, is read for where its markup is: without namespaces, and with a node for
    /// each comment and instruction.
    let isFragment: Bool
    /// What stands for EPP's namespaces beside their own URIs.
    let dialect: RegistryDialect
    /// Are characters that XML does not allow taken in text, and prefixes that are not declared? For `XMLRepair`, which
    /// replaces and declares them then.
    var isTolerant = false
    /// How many characters that XML does not allow there are.
    var strangeCount = 0
    /// The prefixes that are not declared, each once.
    var undeclaredPrefixes: [String] = []
    var position = 0

    var nodes: [XMLTree.Node] = []
    var attributes: [XMLTree.Attribute] = []
    var declarations: [XMLTree.Declaration] = []
    var foreignNamespaces: [String] = []
    /// The number of each of them, where they are many.
    var foreignNumbers: [ExactText: Int32] = [:]

    /// The elements that are open, outermost first, as places in `nodes`.
    var open: [Int] = []
    /// The declarations in force.
    var scope = XMLScope()
    private var elementCount = 0

    init(_ bytes: [UInt8], limits: XMLLimits, dialect: RegistryDialect = .standard) {
        self.bytes = bytes
        self.limits = limits
        self.dialect = dialect
        isFragment = false
    }

    /// A reader for `readFragment`.
    init(fragment bytes: [UInt8]) {
        self.bytes = bytes
        limits = .none
        dialect = .standard
        isFragment = true
    }

    /// How many elements are open.
    var depth: Int {
        open.count
    }

    mutating func read() throws(Fault) {
        guard bytes.count <= limits.documentLength, bytes.count < Int(Int32.max) else {
            throw fault(
                "document of \(bytes.count) bytes, but no more than \(limits.documentLength) are allowed", at: 0)
        }
        XMLCost.spend(bytes.count)
        try checkEncoding()
        // What a usual reply needs, so that it comes without a second allocation.
        nodes.reserveCapacity(40)
        open.reserveCapacity(8)
        attributes.reserveCapacity(4)
        declarations.reserveCapacity(4)
        if starts(with: "<?xml"), position + 5 < bytes.count, Self.isSpace(bytes[position + 5]) {
            try readDeclaration()
        }
        try readMisc(beforeRoot: true)
        try readStartTag()
        while !open.isEmpty { try readContent() }
        try readMisc(beforeRoot: false)
    }

    /// White space, comments and processing instructions around the root element.
    private mutating func readMisc(beforeRoot: Bool) throws(Fault) {
        while true {
            skipSpace()
            guard position < bytes.count else {
                if beforeRoot { throw fault("the document has no element") }
                return
            }
            if starts(with: "<!--") {
                try skipComment()
            } else if starts(with: "<?") {
                try skipInstruction()
            } else if starts(with: "<!DOCTYPE") {
                throw fault("a DOCTYPE is not accepted")
            } else if beforeRoot, bytes[position] == UInt8(ascii: "<") {
                return
            } else {
                throw fault(beforeRoot ? "text before the first element" : "content after the last element")
            }
        }
    }

    /// The next piece of content of the innermost open element.
    ///
    /// Inlined into both loops: a call for each piece makes decoding a check's reply 4 % slower.
    @inline(__always)
    mutating func readContent() throws(Fault) {
        guard position < bytes.count else { throw fault("the document ends inside an element") }
        guard bytes[position] == UInt8(ascii: "<") else { return try readText() }
        guard position + 1 < bytes.count else { throw fault("the document ends inside a tag") }
        switch bytes[position + 1] {
        case UInt8(ascii: "/"):
            try readEndTag()
        case UInt8(ascii: "!"):
            if starts(with: "<!--") {
                try skipComment()
            } else if starts(with: "<![CDATA[") {
                try readCharacterData()
            } else {
                throw fault(starts(with: "<!DOCTYPE") ? "a DOCTYPE is not accepted" : "markup that is not accepted")
            }
        case UInt8(ascii: "?"):
            try skipInstruction()
        default:
            try readStartTag()
        }
    }

    private mutating func readStartTag() throws(Fault) {
        let start = position
        guard open.count < limits.depth else { throw fault("elements nest deeper than \(limits.depth)") }
        guard elementCount < limits.elementCount else { throw fault("more than \(limits.elementCount) elements") }
        elementCount += 1
        position += 1
        let name = try readName()
        var node = XMLTree.Node(kind: .element, start: Int32(start), end: 0)
        node.nameStart = Int32(name.start)
        node.localStart = Int32(name.local)
        node.nameEnd = Int32(position)
        node.depth = Int32(open.count)
        node.attributesStart = Int32(attributes.count)
        let isEmpty = try readAttributes()
        node.attributesEnd = Int32(attributes.count)
        if !isFragment {
            node.namespace = try namespace(ofElement: name)
            try resolveAttributes(from: Int(node.attributesStart))
            node.scope = scope.top
        }
        node.contentStart = Int32(position)
        open.append(nodes.count)
        nodes.append(node)
        if isEmpty { close(contentEnd: position) }
    }

    private mutating func readEndTag() throws(Fault) {
        let start = position
        guard let innermost = open.last else { throw fault("an end tag, and no element is open") }
        let node = nodes[innermost]
        let length = Int(node.nameEnd - node.nameStart)
        position += 2
        guard position + length < bytes.count else { throw fault("the document ends inside a tag", at: start) }
        guard Self.isSame(bytes, node.nameStart, node.nameEnd, Int32(position)) else {
            throw fault("the end tag does not belong to the element that is open", at: start)
        }
        position += length
        skipSpace()
        guard position < bytes.count else { throw fault("the document ends inside a tag", at: start) }
        guard bytes[position] == UInt8(ascii: ">") else {
            throw fault("the end tag does not belong to the element that is open", at: start)
        }
        position += 1
        close(contentEnd: start)
    }

    /// Ends the innermost open element at the current position.
    private mutating func close(contentEnd: Int) {
        let index = open.removeLast()
        let next = Int32(nodes.count)
        nodes[index].close(contentEnd: Int32(contentEnd), end: Int32(position), next: next)
        // The declarations of this element end with it; they stand behind those of the elements around it.
        let depth = Int32(open.count)
        while scope.top >= 0, declarations[Int(scope.top)].depth == depth {
            scope.pop(of: declarations, in: bytes)
        }
    }

    private mutating func readText() throws(Fault) {
        let start = position
        var needsDecoding = false
        while true {
            skipPlainText()
            guard position < bytes.count, bytes[position] != UInt8(ascii: "<") else { break }
            switch bytes[position] {
            case UInt8(ascii: "&"):
                needsDecoding = true
                try skipReference()
            case UInt8(ascii: "\r"):
                needsDecoding = true
                position += 1
            default:
                guard !starts(with: "]]>") else { throw fault("]]> stands in text") }
                position += 1
            }
        }
        try appendText(.text, from: start, to: position, needsDecoding: needsDecoding)
    }

    /// Moves to the next byte that means something in text. In a loop of its own, on local values: most bytes of a
    /// document pass through here.
    private mutating func skipPlainText() {
        let bytes = bytes
        var place = position
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "\r")
                || byte == UInt8(ascii: "]")
            {
                break
            }
            place += 1
        }
        position = place
    }

    private mutating func readCharacterData() throws(Fault) {
        let start = position
        position += 9
        let textStart = position
        var needsDecoding = false
        while !starts(with: "]]>") {
            guard position < bytes.count else { throw fault("the document ends inside a CDATA section", at: start) }
            if bytes[position] == UInt8(ascii: "\r") { needsDecoding = true }
            position += 1
        }
        try appendText(.characterData, from: textStart, to: position, needsDecoding: needsDecoding)
        position += 3
    }

    private mutating func appendText(
        _ kind: XMLTree.Node.Kind, from start: Int, to end: Int, needsDecoding: Bool
    ) throws(Fault) {
        guard end - start <= limits.textLength else {
            throw fault("text of \(end - start) bytes, but no more than \(limits.textLength) are allowed", at: start)
        }
        var node = XMLTree.Node(kind: kind, needsDecoding: needsDecoding, start: Int32(start), end: Int32(end))
        node.next = Int32(nodes.count + 1)
        nodes.append(node)
    }
}
