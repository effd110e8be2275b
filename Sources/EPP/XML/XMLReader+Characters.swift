extension XMLReader {
    /// Refuses what is not UTF-8, and characters that XML does not allow. What is read after this relies on it.
    mutating func checkEncoding() throws(Fault) {
        if bytes.count >= 2 {
            switch (bytes[0], bytes[1]) {
            case (0xFE, 0xFF), (0xFF, 0xFE), (0, UInt8(ascii: "<")), (UInt8(ascii: "<"), 0):
                throw fault("the document is UTF-16, only UTF-8 is accepted", at: 0)
            case (0xEF, 0xBB) where bytes.count >= 3 && bytes[2] == 0xBF:
                position = 3
            default: break
            }
        }
        if isPlain { return }
        var place = position
        while place < bytes.count {
            let byte = bytes[place]
            if byte >= 0x20, byte < 0x80 {
                place += 1
            } else if byte < 0x20 {
                if !Self.isSpace(byte) { try takeStrange("a control character that XML does not allow", at: place) }
                place += 1
            } else {
                guard let length = sequenceLength(at: place) else { throw fault("not UTF-8", at: place) }
                let (scalar, _) = scalar(at: place)
                if !Self.isCharacter(scalar) { try takeStrange("a character that XML does not allow", at: place) }
                place += length
            }
        }
    }

    /// A NUL is never taken: it ends a text for too many readers.
    private mutating func takeStrange(_ reason: String, at place: Int) throws(Fault) {
        guard isTolerant, bytes[place] != 0 else { throw fault(reason, at: place) }
        strangeCount += 1
    }

    /// Is all of it ASCII, without control characters? Most documents are; one pass without a branch tells.
    private var isPlain: Bool {
        var strange: UInt8 = 0
        for byte in bytes {
            let isControl: UInt8 = byte < 0x20 ? 0x80 : 0
            let isSpace: UInt8 = byte == 0x0A || byte == 0x0D || byte == 0x09 ? 0 : 0x80
            strange |= byte | (isControl & isSpace)
        }
        return strange < 0x80
    }

    /// The length of the UTF-8 sequence of more than one byte at a place; nil if it is not valid.
    private func sequenceLength(at place: Int) -> Int? {
        let first = bytes[place]
        let length: Int
        // The second byte's range is what shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard place + length <= bytes.count, second.contains(bytes[place + 1]) else { return nil }
        for offset in 2..<max(2, length) where bytes[place + offset] & 0xC0 != 0x80 { return nil }
        return length
    }

    /// The character of more than one byte at a place that is known to hold valid UTF-8, and its length.
    func scalar(at place: Int) -> (Unicode.Scalar, Int) {
        let first = UInt32(bytes[place])
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var value = first & (0xFF >> UInt32(length + 1))
        for offset in 1..<length { value = value << 6 | UInt32(bytes[place + offset] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    /// The XML declaration: version 1.x, and no encoding but UTF-8 (US-ASCII is part of it).
    mutating func readDeclaration() throws(Fault) {
        if skip("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") { return }
        let start = position
        position += 5
        var names: [String] = []
        while true {
            let hadSpace = skipSpace()
            if starts(with: "?>") { break }
            guard position < bytes.count, hadSpace else {
                throw fault("the XML declaration is not well-formed", at: start)
            }
            let nameStart = position
            _ = try readName()
            let name = String(decoding: bytes[nameStart..<position], as: UTF8.self)
            skipSpace()
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "=") else {
                throw fault("the XML declaration is not well-formed", at: start)
            }
            position += 1
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'"),
                let end = bytes[(position + 1)...].prefix(64).firstIndex(of: bytes[position])
            else { throw fault("the XML declaration is not well-formed", at: start) }
            let value = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
            position = end + 1
            try checkDeclared(name, value, before: &names, at: nameStart)
        }
        guard names.first == "version" else { throw fault("the XML declaration has no version", at: start) }
        position += 2
    }

    private func checkDeclared(
        _ name: String, _ value: String, before names: inout [String], at place: Int
    ) throws(Fault) {
        let order = ["version", "encoding", "standalone"]
        guard let rank = order.firstIndex(of: name), names.allSatisfy({ order[..<rank].contains($0) }) else {
            throw fault("the XML declaration is not well-formed", at: place)
        }
        names.append(name)
        switch name {
        case "version":
            guard value.hasPrefix("1."), value.utf8.count > 2, value.utf8.dropFirst(2).allSatisfy({ 0x30...0x39 ~= $0 })
            else { throw fault("only XML 1 is accepted", at: place) }
        case "encoding":
            guard ["utf-8", "utf8", "us-ascii"].contains(value.lowercased()) else {
                throw fault("the document declares another encoding, only UTF-8 is accepted", at: place)
            }
        default:
            guard value == "yes" || value == "no" else { throw fault("standalone is neither yes nor no", at: place) }
        }
    }

    /// Moves behind white space. Was there any?
    @discardableResult
    mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        return position > start
    }

    /// Moves behind a text if it stands here.
    private mutating func skip(_ text: StaticString) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    func starts(with text: StaticString) -> Bool {
        equals(position, min(bytes.count, position + text.utf8CodeUnitCount), text)
    }

    func equals(_ start: Int, _ end: Int, _ text: StaticString) -> Bool {
        guard end - start == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for place in text.indices where bytes[start + place] != text[place] { return false }
            return true
        }
    }

    func equalsIgnoringCase(_ start: Int, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            for place in text.indices where bytes[start + place] | 0x20 != text[place] { return false }
            return true
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// May an ASCII character stand in a name? A bit for each of the 128: `-`, `.` and digits; `_` and letters.
    static func isNameByte(_ byte: UInt8) -> Bool {
        let set: UInt64 = byte < 64 ? 0x03FF_6000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
        return byte < 0x80 && set >> UInt64(byte & 63) & 1 == 1
    }

    /// May a name start with this character, of those that may stand in one?
    static func startsName(_ byte: UInt8) -> Bool {
        byte >= 64
    }

    /// May a character beyond ASCII stand in a name? The table is XML 1.0's, fifth edition.
    static func isNameScalar(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        switch scalar.value {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
            0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: !isFirst
        default: false
        }
    }

    /// Does XML allow this character?
    static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    func fault(_ reason: String, at offset: Int? = nil) -> Fault {
        Fault(reason: reason, offset: offset ?? position)
    }
}
