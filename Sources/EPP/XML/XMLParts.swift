/// Takes elements out of one document, each as XML that stands by itself: as it was written, and on its start tag the
/// namespace declarations that it inherited and has a use for.
///
/// A declaration may be long and the elements that use it short and many, so that a small document would become
/// gigabytes. What is added is therefore counted over all elements that one `XMLParts` takes out, and limited. Rejected:
/// to keep elements as references and to make their XML when it is asked for, which only moves the cost to whoever
/// prints it.
///
/// Time is linear in the size of the elements and of the document's declarations where the elements are taken out in the
/// order of the document.
struct XMLParts {
    let tree: XMLTree
    /// How many bytes of declarations may still be added.
    private(set) var room: Int
    /// The declarations in force at the element that was taken out last.
    private var scope = XMLScope()
    /// For each declaration, the last element to which it was added.
    private var users: [Int32] = []

    /// Parts of a document that came from a peer: sixteen times as much as the document, and 64 KiB, may be added.
    /// Messages of registries add less than once their size.
    init(of tree: XMLTree) {
        self.init(of: tree, room: 16 * tree.bytes.count + 64 * 1024)
    }

    init(of tree: XMLTree, room: Int) {
        self.tree = tree
        self.room = room
    }

    /// An element as XML that stands by itself.
    ///
    /// - Throws: `ParsingError` where more declarations were to be added than there is room for.
    mutating func xml(of element: XMLTree.Element) throws(ParsingError) -> String {
        let node = element.node
        let declarations = try inheritedDeclarations(of: element)
        if declarations.isEmpty { return tree.string(node.start, node.end) }
        return tree.string(node.start, node.nameEnd) + declarations + tree.string(node.nameEnd, node.end)
    }

    /// The elements in an element, each as XML that stands by itself.
    ///
    /// - Throws: `ParsingError` where more declarations were to be added than there is room for.
    mutating func children(of element: XMLTree.Element) throws(ParsingError) -> [String] {
        var children: [String] = []
        for child in element.children { children.append(try xml(of: child)) }
        return children
    }

    /// The declarations whose prefix may mean something in the element, and that stand outside of it. A prefix counts
    /// wherever it stands as text with a colon behind it, since it can be in a value too, as in
    /// `xsi:type="domain:infDataType"`. One pass over the element for all of them.
    private mutating func inheritedDeclarations(of element: XMLTree.Element) throws(ParsingError) -> String {
        let node = element.node
        move(to: node.scope)
        // Those of its own are the newest, and stand in it already.
        var inherited = scope.top
        var prefixes = scope.prefixCount
        while inherited >= 0, tree.declarations[Int(inherited)].depth == node.depth {
            XMLCost.spend(1)
            if tree.declarations[Int(inherited)].hasPrefix { prefixes -= 1 }
            inherited = tree.declarations[Int(inherited)].previous
        }
        guard inherited >= 0 else { return "" }
        if users.isEmpty { users = Array(repeating: -1, count: tree.declarations.count) }
        XMLCost.spend(Int(node.next) - element.index + Int(node.end - node.start))
        var added = ""
        let hasUnprefixed = tree.nodes[element.index..<Int(node.next)].contains {
            $0.kind == .element && $0.localStart == $0.nameStart
        }
        if hasUnprefixed { try add(node.start, node.start, for: element, to: &added) }
        guard prefixes > 0 else { return added }
        let bytes = tree.bytes
        var nameStart = node.start
        for place in node.start..<node.end {
            let byte = bytes[Int(place)]
            if byte == UInt8(ascii: ":"), place > nameStart { try add(nameStart, place, for: element, to: &added) }
            if !XMLReader.isNameByte(byte), byte < 0x80 { nameStart = place + 1 }
        }
        return added
    }

    /// Adds the declaration of a prefix, unless it is there, is the element's own, or does not exist.
    private mutating func add(
        _ start: Int32, _ end: Int32, for element: XMLTree.Element, to added: inout String
    ) throws(ParsingError) {
        guard let place = scope.find(start, end, of: tree.declarations, in: tree.bytes) else { return }
        let declaration = tree.declarations[Int(place)]
        guard declaration.depth < element.node.depth, users[Int(place)] != Int32(element.index) else { return }
        users[Int(place)] = Int32(element.index)
        // The value goes out as it came in: its references and quotes are still in place.
        let quote = tree.bytes[Int(declaration.valueEnd)] == UInt8(ascii: "'") ? "'" : "\""
        let value = tree.string(declaration.valueStart, declaration.valueEnd)
        let name = start == end ? "xmlns" : "xmlns:" + tree.string(start, end)
        let length = name.utf8.count + value.utf8.count + 4
        guard length <= room else {
            throw element.error("the document's elements need too many namespace declarations to stand by themselves")
        }
        room -= length
        added += " \(name)=\(quote)\(value)\(quote)"
    }

    /// Makes the declarations those that are in force at an element, of which the newest is given.
    private mutating func move(to target: Int32) {
        // A declaration was made after those that it adds to: the newer of two ends cannot be the older one's ancestor.
        var missing: [Int32] = []
        var place = target
        while place != scope.top {
            XMLCost.spend(1)
            if place > scope.top {
                missing.append(place)
                place = tree.declarations[Int(place)].previous
            } else {
                scope.pop(of: tree.declarations, in: tree.bytes)
            }
        }
        for place in missing.reversed() { scope.push(place, of: tree.declarations, in: tree.bytes) }
    }
}

extension XMLTree.Element {
    /// The element as XML that stands by itself: as it was written, and on its start tag the namespace declarations
    /// that it inherited and has a use for.
    public var xml: String {
        var parts = XMLParts(of: tree, room: .max)
        return (try? parts.xml(of: self)) ?? ""
    }

    /// What stands between its tags, as it was written. May use prefixes that are declared outside of it.
    public var innerXML: String {
        tree.string(node.contentStart, node.contentEnd)
    }

    /// The elements in it, each as XML that stands by itself. The declarations that they inherited are repeated for
    /// each, so that many may be much longer than the document.
    public var childrenXML: [String] {
        var parts = XMLParts(of: tree, room: .max)
        return (try? parts.children(of: self)) ?? []
    }
}
