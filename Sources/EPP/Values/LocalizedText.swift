/// A text for people, and its language.
public struct LocalizedText: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text.
    public var text: String
    /// Its language, `en` where that is not said.
    public var language: String

    /// A text.
    public init(_ text: String, language: String = "en") {
        self.text = text
        self.language = language
    }

    /// A text in English.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension LocalizedText {
    init(_ element: XMLTree.Element) {
        self.init(element.line, language: element.tokenAttribute("lang") ?? "en")
    }

    func validate(_ field: String, _ length: ClosedRange<Int> = 1...Int.max) throws(InvalidValue) {
        try Validation.text(text, field, length)
        try Validation.language(language, "\(field) lang")
    }

    func encode(as name: StaticString, to writer: inout XMLWriter) {
        writer.element(name, attributes: [.init("lang", ifPresent: language == "en" ? nil : language)], text: text)
    }
}
