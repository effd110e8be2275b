/// Makes a document UTF-8 that is something else, or says so.
enum XMLEncoding {
    /// The document in UTF-8 without its XML declaration, and what was wrong with it; nil where it is UTF-8 and says
    /// nothing else.
    static func converted(_ document: [UInt8]) -> (bytes: [UInt8], flaws: [ReplyFlaw])? {
        XMLCost.spend(document.count)
        if let (units, name) = utf16(document) {
            let isWhole = document.count % 2 == 0
            let text = String(decoding: units, as: UTF16.self)
            let invalid = text.unicodeScalars.count { $0 == "\u{FFFD}" } - units.count { $0 == 0xFFFD }
            return result(Array(text.utf8), name, invalid: invalid + (isWhole ? 0 : 1))
        }
        let declared = declaredName(document).map { $0.lowercased() } ?? "utf-8"
        switch declared {
        case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
            return result(utf8(document) { Unicode.Scalar($0) }, declared)
        case "windows-1252", "cp1252":
            return result(utf8(document) { windows1252($0) }, declared)
        case "iso-8859-15", "latin-9":
            return result(utf8(document) { latin9($0) }, declared)
        case "utf-8", "utf8", "us-ascii":
            if String(validating: document, as: UTF8.self) != nil { return nil }
            return result(document, nil)
        default:
            // Of any other encoding what is ASCII is read.
            return result(document, declared)
        }
    }

    private static func result(
        _ bytes: [UInt8], _ name: String?, invalid: Int = 0
    ) -> (bytes: [UInt8], flaws: [ReplyFlaw]) {
        var bytes = bytes
        var invalid = invalid
        if String(validating: bytes, as: UTF8.self) == nil {
            let before = count(ofReplacementsIn: bytes)
            bytes = Array(String(decoding: bytes, as: UTF8.self).utf8)
            invalid += count(ofReplacementsIn: bytes) - before
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        // It would say what is true no longer.
        if name != nil, let end = declarationEnd(bytes) { bytes.removeFirst(end) }
        var flaws = name.map { [ReplyFlaw(.encoding, note: $0)] } ?? []
        if invalid > 0 { flaws.append(ReplyFlaw(.invalidText, count: invalid)) }
        return (bytes, flaws)
    }

    private static func count(ofReplacementsIn bytes: [UInt8]) -> Int {
        var count = 0
        for place in bytes.indices.dropLast(2)
        where bytes[place] == 0xEF && bytes[place + 1] == 0xBF && bytes[place + 2] == 0xBD {
            count += 1
        }
        return count
    }

    /// The document as UTF-16, where its first bytes say that it is.
    private static func utf16(_ document: [UInt8]) -> ([UInt16], String)? {
        guard document.count >= 2 else { return nil }
        let isBigEndian: Bool
        var start = 0
        switch (document[0], document[1]) {
        case (0xFE, 0xFF): (isBigEndian, start) = (true, 2)
        case (0xFF, 0xFE): (isBigEndian, start) = (false, 2)
        case (0, UInt8(ascii: "<")): isBigEndian = true
        case (UInt8(ascii: "<"), 0): isBigEndian = false
        default: return nil
        }
        let units = stride(from: start, to: document.count - 1, by: 2).map { place in
            let (one, two) = (UInt16(document[place]), UInt16(document[place + 1]))
            return isBigEndian ? one << 8 | two : two << 8 | one
        }
        return (units, isBigEndian ? "UTF-16BE" : "UTF-16LE")
    }

    /// Where the XML declaration ends, if there is one.
    private static func declarationEnd(_ document: [UInt8]) -> Int? {
        guard document.starts(with: "<?xml".utf8) else { return nil }
        let window = document.prefix(512)
        return window.indices.dropLast().first {
            window[$0] == UInt8(ascii: "?") && window[$0 + 1] == UInt8(ascii: ">")
        }.map { $0 + 2 }
    }

    /// The encoding that the XML declaration names.
    private static func declaredName(_ document: [UInt8]) -> String? {
        guard let end = declarationEnd(document) else { return nil }
        let declaration = document[..<end]
        let name = Array("encoding".utf8)
        guard
            let start = declaration.indices.dropLast(name.count).first(where: {
                declaration[$0..<($0 + name.count)].elementsEqual(name)
            }),
            let quote = declaration[start...].firstIndex(where: { $0 == 0x22 || $0 == 0x27 }),
            let close = declaration[(quote + 1)...].firstIndex(of: declaration[quote])
        else { return nil }
        return String(decoding: declaration[(quote + 1)..<close], as: UTF8.self)
    }

    private static func utf8(_ document: [UInt8], _ scalar: (UInt8) -> Unicode.Scalar) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(document.count + document.count / 8)
        for byte in document {
            if byte < 0x80 {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar(byte)) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        0x80..<0xA0 ~= byte ? windows1252Table[Int(byte) - 0x80] : Unicode.Scalar(byte)
    }

    private static let windows1252Table: [Unicode.Scalar] = [
        "€", "\u{FFFD}", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "\u{FFFD}", "Ž", "\u{FFFD}", "\u{FFFD}",
        "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "\u{FFFD}", "ž", "Ÿ",
    ]

    private static func latin9(_ byte: UInt8) -> Unicode.Scalar {
        switch byte {
        case 0xA4: "€"
        case 0xA6: "Š"
        case 0xA8: "š"
        case 0xB4: "Ž"
        case 0xB8: "ž"
        case 0xBC: "Œ"
        case 0xBD: "œ"
        case 0xBE: "Ÿ"
        default: Unicode.Scalar(byte)
        }
    }
}
