extension XMLTree.Element {
    /// Its own text, without that of its children: references and CDATA sections replaced, comments left out.
    public var text: String {
        let node = node
        var position = index + 1
        let end = Int(node.next)
        guard position < end else { return "" }
        if position + 1 == end, tree.nodes[position].kind != .element {
            return tree.text(of: tree.nodes[position])
        }
        var text = ""
        XMLCost.spend(end - position)
        while position < end {
            let child = tree.nodes[position]
            if child.kind != .element { text += tree.text(of: child) }
            position = Int(child.next)
        }
        return text
    }

    /// Its own text with outer white space removed and inner runs made one space, as the schemas' type `token` wants.
    public var token: String {
        let first = index + 1
        if first + 1 == Int(node.next) {
            let child = tree.nodes[first]
            if child.kind != .element, !child.needsDecoding, let token = tree.simpleToken(of: child) { return token }
        }
        return Self.collapse(text)
    }

    /// Has it elements in it?
    public var hasChildren: Bool {
        var children = children
        return children.next() != nil
    }

    static func collapse(_ text: String) -> String {
        XMLCost.spend(1 + text.utf8.count)
        if !text.utf8.contains(where: { $0 <= 0x20 }) { return text }
        var token: [UInt8] = []
        var isSpacePending = false
        for byte in text.utf8 {
            if byte <= 0x20 {
                isSpacePending = !token.isEmpty
            } else {
                if isSpacePending { token.append(0x20) }
                isSpacePending = false
                token.append(byte)
            }
        }
        return String(decoding: token, as: UTF8.self)
    }
}

extension XMLTree {
    func text(of node: Node) -> String {
        guard node.needsDecoding else { return string(node.start, node.end) }
        return Self.decoded(bytes[Int(node.start)..<Int(node.end)], as: node.kind == .text ? .text : .characterData)
    }

    static func value(of attribute: Attribute, in bytes: [UInt8]) -> String {
        XMLCost.spend(1 + Int(attribute.valueEnd - attribute.valueStart))
        let value = bytes[Int(attribute.valueStart)..<Int(attribute.valueEnd)]
        return attribute.needsDecoding ? decoded(value, as: .attribute) : String(decoding: value, as: UTF8.self)
    }

    /// A text that is a token apart from white space around it; nil where more is to be done.
    func simpleToken(of node: Node) -> String? {
        XMLCost.spend(1 + Int(node.end - node.start))
        var start = Int(node.start)
        var end = Int(node.end)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
        var place = start
        while place < end {
            if bytes[place] <= 0x20, bytes[place] != 0x20 || bytes[place + 1] <= 0x20 { return nil }
            place += 1
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private enum Place {
        case text, characterData, attribute
    }

    /// What was written at a place as what it means: references replaced, and line ends made one line feed; in an
    /// attribute each white space character as it is written is a space.
    private static func decoded(_ source: ArraySlice<UInt8>, as kind: Place) -> String {
        XMLCost.spend(source.count)
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var place = source.startIndex
        while place < source.endIndex {
            let byte = source[place]
            place += 1
            switch byte {
            case UInt8(ascii: "&") where kind != .characterData:
                // The reader refused what is no reference, so there is one here.
                guard let (scalar, length) = XMLReader.reference(in: source, at: place) else { continue }
                result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                place += length
            case UInt8(ascii: "\r"):
                if place < source.endIndex, source[place] == UInt8(ascii: "\n") { place += 1 }
                result.append(kind == .attribute ? 0x20 : UInt8(ascii: "\n"))
            case UInt8(ascii: "\n"), UInt8(ascii: "\t"):
                result.append(kind == .attribute ? 0x20 : byte)
            default:
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
