extension XMLReader {
    /// Where a name starts, and where the part without prefix does; it ends at `position`.
    struct Name {
        var start: Int
        var local: Int
    }

    /// A name with at most one colon, which is neither its first nor its last character.
    mutating func readName() throws(Fault) -> Name {
        let bytes = bytes
        let start = position
        var local = start
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            if Self.isNameByte(byte) {
                place += 1
            } else if byte == UInt8(ascii: ":") {
                guard place > start, local == start else { throw fault("a name has a colon too many", at: start) }
                place += 1
                local = place
            } else if byte >= 0x80 {
                let (scalar, length) = scalar(at: place)
                guard Self.isNameScalar(scalar, isFirst: place == local) else { break }
                place += length
            } else {
                break
            }
        }
        position = place
        guard place > local, Self.startsName(bytes[start]), Self.startsName(bytes[local]) else {
            throw fault(place < bytes.count ? "a name was expected" : "the document ends inside a tag")
        }
        guard place - start <= limits.nameLength else {
            throw fault(
                "a name of \(place - start) bytes, but no more than \(limits.nameLength) are allowed", at: start)
        }
        return Name(start: start, local: local)
    }

    /// The attributes of a start tag and its end. Is the element empty, `<a/>`?
    mutating func readAttributes() throws(Fault) -> Bool {
        var count = 0
        while true {
            let hadSpace = skipSpace()
            guard position < bytes.count else { throw fault("the document ends inside a tag") }
            if bytes[position] == UInt8(ascii: ">") {
                position += 1
                return false
            }
            if bytes[position] == UInt8(ascii: "/") {
                guard position + 1 < bytes.count else { throw fault("the document ends inside a tag") }
                guard bytes[position + 1] == UInt8(ascii: ">") else { throw fault("> was expected behind /") }
                position += 2
                return true
            }
            guard hadSpace else { throw fault("white space was expected between attributes") }
            count += 1
            guard count <= limits.attributeCount else { throw fault("more than \(limits.attributeCount) attributes") }
            try readAttribute()
        }
    }

    private mutating func readAttribute() throws(Fault) {
        let name = try readName()
        let nameEnd = position
        skipSpace()
        guard position < bytes.count else { throw fault("the document ends inside a tag") }
        guard bytes[position] == UInt8(ascii: "=") else { throw fault("= was expected behind an attribute's name") }
        position += 1
        skipSpace()
        guard position < bytes.count else { throw fault("the document ends inside a tag") }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw fault("the value of an attribute is not quoted")
        }
        position += 1
        let valueStart = position
        var needsDecoding = false
        while true {
            needsDecoding = skipPlainValue(until: quote) || needsDecoding
            guard position < bytes.count else { throw fault("the document ends inside an attribute") }
            if bytes[position] == quote { break }
            guard bytes[position] == UInt8(ascii: "&") else { throw fault("< stands in the value of an attribute") }
            needsDecoding = true
            try skipReference()
        }
        let valueEnd = position
        position += 1
        guard valueEnd - valueStart <= limits.attributeLength else {
            let length = valueEnd - valueStart
            throw fault(
                "attribute of \(length) bytes, but no more than \(limits.attributeLength) are allowed", at: name.start)
        }
        let attribute = XMLTree.Attribute(
            nameStart: Int32(name.start), localStart: Int32(name.local), nameEnd: Int32(nameEnd),
            valueStart: Int32(valueStart), valueEnd: Int32(valueEnd), needsDecoding: needsDecoding)
        if isFragment { return }
        if equals(name.start, name.local, "xmlns:") || equals(name.start, nameEnd, "xmlns") {
            try declare(attribute)
        } else {
            attributes.append(attribute)
        }
    }

    /// Moves to the quote, or to a `<` or `&` before it. Was there white space other than spaces?
    private mutating func skipPlainValue(until quote: UInt8) -> Bool {
        let bytes = bytes
        var place = position
        var smallest: UInt8 = 0x20
        while place < bytes.count {
            let byte = bytes[place]
            if byte == quote || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&") { break }
            smallest = min(smallest, byte)
            place += 1
        }
        position = place
        return smallest < 0x20
    }

    /// Moves behind a reference. There are the five predefined entities, and characters by their number.
    mutating func skipReference() throws(Fault) {
        guard let (_, length) = Self.reference(in: bytes[...], at: position + 1) else {
            throw fault("& stands for nothing: only the five predefined entities and characters by number are accepted")
        }
        position += 1 + length
    }

    /// The character that a reference stands for and the reference's length, semicolon included, from behind its `&`.
    static func reference(in bytes: ArraySlice<UInt8>, at start: Int) -> (Unicode.Scalar, Int)? {
        // The longest is #x10FFFF; leading zeros are allowed, within reason.
        let window = bytes[min(start, bytes.endIndex)..<min(bytes.endIndex, start + 16)]
        guard let end = window.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let body = window[start..<end]
        let length = end - start + 1
        guard body.first == UInt8(ascii: "#") else {
            for (name, scalar) in predefined where name.utf8CodeUnitCount == body.count {
                if name.withUTF8Buffer({ body.elementsEqual($0) }) { return (scalar, length) }
            }
            return nil
        }
        let isHexadecimal = body.count > 1 && body[start + 1] == UInt8(ascii: "x")
        let digits = body.dropFirst(isHexadecimal ? 2 : 1)
        guard !digits.isEmpty else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let number = hexadecimalValue(of: digit), isHexadecimal || number < 10 else { return nil }
            value = value * (isHexadecimal ? 16 : 10) + number
            guard value <= 0x10FFFF else { return nil }
        }
        guard let scalar = Unicode.Scalar(value), isCharacter(scalar) else { return nil }
        return (scalar, length)
    }

    private static let predefined: [(StaticString, Unicode.Scalar)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
    ]

    private static func hexadecimalValue(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    mutating func skipComment() throws(Fault) {
        let start = position
        position += 4
        while !starts(with: "--") {
            guard position < bytes.count else { throw fault("the document ends inside a comment", at: start) }
            position += 1
        }
        guard starts(with: "-->") else { throw fault("-- stands in a comment") }
        position += 3
        if isFragment { appendRemark(from: start) }
    }

    mutating func skipInstruction() throws(Fault) {
        let start = position
        position += 2
        let name = try readName()
        guard name.local == name.start else { throw fault("a processing instruction's name has a colon", at: start) }
        if position - name.start == 3, equalsIgnoringCase(name.start, "xml") {
            throw fault("an XML declaration stands elsewhere than at the start", at: start)
        }
        guard starts(with: "?>") || (position < bytes.count && Self.isSpace(bytes[position])) else {
            throw fault("a processing instruction is not well-formed", at: start)
        }
        while !starts(with: "?>") {
            guard position < bytes.count else {
                throw fault("the document ends inside a processing instruction", at: start)
            }
            position += 1
        }
        position += 2
        if isFragment { appendRemark(from: start) }
    }

    private mutating func appendRemark(from start: Int) {
        var node = XMLTree.Node(kind: .remark, start: Int32(start), end: Int32(position))
        node.next = Int32(nodes.count + 1)
        nodes.append(node)
    }
}
