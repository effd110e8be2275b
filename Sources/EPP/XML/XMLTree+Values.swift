extension XMLTree.Element {
    /// The number of its namespace, for those that have one.
    var namespaceCode: Int32 {
        node.namespace
    }

    /// Its own text as the schemas' type `normalizedString`: each tab and line end is a space. What stands around it is
    /// left out, so that indented XML says the same.
    var line: String {
        let text = text
        guard text.utf8.contains(where: { $0 < 0x20 }) || text.utf8.first == 0x20 || text.utf8.last == 0x20 else {
            return text
        }
        var bytes = text.utf8.map { $0 < 0x20 ? 0x20 : $0 }[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of the first child of this name as a `normalizedString`; nil if there is no such child.
    func line(of name: StaticString, in namespace: XMLNamespace) -> String? {
        child(name, in: namespace)?.line
    }

    /// The text of the first child of this name as a token.
    ///
    /// - Throws: `ParsingError` where there is none.
    func requiredToken(_ name: StaticString, in namespace: XMLNamespace) throws(ParsingError) -> String {
        try requiredChild(name, in: namespace).token
    }

    /// The date in the first child of this name; nil if there is no such child.
    func date(of name: StaticString, in namespace: XMLNamespace) -> Timestamp? {
        token(of: name, in: namespace).map(Timestamp.init)
    }

    /// The date in the first child of this name.
    ///
    /// - Throws: `ParsingError` where there is none.
    func requiredDate(_ name: StaticString, in namespace: XMLNamespace) throws(ParsingError) -> Timestamp {
        Timestamp(try requiredToken(name, in: namespace))
    }

    /// The number in the first child of this name, nil if there is no such child.
    ///
    /// - Throws: `ParsingError` where it is no number.
    func number(of name: StaticString, in namespace: XMLNamespace) throws(ParsingError) -> Int? {
        guard let child = child(name, in: namespace) else { return nil }
        guard let number = Int(child.token) else { throw child.error("\(name) is no number") }
        return number
    }

    /// The number in the first child of this name.
    ///
    /// - Throws: `ParsingError` where there is none or it is no number.
    func requiredNumber(_ name: StaticString, in namespace: XMLNamespace) throws(ParsingError) -> Int {
        guard let number = try number(of: name, in: namespace) else { throw error("\(self.name) has no \(name)") }
        return number
    }

    /// The value of an attribute as a token, nil where it is not there.
    func tokenAttribute(_ name: StaticString) -> String? {
        attribute(name).map(Self.collapse)
    }

    /// The value of an attribute of the schemas' type `boolean`, nil where it is not there.
    ///
    /// - Throws: `ParsingError` where it is neither true nor false.
    func optionalFlag(_ name: StaticString) throws(ParsingError) -> Bool? {
        attribute(name) == nil ? nil : try flag(name)
    }

    /// The attribute `avail` of an object in the answer to a check; nil where a document that is read tolerantly lacks it.
    ///
    /// - Throws: `ParsingError` where it is neither true nor false, or missing in a document that is read strictly.
    func availability() throws(ParsingError) -> Bool? {
        tree.isTolerant ? try optionalFlag("avail") : try flag("avail")
    }

    /// An attribute whose value is one of a list.
    ///
    /// - Throws: `ParsingError` where it is missing or is none of the list.
    func choice<Choice: RawRepresentable<String>>(
        _ name: StaticString, of type: Choice.Type = Choice.self
    ) throws(ParsingError) -> Choice {
        guard let choice = try optionalChoice(name, of: type) else { throw error("\(self.name) has no \(name)") }
        return choice
    }

    /// An attribute whose value is one of a list; nil where it is missing.
    ///
    /// - Throws: `ParsingError` where it is none of the list.
    func optionalChoice<Choice: RawRepresentable<String>>(
        _ name: StaticString, of type: Choice.Type = Choice.self
    ) throws(ParsingError) -> Choice? {
        guard let word = tokenAttribute(name) else { return nil }
        guard let choice = Choice(rawValue: word), choice.rawValue.hasSameBytes(as: word) else {
            throw error("\(self.name) has a \(name) that is not known")
        }
        return choice
    }
}
