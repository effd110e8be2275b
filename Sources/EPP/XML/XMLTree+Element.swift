extension XMLTree {
    /// One element of a document that was read.
    public struct Element: Sendable {
        /// The document that it belongs to.
        public let tree: XMLTree
        let index: Int

        var node: Node { tree.nodes[index] }

        /// The name without its prefix.
        public var name: String {
            let node = node
            return tree.string(node.localStart, node.nameEnd)
        }

        /// The URI of the namespace, empty where it is in none.
        public var namespaceURI: String {
            tree.uri(of: node.namespace)
        }

        /// Is it in this namespace?
        func isIn(_ namespace: XMLNamespace) -> Bool {
            tree.isNamespace(node.namespace, namespace)
        }

        /// Where it starts in the document, in bytes.
        public var offset: Int {
            Int(node.start)
        }

        /// Has it this name in this namespace?
        public func isNamed(_ name: StaticString, in namespace: XMLNamespace) -> Bool {
            tree.isElement(index, name, in: namespace)
        }

        /// Its child elements, in order.
        public var children: Children {
            Children(tree: tree, position: index + 1, end: Int(node.next))
        }

        /// The first child of this name, nil if there is none.
        public func child(_ name: StaticString, in namespace: XMLNamespace) -> Element? {
            // Not over `children`, which would make an element of each: this is where decoding spends its time.
            var position = index + 1
            let end = Int(tree.nodes[index].next)
            while position < end {
                if tree.isElement(position, name, in: namespace) { return Element(tree: tree, index: position) }
                position = Int(tree.nodes[position].next)
            }
            return nil
        }

        /// The first child of this name.
        ///
        /// - Throws: `ParsingError` where there is none.
        public func requiredChild(_ name: StaticString, in namespace: XMLNamespace) throws(ParsingError) -> Element {
            guard let child = child(name, in: namespace) else { throw error("\(self.name) has no \(name)") }
            return child
        }

        /// The text of the first child of this name with outer white space removed and inner runs made one space, as
        /// the schemas' type `token` wants it; nil if there is no such child.
        public func token(of name: StaticString, in namespace: XMLNamespace) -> String? {
            child(name, in: namespace)?.token
        }

        /// The texts of all children of this name, each as a token.
        public func tokens(of name: StaticString, in namespace: XMLNamespace) -> [String] {
            var tokens: [String] = []
            for child in children where child.isNamed(name, in: namespace) { tokens.append(child.token) }
            return tokens
        }

        /// The value of an attribute without a namespace, nil where it is not there.
        public func attribute(_ name: StaticString) -> String? {
            let node = node
            XMLCost.spend(Int(node.attributesEnd - node.attributesStart))
            for attribute in tree.attributes[Int(node.attributesStart)..<Int(node.attributesEnd)]
            where attribute.namespace == 0 && tree.matches(attribute.nameStart, attribute.nameEnd, name) {
                return XMLTree.value(of: attribute, in: tree.bytes)
            }
            return nil
        }

        /// An error about this element, its place included.
        public func error(_ reason: String) -> ParsingError {
            ParsingError(raw: tree.bytes, reason: reason, offset: offset)
        }
    }

    /// The child elements of an element.
    public struct Children: Sequence, IteratorProtocol, Sendable {
        let tree: XMLTree
        var position: Int
        let end: Int

        /// The next child, nil after the last.
        public mutating func next() -> Element? {
            while position < end {
                let index = position
                position = Int(tree.nodes[index].next)
                XMLCost.spend(1)
                if tree.nodes[index].kind == .element { return Element(tree: tree, index: index) }
            }
            return nil
        }
    }
}
