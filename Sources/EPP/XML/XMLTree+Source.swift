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
        var inherited: [XMLTree.Declaration] = []
        var hidden: [ArraySlice<UInt8>] = []
        var place = node.scope
        while place >= 0 {
            let declaration = tree.declarations[Int(place)]
            place = declaration.previous
            let prefix = tree.bytes[Int(declaration.prefixStart)..<Int(declaration.prefixEnd)]
            guard !hidden.contains(prefix) else { continue }
            hidden.append(prefix)
            if declaration.depth < node.depth { inherited.append(declaration) }
        }
        guard !inherited.isEmpty else { return "" }
        return used(of: inherited).map { declaration in
            let prefix = tree.string(declaration.prefixStart, declaration.prefixEnd)
            // The value goes out as it came in: its references and quotes are still in place.
            let quote = tree.bytes[Int(declaration.valueEnd)] == UInt8(ascii: "'") ? "'" : "\""
            let value = tree.string(declaration.valueStart, declaration.valueEnd)
            return (prefix.isEmpty ? " xmlns=" : " xmlns:\(prefix)=") + quote + value + quote
        }.joined()
    }

    /// Those declarations whose prefix may mean something in the element. A prefix counts wherever it stands as text
    /// with a colon behind it, since it can be in a value too, as in `xsi:type="domain:infDataType"`. One pass over the
    /// element for all of them.
    private func used(of declarations: [XMLTree.Declaration]) -> [XMLTree.Declaration] {
        let node = node
        var unseen = declarations
        var used: [XMLTree.Declaration] = []
        func see(_ prefix: ArraySlice<UInt8>) {
            let place = unseen.firstIndex { declaration in
                Int(declaration.prefixEnd - declaration.prefixStart) == prefix.count
                    && tree.bytes[Int(declaration.prefixStart)..<Int(declaration.prefixEnd)] == prefix
            }
            if let place { used.append(unseen.remove(at: place)) }
        }
        let hasUnprefixed = tree.nodes[index..<Int(node.next)].contains {
            $0.kind == .element && $0.localStart == $0.nameStart
        }
        if hasUnprefixed { see([]) }
        var nameStart = Int(node.start)
        for place in Int(node.start)..<Int(node.end) where !unseen.isEmpty {
            let byte = tree.bytes[place]
            if byte == UInt8(ascii: ":"), place > nameStart { see(tree.bytes[nameStart..<place]) }
            if !XMLReader.isNameByte(byte), byte < 0x80 { nameStart = place + 1 }
        }
        return used
    }
}
