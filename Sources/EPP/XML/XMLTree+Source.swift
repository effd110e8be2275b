extension XMLTree.Element {
    /// The element as XML that stands by itself: as it was written, and on its start tag the namespace declarations
    /// that it inherited and has a use for.
    public var xml: String {
        let node = node
        let head = tree.string(node.start, node.nameEnd)
        let rest = tree.string(node.nameEnd, node.end)
        return head + inheritedDeclarations() + rest
    }

    /// What stands between its tags, as it was written. May use prefixes that are declared outside of it.
    public var innerXML: String {
        tree.string(node.contentStart, node.contentEnd)
    }

    /// The elements in it, each as XML that stands by itself.
    public var childrenXML: [String] {
        children.map(\.xml)
    }

    private func inheritedDeclarations() -> String {
        let node = node
        var text = ""
        var seen: [String] = []
        let depth = node.depth
        var place = node.scope
        while place >= 0 {
            let declaration = tree.declarations[Int(place)]
            place = declaration.previous
            let prefix = tree.string(declaration.prefixStart, declaration.prefixEnd)
            guard !seen.contains(prefix) else { continue }
            seen.append(prefix)
            guard declaration.depth < depth, isUsed(prefix, in: node) else { continue }
            // The value goes out as it came in: its references and quotes are still in place.
            let quote = tree.bytes[Int(declaration.valueEnd)] == UInt8(ascii: "'") ? "'" : "\""
            let value = tree.string(declaration.valueStart, declaration.valueEnd)
            text += prefix.isEmpty ? " xmlns=" : " xmlns:\(prefix)="
            text += quote + value + quote
        }
        return text
    }

    /// Whether a prefix may mean something in the element. Looks for it as text, since it can stand in a value too,
    /// as in `xsi:type="domain:infDataType"`.
    private func isUsed(_ prefix: String, in node: XMLTree.Node) -> Bool {
        guard !prefix.isEmpty else {
            return tree.nodes[index..<Int(node.next)].contains { $0.kind == .element && $0.localStart == $0.nameStart }
        }
        let sought = Array(prefix.utf8) + [UInt8(ascii: ":")]
        var place = Int(node.start)
        let end = Int(node.end) - sought.count
        while place <= end {
            if tree.bytes[place] == sought[0], tree.bytes[place..<(place + sought.count)].elementsEqual(sought) {
                return true
            }
            place += 1
        }
        return false
    }
}
