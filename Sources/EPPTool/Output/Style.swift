import Glibc

/// How text for people is marked: with colours on a terminal, with nothing elsewhere.
struct Style: Sendable {
    /// What a text says.
    enum Tone: String, Sendable, CaseIterable {
        case good = "32"
        case bad = "31"
        case faint = "2"
        case strong = "1"
    }

    var isColored: Bool
    /// How many columns the terminal has; nil where there is none.
    var width: Int?

    static let plain = Style(isColored: false)

    init(isColored: Bool, width: Int? = nil) {
        self.isColored = isColored
        self.width = width
    }

    /// Colours where there is a terminal that has them and nobody asked for none: https://no-color.org.
    init(isTerminal: Bool, environment: (String) -> String?) {
        isColored = isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
    }

    /// What standard output takes.
    static var standardOutput: Style {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var style = Style(isTerminal: isTerminal, environment: Environment.value)
        if isTerminal { style.width = Terminal.width(of: STDOUT_FILENO) }
        return style
    }

    func mark(_ text: String, _ tone: Tone?) -> String {
        guard isColored, let tone, !text.isEmpty else { return text }
        return "\(Self.start(tone.rawValue))\(text)\(Self.end)"
    }

    private static func start(_ code: String) -> String { "\u{1B}[\(code)m" }

    private static let end = start("0")

    /// All that `mark` puts around a text.
    static let marks = Tone.allCases.map { start($0.rawValue) } + [end]
}

extension String {
    /// The text with spaces behind it up to so many characters, or before it.
    func padding(to width: Int, atStart: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - count))
        return atStart ? space + self : self + space
    }
}
