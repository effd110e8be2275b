extension XMLReader {
    /// Takes an `xmlns` attribute: what it declares is in force for the element that is being read and all in it.
    mutating func declare(_ attribute: XMLTree.Attribute) throws(Fault) {
        let place = Int(attribute.nameStart)
        let isDefault = attribute.localStart == attribute.nameStart
        let prefixStart = isDefault ? attribute.nameEnd : attribute.localStart
        let prefixEnd = attribute.nameEnd
        guard scope.count < limits.namespaceCount else {
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
        if let other = scope.find(prefixStart, prefixEnd, of: declarations, in: bytes),
            declarations[Int(other)].depth == depth
        {
            throw fault("an attribute stands twice", at: place)
        }
        declarations.append(
            XMLTree.Declaration(
                prefixStart: prefixStart, prefixEnd: prefixEnd, valueStart: attribute.valueStart,
                valueEnd: attribute.valueEnd, namespace: namespace, previous: scope.top, depth: depth))
        scope.push(Int32(declarations.count - 1), of: declarations, in: bytes)
    }

    /// The number of the namespace that an attribute's value names.
    private mutating func namespace(named attribute: XMLTree.Attribute) throws(Fault) -> Int32 {
        if !attribute.needsDecoding,
            let code = XMLNamespace.code(of: bytes[Int(attribute.valueStart)..<Int(attribute.valueEnd)])
        {
            return code
        }
        let uri = XMLTree.value(of: attribute, in: bytes)
        if !dialect.readsStandard, let code = dialect.namespace(of: uri)?.code { return code }
        if attribute.needsDecoding, let code = XMLNamespace(uri).code { return code }
        guard !uri.hasSameBytes(as: "http://www.w3.org/2000/xmlns/") else {
            throw fault("the namespace of xmlns is declared", at: Int(attribute.nameStart))
        }
        return try foreignNumber(of: uri, at: Int(attribute.nameStart))
    }

    /// The number of a namespace that has none of its own.
    private mutating func foreignNumber(of uri: String, at place: Int) throws(Fault) -> Int32 {
        if let number = number(ofForeign: uri) { return number }
        guard foreignNamespaces.count < limits.namespaceCount else {
            throw fault("more than \(limits.namespaceCount) namespaces", at: place)
        }
        foreignNamespaces.append(uri)
        if foreignNamespaces.count > Self.fewNamespaces {
            for place in foreignNumbers.count..<foreignNamespaces.count {
                foreignNumbers[ExactText(foreignNamespaces[place])] = Int32(XMLNamespace.knownCount + place)
            }
        }
        return Int32(XMLNamespace.knownCount + foreignNamespaces.count - 1)
    }

    /// So many namespaces are looked through; with more there is a table.
    private static let fewNamespaces = 8

    /// The number of a namespace that has none of its own, if it was declared before.
    private func number(ofForeign uri: String) -> Int32? {
        guard foreignNamespaces.count <= Self.fewNamespaces else {
            XMLCost.spend(1 + uri.utf8.count)
            return foreignNumbers[ExactText(uri)]
        }
        for (place, other) in foreignNamespaces.enumerated() {
            XMLCost.spend(1)
            guard other.utf8.count == uri.utf8.count else { continue }
            XMLCost.spend(uri.utf8.count)
            if other.hasSameBytes(as: uri) { return Int32(XMLNamespace.knownCount + place) }
        }
        return nil
    }

    /// The namespace of an element: its prefix's, or the default one.
    mutating func namespace(ofElement name: Name) throws(Fault) -> Int32 {
        try namespace(ofPrefixFrom: name.start, to: max(name.start, name.local - 1)) ?? 0
    }

    /// Gives the attributes of the element that is being read their namespaces, and refuses one that stands twice.
    mutating func resolveAttributes(from first: Int) throws(Fault) {
        for place in first..<attributes.count {
            let attribute = attributes[place]
            guard attribute.localStart > attribute.nameStart else { continue }
            let prefixEnd = Int(attribute.localStart) - 1
            attributes[place].namespace = try namespace(ofPrefixFrom: Int(attribute.nameStart), to: prefixEnd) ?? 0
        }
        let count = attributes.count - first
        guard count > 1 else { return }
        if count == 2 { return try refuse(first, ifSameAs: first + 1) }
        // Sorted, those that are the same stand side by side.
        let places = Array(first..<attributes.count).sorted { order(of: $0, and: $1) < 0 }
        for (place, other) in zip(places, places.dropFirst()) { try refuse(place, ifSameAs: other) }
    }

    private func refuse(_ place: Int, ifSameAs other: Int) throws(Fault) {
        guard order(of: place, and: other) == 0 else { return }
        throw fault("an attribute stands twice", at: Int(attributes[max(place, other)].nameStart))
    }

    /// An order of attributes in which only those of one name are equal.
    private func order(of place: Int, and other: Int) -> Int {
        let (one, two) = (attributes[place], attributes[other])
        XMLCost.spend(1)
        if one.namespace != two.namespace { return one.namespace < two.namespace ? -1 : 1 }
        let (length, otherLength) = (one.nameEnd - one.localStart, two.nameEnd - two.localStart)
        if length != otherLength { return length < otherLength ? -1 : 1 }
        for offset in 0..<Int(length) {
            let (byte, otherByte) = (bytes[Int(one.localStart) + offset], bytes[Int(two.localStart) + offset])
            XMLCost.spend(1)
            if byte != otherByte { return byte < otherByte ? -1 : 1 }
        }
        return 0
    }

    /// What a prefix stands for here; nil for the empty one where no default namespace is in force.
    private mutating func namespace(ofPrefixFrom start: Int, to end: Int) throws(Fault) -> Int32? {
        if let place = scope.find(Int32(start), Int32(end), of: declarations, in: bytes) {
            return declarations[Int(place)].namespace
        }
        guard start < end else { return nil }
        if equals(start, end, "xml") { return XMLNamespace.xml.code }
        guard isTolerant else { throw fault("a prefix is not declared", at: start) }
        let prefix = String(decoding: bytes[start..<end], as: UTF8.self)
        let known = foreignNamespaces.count
        let number = try foreignNumber(of: XMLRepair.undeclaredURI + prefix, at: start)
        if foreignNamespaces.count > known { undeclaredPrefixes.append(prefix) }
        return number
    }

    /// Are the bytes between two places the same as those from another on?
    static func isSame(_ bytes: [UInt8], _ start: Int32, _ end: Int32, _ otherStart: Int32) -> Bool {
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
