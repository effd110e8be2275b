/// Makes a document that the reader refuses one that it takes, where what is wrong is known and harmless.
///
/// A repair changes the document's bytes, and the strict reader reads them anew: there is one reader, and whatever it
/// refuses, as an entity or a document beyond the limits, is refused here too. Documents without fault never come here.
/// Time is linear in the document's size: it is read three times at most.
struct XMLRepair {
    /// The document, repaired.
    private(set) var bytes: [UInt8]
    /// What was repaired.
    private(set) var flaws: [ReplyFlaw] = []
    private let limits: XMLLimits
    private let dialect: RegistryDialect

    /// So many prefixes may lack a declaration.
    private static let prefixLimit = 16
    /// The namespaces of undeclared prefixes start with this: nothing that is known does.
    static let undeclaredURI = "urn:x-undeclared-prefix:"

    init(_ document: [UInt8], limits: XMLLimits, dialect: RegistryDialect) {
        bytes = document
        self.limits = limits
        self.dialect = dialect
    }

    /// Reads the document, repaired.
    mutating func read() throws(XMLReader.Fault) -> XMLReader {
        guard bytes.count <= limits.documentLength else {
            throw XMLReader.Fault(reason: "document of \(bytes.count) bytes is beyond the limit", offset: 0)
        }
        XMLCost.spend(bytes.count)
        dropSpace()
        if let converted = XMLEncoding.converted(bytes) {
            bytes = converted.bytes
            flaws += converted.flaws
            dropSpace()
        }
        var reader = XMLReader(bytes, limits: limits, dialect: dialect)
        reader.isTolerant = true
        try reader.read()
        guard reader.strangeCount > 0 || !reader.undeclaredPrefixes.isEmpty else { return reader }
        if reader.strangeCount > 0 {
            flaws.append(ReplyFlaw(.controlCharacter, count: reader.strangeCount))
            replaceStrange()
        }
        var allowed = limits
        if !reader.undeclaredPrefixes.isEmpty {
            let length = bytes.count
            try declare(reader.undeclaredPrefixes, behind: Int(reader.nodes[0].nameEnd))
            allowed.documentLength = max(limits.documentLength, limits.documentLength + bytes.count - length)
            allowed.attributeCount += reader.undeclaredPrefixes.count
            allowed.namespaceCount += reader.undeclaredPrefixes.count
        }
        var again = XMLReader(bytes, limits: allowed, dialect: dialect)
        try again.read()
        return again
    }

    /// Takes away white space in front of the XML declaration.
    private mutating func dropSpace() {
        let start = bytes.firstIndex { !XMLReader.isSpace($0) } ?? 0
        guard start > 0, bytes[start...].starts(with: "<?xml".utf8) else { return }
        bytes.removeFirst(start)
        flaws.append(ReplyFlaw(.spaceBeforeDeclaration))
    }

    /// Makes each character that XML does not allow a space. The reader took them in text, values and comments only.
    private mutating func replaceStrange() {
        for place in bytes.indices {
            let byte = bytes[place]
            if byte < 0x20, !XMLReader.isSpace(byte) {
                bytes[place] = 0x20
            } else if byte == 0xEF, bytes[place + 1] == 0xBF, bytes[place + 2] >= 0xBE {
                // U+FFFE and U+FFFF: U+FFFD is as long.
                bytes[place + 2] = 0xBD
            }
        }
    }

    /// Declares prefixes on the outermost element, each for a namespace that nothing else is in.
    private mutating func declare(_ prefixes: [String], behind place: Int) throws(XMLReader.Fault) {
        guard prefixes.count <= Self.prefixLimit else {
            throw XMLReader.Fault(reason: "more than \(Self.prefixLimit) prefixes are not declared", offset: place)
        }
        let declarations = prefixes.map { " xmlns:\($0)=\"\(Self.undeclaredURI)\($0)\"" }.joined()
        bytes.insert(contentsOf: declarations.utf8, at: place)
        flaws.append(ReplyFlaw(.undeclaredPrefix, count: prefixes.count, note: prefixes.joined(separator: ", ")))
    }
}
