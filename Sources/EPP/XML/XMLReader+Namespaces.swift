extension XMLReader {
    /// Takes an `xmlns` attribute: what it declares is in force for the element that is being read and all in it.
    mutating func declare(_ attribute: XMLTree.Attribute) throws(Fault) {
        let place = Int(attribute.nameStart)
        let isDefault = attribute.localStart == attribute.nameStart
        let prefixStart = isDefault ? attribute.nameEnd : attribute.localStart
        let prefixEnd = attribute.nameEnd
        guard scopeCount < limits.namespaceCount else {
            throw fault("more than \(limits.namespaceCount) namespace declarations", at: place)
        }
        let namespace = try namespace(named: attribute)
        if !isDefault {
            guard namespace != 0 else { throw fault("a prefix is declared for no namespace", at: place) }
            guard !equals(Int(prefixStart), Int(prefixEnd), "xmlns") else {
                throw fault("the prefix xmlns is declared", at: place)
            }
        }
        let isXMLPrefix = equals(Int(prefixStart), Int(prefixEnd), "xml")
        guard isXMLPrefix == (namespace == XMLNamespace.xml.code) else {
            throw fault("the prefix xml belongs to its own namespace", at: place)
        }
        let depth = Int32(depth)
        var other = scope
        while other >= 0, declarations[Int(other)].depth == depth {
            let declaration = declarations[Int(other)]
            guard !isSame(declaration.prefixStart, declaration.prefixEnd, prefixStart, prefixEnd) else {
                throw fault("an attribute stands twice", at: place)
            }
            other = declaration.previous
        }
        declarations.append(
            XMLTree.Declaration(
                prefixStart: prefixStart, prefixEnd: prefixEnd, valueStart: attribute.valueStart,
                valueEnd: attribute.valueEnd, namespace: namespace, previous: scope, depth: depth))
        scope = Int32(declarations.count - 1)
        scopeCount += 1
    }

    /// The number of the namespace that an attribute's value names.
    private mutating func namespace(named attribute: XMLTree.Attribute) throws(Fault) -> Int32 {
        if !attribute.needsDecoding,
            let code = XMLNamespace.code(of: bytes[Int(attribute.valueStart)..<Int(attribute.valueEnd)])
        {
            return code
        }
        let uri = XMLTree.value(of: attribute, in: bytes)
        if let code = XMLNamespace(uri).code { return code }
        guard uri != "http://www.w3.org/2000/xmlns/" else {
            throw fault("the namespace of xmlns is declared", at: Int(attribute.nameStart))
        }
        if let place = foreignNamespaces.firstIndex(of: uri) { return Int32(XMLNamespace.knownCount + place) }
        // Looked through from the start for each declaration, so there must not be many.
        guard foreignNamespaces.count < limits.namespaceCount else {
            throw fault("more than \(limits.namespaceCount) namespaces", at: Int(attribute.nameStart))
        }
        foreignNamespaces.append(uri)
        return Int32(XMLNamespace.knownCount + foreignNamespaces.count - 1)
    }

    /// The namespace of an element: its prefix's, or the default one.
    func namespace(ofElement name: Name) throws(Fault) -> Int32 {
        try namespace(ofPrefixFrom: name.start, to: max(name.start, name.local - 1)) ?? 0
    }

    /// Gives the attributes of the element that is being read their namespaces, and refuses one that stands twice.
    mutating func resolveAttributes(from first: Int) throws(Fault) {
        for place in first..<attributes.count {
            let attribute = attributes[place]
            if attribute.localStart > attribute.nameStart {
                let prefixEnd = Int(attribute.localStart) - 1
                attributes[place].namespace =
                    try namespace(ofPrefixFrom: Int(attribute.nameStart), to: prefixEnd) ?? 0
            }
            for other in attributes[first..<place]
            where other.namespace == attributes[place].namespace
                && isSame(other.localStart, other.nameEnd, attribute.localStart, attribute.nameEnd)
            {
                throw fault("an attribute stands twice", at: Int(attribute.nameStart))
            }
        }
    }

    /// What a prefix stands for here; nil for the empty one where no default namespace is in force.
    private func namespace(ofPrefixFrom start: Int, to end: Int) throws(Fault) -> Int32? {
        var place = scope
        while place >= 0 {
            let declaration = declarations[Int(place)]
            if isSame(declaration.prefixStart, declaration.prefixEnd, Int32(start), Int32(end)) {
                return declaration.namespace
            }
            place = declaration.previous
        }
        guard start < end else { return nil }
        if equals(start, end, "xml") { return XMLNamespace.xml.code }
        throw fault("a prefix is not declared", at: start)
    }

    /// Are the bytes between two places the same as those between two others?
    func isSame(_ start: Int32, _ end: Int32, _ otherStart: Int32, _ otherEnd: Int32) -> Bool {
        guard end - start == otherEnd - otherStart else { return false }
        let bytes = bytes
        var place = Int(start)
        var other = Int(otherStart)
        while place < end {
            if bytes[place] != bytes[other] { return false }
            place += 1
            other += 1
        }
        return true
    }
}
