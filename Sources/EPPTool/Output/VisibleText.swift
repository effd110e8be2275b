/// Text for people that came from somebody else: a registry, a file, an argument. Characters that cannot be seen, or that
/// change how others are seen, are shown as `\u{202E}`: control characters and escape sequences, line ends, bidirectional
/// controls, characters without width, variation selectors and tags, and those that mean nothing to everybody.
///
/// `printable` is for a piece of a line. `visible` is the last look at a whole text before it is written, in case that
/// somebody forgot a piece: of its own it leaves line ends and the marks of `Style`.
extension String {
    /// The text in one line, with whatever cannot be seen shown by its number.
    var printable: String {
        escaped { _ in nil }
    }

    /// The text with its lines and marks, and whatever else cannot be seen shown by its number.
    var visible: String {
        escaped { rest in
            if rest.first == "\n" { return 1 }
            return Style.marks.first { rest.starts(with: $0.unicodeScalars) }?.unicodeScalars.count
        }
    }

    /// - Parameter kept: How many of the next characters, of which the first cannot be seen, are left as they are.
    private func escaped(_ kept: (Substring.UnicodeScalarView) -> Int?) -> String {
        guard unicodeScalars.contains(where: \.cannotBeSeen) else { return self }
        var shown = String.UnicodeScalarView()
        var rest = unicodeScalars[...]
        while let scalar = rest.first {
            let count = scalar.cannotBeSeen ? kept(rest) : 1
            if let count {
                shown.append(contentsOf: rest.prefix(count))
            } else {
                shown.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            }
            rest = rest.dropFirst(count ?? 1)
        }
        return String(shown)
    }
}

extension Unicode.Scalar {
    /// Is it invisible, or does it change how what stands around it is seen? A tab and a space are not meant.
    var cannotBeSeen: Bool {
        if value < 0x7F { return value < 0x20 && self != "\t" }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return properties.isDefaultIgnorableCodePoint || properties.isVariationSelector
        }
    }
}
