import Glibc

/// How text for people is marked: with colours on a terminal, with nothing elsewhere.
struct Style: Sendable {
    /// What a text says.
    enum Tone: String, Sendable {
        case good = "32"
        case bad = "31"
        case faint = "2"
        case strong = "1"
    }

    var isColored: Bool

    static let plain = Style(isColored: false)

    init(isColored: Bool) {
        self.isColored = isColored
    }

    /// Colours where there is a terminal that has them and nobody asked for none: https://no-color.org.
    init(isTerminal: Bool, environment: (String) -> String?) {
        isColored = isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
    }

    /// What standard output takes.
    static var standardOutput: Style { Style(isTerminal: isatty(STDOUT_FILENO) == 1, environment: Environment.value) }

    func mark(_ text: String, _ tone: Tone?) -> String {
        guard isColored, let tone, !text.isEmpty else { return text }
        return "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m"
    }
}

extension String {
    /// The text with spaces behind it up to so many characters, or before it.
    func padding(to width: Int, atStart: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - count))
        return atStart ? space + self : self + space
    }

    /// The text as a terminal may show it: what a registry sends must not move the cursor or change its colours.
    var printable: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { Self.isControl($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 && scalar != "\t" || 0x7F...0x9F ~= scalar.value
    }
}
