/// The rules of the schemas for single values. Each throws an `InvalidValue` that names the field.
enum Validation {
    /// A `token` of a length in characters: no white space at its ends, none but single spaces in it. A reader may
    /// change anything else, so that the peer would not get what was meant.
    static func token(
        _ value: String, _ field: String, _ length: ClosedRange<Int>
    ) throws(InvalidValue) {
        let count = value.unicodeScalars.count
        guard length.contains(count) else {
            let allowed =
                length.upperBound == Int.max
                ? "at least \(length.lowerBound)" : "\(length.lowerBound) to \(length.upperBound)"
            throw InvalidValue(field: field, reason: "has \(count) characters, but \(allowed) are allowed")
        }
        var previous: UInt8 = 0x20
        for byte in value.utf8 {
            guard byte >= 0x20, byte != 0x7F else {
                throw InvalidValue(field: field, reason: "has a control character, tab or line end")
            }
            guard byte != 0x20 || previous != 0x20 else { throw spaces(field) }
            previous = byte
        }
        guard value.isEmpty || previous != 0x20 else { throw spaces(field) }
    }

    private static func spaces(_ field: String) -> InvalidValue {
        InvalidValue(field: field, reason: "has a space at its start or end or two together")
    }

    /// A `normalizedString`: no tab and no line end.
    static func line(_ value: String, _ field: String) throws(InvalidValue) {
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw InvalidValue(field: field, reason: "has a control character, tab or line end")
        }
    }

    /// A `normalizedString` of a length in characters, without white space at its ends: a reader of indented XML leaves
    /// it out.
    static func text(
        _ value: String, _ field: String, _ length: ClosedRange<Int>
    ) throws(InvalidValue) {
        try line(value, field)
        let count = value.unicodeScalars.count
        guard length.contains(count) else {
            throw InvalidValue(
                field: field,
                reason: count < length.lowerBound
                    ? "is empty" : "has \(count) characters, but no more than \(length.upperBound) are allowed")
        }
        guard value.utf8.first != 0x20, value.utf8.last != 0x20 else {
            throw InvalidValue(field: field, reason: "has a space at its start or end")
        }
    }

    /// A date and time with both, as the schemas' type `dateTime` wants it.
    static func dateTime(_ value: Timestamp, _ field: String) throws(InvalidValue) {
        let bytes = Array(value.text.utf8)
        // The reader is more tolerant: it takes a date alone, a space or t instead of T, and a leap second.
        guard value.secondsSince1970 != nil, bytes.count >= 19, bytes[10] == UInt8(ascii: "T"),
            bytes[17] != UInt8(ascii: "6"), bytes.last != UInt8(ascii: "z")
        else { throw InvalidValue(field: field, reason: "is no date and time, such as 2026-03-01T22:00:00Z") }
    }

    /// A repository identifier.
    static func roid(_ value: String, _ field: String) throws(InvalidValue) {
        let parts = value.split(separator: "-", omittingEmptySubsequences: false)
        let isWord = parts.allSatisfy { part in
            part.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_"
            }
        }
        guard parts.count == 2, isWord, 1...80 ~= parts[0].unicodeScalars.count,
            1...8 ~= parts[1].unicodeScalars.count, !parts[1].contains("_")
        else { throw InvalidValue(field: field, reason: "is no repository identifier, such as SH8013-REP") }
    }

    /// The identifier of a client or contact.
    static func clientID(_ value: String, _ field: String) throws(InvalidValue) {
        try token(value, field, 3...16)
    }

    /// The identifier of a transaction.
    static func transactionID(_ value: String) throws(InvalidValue) {
        try token(value, "clTRID", 3...64)
    }

    /// A domain or host name in ASCII, with A-labels where it is internationalised.
    static func domainName(_ value: String, _ field: String) throws(InvalidValue) {
        let bytes = value.utf8
        guard !bytes.isEmpty else { throw InvalidValue(field: field, reason: "is empty") }
        guard bytes.count <= 253 else {
            throw InvalidValue(field: field, reason: "has \(bytes.count) characters, but a domain name has at most 253")
        }
        var length = 0
        var previous = UInt8(ascii: ".")
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                guard length > 0 else { throw InvalidValue(field: field, reason: "has an empty label") }
                guard previous != UInt8(ascii: "-") else { throw hyphen(field) }
                length = 0
            case UInt8(ascii: "-"):
                guard length > 0 else { throw hyphen(field) }
                length += 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                length += 1
            case 0x80...:
                throw InvalidValue(field: field, reason: "has a character beyond ASCII: it is to be an A-label, xn--…")
            default:
                throw InvalidValue(field: field, reason: "has a character that no domain name has")
            }
            guard length <= 63 else {
                throw InvalidValue(field: field, reason: "has a label of more than 63 characters")
            }
            previous = byte
        }
        if value.utf8.contains(UInt8(ascii: "-")) { try encodedLabels(value, field) }
        guard previous != UInt8(ascii: ".") else { throw InvalidValue(field: field, reason: "ends with a dot") }
        guard previous != UInt8(ascii: "-") else { throw hyphen(field) }
    }

    /// Each label that starts with `xn--` must be what Punycode makes of a label beyond ASCII.
    private static func encodedLabels(_ name: String, _ field: String) throws(InvalidValue) {
        for label in name.utf8.split(separator: UInt8(ascii: ".")) where Punycode.isMarked(label) {
            guard let decoded = Punycode.decode(label.dropFirst(4)),
                decoded.contains(where: { $0.value >= 0x80 }), decoded.allSatisfy(isPrinted),
                let encoded = Punycode.encode(decoded),
                encoded.elementsEqual(label.dropFirst(4).map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 })
            else { throw InvalidValue(field: field, reason: "has a label xn--… that stands for nothing") }
        }
    }

    private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .spaceSeparator, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func hyphen(_ field: String) -> InvalidValue {
        InvalidValue(field: field, reason: "has a label that starts or ends with a hyphen")
    }

    /// An address for electronic mail: something on both sides of an `@`.
    static func email(_ value: String, _ field: String) throws(InvalidValue) {
        try token(value, field, 1...Int.max)
        guard let place = value.utf8.lastIndex(of: UInt8(ascii: "@")), place > value.startIndex,
            value.utf8.index(after: place) < value.endIndex, !value.utf8.contains(0x20)
        else { throw InvalidValue(field: field, reason: "is no address, such as jdoe@example.gov") }
    }

    /// A version of the protocol. The schema knows one.
    static func version(_ value: String, _ field: String) throws(InvalidValue) {
        guard value == "1.0" else { throw InvalidValue(field: field, reason: "is not 1.0, the one that there is") }
    }

    /// A language tag: parts of up to eight letters or digits, the first of letters.
    static func language(_ value: String, _ field: String) throws(InvalidValue) {
        let parts = value.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            let isValid = part.allSatisfy { byte in
                0x61...0x7A ~= byte | 0x20 || (place > 0 && 0x30...0x39 ~= byte)
            }
            guard isValid, 1...8 ~= part.count else {
                throw InvalidValue(field: field, reason: "is no language tag, such as en or pt-BR")
            }
        }
    }
}
