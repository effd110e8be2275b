/// Internationalised names, RFC 5891: between what people write (U-labels) and what the DNS has (A-labels).
///
/// Which letters a registry takes, and which of them are variants, is its own rule; here only what no name can have is
/// refused. What is not in its composed form is refused too, rather than composed: Swift's library has no normaliser to
/// call, and a name that looks the same as another must not become another one.
public enum IDNA {
    /// A name with each label beyond ASCII as an A-label, whose letters become small ones.
    ///
    /// - Throws: `InvalidValue` for a label that has what no name has, or is too long.
    public static func ascii(_ name: String) throws(InvalidValue) -> String {
        try ascii(name, field: "name")
    }

    /// A name with each A-label as what it stands for, for people. A label that stands for nothing stays as it is.
    public static func unicode(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).map { label in
            guard Punycode.isMarked(label.utf8), let decoded = Punycode.decode(label.utf8.dropFirst(4)),
                decoded.allSatisfy(isAllowed)
            else { return String(label) }
            return text(decoded)
        }.joined(separator: ".")
    }

    /// Those of Chinese and Japanese keyboards are dots too.
    private static let dots: [Unicode.Scalar] = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]

    static func ascii(_ name: String, field: String) throws(InvalidValue) -> String {
        var labels: [String] = []
        for label in name.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: dots.contains) {
            labels.append(try ascii(Array(label), field))
        }
        let ascii = labels.joined(separator: ".")
        try Validation.domainName(ascii, field)
        return ascii
    }

    private static func ascii(_ label: [Unicode.Scalar], _ field: String) throws(InvalidValue) -> String {
        if label.allSatisfy({ $0.value < 0x80 }) { return text(label) }
        let small = label.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
        // The Kelvin sign is a K.
        if small.allSatisfy({ $0.value < 0x80 }) { return text(small) }
        guard small.allSatisfy(isAllowed) else {
            throw InvalidValue(field: field, reason: "has a character that no domain name has")
        }
        guard !small.contains(where: { 0x300...0x36F ~= $0.value }) else {
            throw InvalidValue(
                field: field, reason: "has a letter and its accent as two characters: compose them (NFC)")
        }
        guard let first = small.first, !isMark(first) else {
            throw InvalidValue(field: field, reason: "has a label that starts with a mark")
        }
        guard let encoded = Punycode.encode(small), encoded.count <= 59 else {
            throw InvalidValue(field: field, reason: "has a label of more than 63 characters")
        }
        return "xn--" + String(decoding: encoded, as: UTF8.self)
    }

    /// Letters, marks, digits and the hyphen; and what the scripts need beside them.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
        default: ["-", "\u{B7}", "\u{375}", "\u{5F3}", "\u{5F4}", "\u{30FB}", "\u{200C}", "\u{200D}"].contains(scalar)
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        [.nonspacingMark, .spacingMark].contains(scalar.properties.generalCategory)
    }

    private static func text(_ scalars: [Unicode.Scalar]) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
