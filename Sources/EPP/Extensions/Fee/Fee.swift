/// A fee, RFC 8748.
public struct Fee: Sendable, Hashable {
    /// How much, as a decimal number: `12.50`. Kept as it is written.
    public var amount: String
    /// What for.
    public var description: LocalizedText?
    /// Is it given back if the command is undone? Nil where the registry does not say.
    public var isRefundable: Bool?
    /// For how long it is given back, as a duration of ISO 8601: `P5D`.
    public var gracePeriod: String?
    /// Is it taken later than at once?
    public var isDelayed: Bool

    /// A fee.
    public init(
        _ amount: String, description: LocalizedText? = nil, isRefundable: Bool? = nil, gracePeriod: String? = nil,
        isDelayed: Bool = false
    ) {
        self.amount = amount
        self.description = description
        self.isRefundable = isRefundable
        self.gracePeriod = gracePeriod
        self.isDelayed = isDelayed
    }
}

extension Fee {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        self.init(
            element.token, description: LocalizedText(description: element),
            isRefundable: try element.optionalFlag("refundable"), gracePeriod: element.tokenAttribute("grace-period"),
            isDelayed: element.tokenAttribute("applied") == "delayed")
    }

    func validate() throws(InvalidValue) {
        try Validation.decimal(amount, "fee:fee", isNegative: false)
        try description?.validate("fee:fee description")
        if let gracePeriod { try Validation.duration(gracePeriod, "fee:fee grace-period") }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element(
            "fee:fee",
            attributes: [
                .init("description", ifPresent: description?.text), description?.languageAttribute,
                .init("refundable", ifPresent: isRefundable.map { $0 ? "1" : "0" }),
                .init("grace-period", ifPresent: gracePeriod), .init("applied", ifPresent: isDelayed ? "delayed" : nil),
            ], text: amount)
    }
}

extension LocalizedText {
    /// Reads the attributes `description` and `lang`; nil where there is no description.
    init?(description element: XMLTree.Element) {
        guard let text = element.attribute("description") else { return nil }
        self.init(text, language: element.tokenAttribute("lang") ?? "en")
    }

    var languageAttribute: XMLWriter.Attribute? {
        .init("lang", ifPresent: language == "en" ? nil : language)
    }
}
