/// Money that a command gives back, RFC 8748.
public struct FeeCredit: Sendable, Hashable {
    /// How much, as a decimal number below 0: `-12.50`. Kept as it is written.
    public var amount: String
    /// What for.
    public var description: LocalizedText?

    /// A credit.
    public init(_ amount: String, description: LocalizedText? = nil) {
        self.amount = amount
        self.description = description
    }
}

extension FeeCredit {
    init(_ element: XMLTree.Element) {
        self.init(element.token, description: LocalizedText(description: element))
    }

    func validate() throws(InvalidValue) {
        try Validation.decimal(amount, "fee:credit", isNegative: true)
        try description?.validate("fee:credit description")
    }

    func encode(to writer: inout XMLWriter) {
        writer.element(
            "fee:credit",
            attributes: [.init("description", ifPresent: description?.text), description?.languageAttribute],
            text: amount)
    }
}
