/// What commands cost. An extension of the answer to a check, RFC 8748.
public struct FeeCheckData: ResponseExtension, Hashable {
    /// What is said about one command.
    public struct Price: Sendable, Hashable {
        /// The command.
        public var command: FeeCommand
        /// Is it the registry's standard price?
        public var isStandard: Bool
        /// What it costs.
        public var fees: [Fee]
        /// What it gives back.
        public var credits: [FeeCredit]
        /// Why there is no price.
        public var reason: LocalizedText?

        /// The price of a command.
        public init(
            _ command: FeeCommand, isStandard: Bool = false, fees: [Fee] = [], credits: [FeeCredit] = [],
            reason: LocalizedText? = nil
        ) {
            self.command = command
            self.isStandard = isStandard
            self.fees = fees
            self.credits = credits
            self.reason = reason
        }
    }

    /// What is said about one object.
    public struct Entry: Sendable, Hashable {
        /// The object's name or identifier.
        public var id: String
        /// The element that names it in the check, `name` by default.
        public var element: String
        /// Can prices be told?
        public var isAvailable: Bool
        /// The class of the price: `standard`, `premium`, …
        public var priceClass: String?
        /// The prices.
        public var prices: [Price]
        /// Why there are none.
        public var reason: LocalizedText?

        /// The prices for an object.
        public init(
            _ id: String, element: String = "name", isAvailable: Bool = true, priceClass: String? = nil,
            prices: [Price] = [], reason: LocalizedText? = nil
        ) {
            self.id = id
            self.element = element
            self.isAvailable = isAvailable
            self.priceClass = priceClass
            self.prices = prices
            self.reason = reason
        }
    }

    /// The currency by its three letters.
    public var currency: String
    /// What is said about each object.
    public var entries: [Entry]

    /// The answer to a question for prices.
    public init(currency: String, entries: [Entry]) {
        self.currency = currency
        self.entries = entries
    }

    /// What is said about an object; nil where nothing is. Names are compared without regard to case.
    public func entry(for id: String) -> Entry? {
        let id = id.lowercased()
        return entries.first { $0.id.lowercased().hasSameBytes(as: id) }
    }

    /// Reads `fee:chkData`, of the standard or of an earlier draft.
    public static func decode(from element: XMLTree.Element) throws -> FeeCheckData? {
        guard element.isNamed("chkData", in: .fee) else { return nil }
        return FeeCheckData(
            currency: element.token(of: "currency", in: .fee) ?? FeeDraft.currency(of: element),
            entries: try element.children.filter { $0.isNamed("cd", in: .fee) }.map { try Entry($0) })
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.currency(currency, "fee:currency")
        guard !entries.isEmpty else { throw InvalidValue(field: "fee:cd", reason: "is missing") }
        for entry in entries { try entry.validate() }
    }

    /// Writes `fee:chkData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("fee:chkData", .init("xmlns:fee", .fee)) { writer in
            writer.element("fee:currency", currency)
            for entry in entries { entry.encode(to: &writer) }
        }
    }
}
