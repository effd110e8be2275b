/// What a command cost. An extension of the answers to create, renew, transfer, update and delete, RFC 8748.
public struct FeeResult: ResponseExtension, Hashable {
    /// The command that it belongs to.
    public var operation: FeeTransform.Operation
    /// The currency by its three letters.
    public var currency: String?
    /// For how long, in the answer to a transfer's query.
    public var period: Period?
    /// The fees.
    public var fees: [Fee]
    /// The credits.
    public var credits: [FeeCredit]
    /// What the client has left, as a decimal number.
    public var balance: String?
    /// How far it may go below zero, as a decimal number.
    public var creditLimit: String?

    /// What a command cost.
    public init(
        _ operation: FeeTransform.Operation, currency: String? = nil, period: Period? = nil, fees: [Fee] = [],
        credits: [FeeCredit] = [], balance: String? = nil, creditLimit: String? = nil
    ) {
        self.operation = operation
        self.currency = currency
        self.period = period
        self.fees = fees
        self.credits = credits
        self.balance = balance
        self.creditLimit = creditLimit
    }

    /// Reads `fee:creData`, `fee:renData`, …
    public static func decode(from element: XMLTree.Element) throws -> FeeResult? {
        guard element.isIn(.fee),
            let operation = FeeTransform.Operation(answeredBy: element)
        else { return nil }
        return FeeResult(
            operation, currency: element.token(of: "currency", in: .fee),
            period: try element.child("period", in: .fee).map { try Period($0) },
            fees: try element.children.filter { $0.isNamed("fee", in: .fee) }.map { try Fee($0) },
            credits: element.children.filter { $0.isNamed("credit", in: .fee) }.map { FeeCredit($0) },
            balance: element.token(of: "balance", in: .fee), creditLimit: element.token(of: "creditLimit", in: .fee))
    }

    /// Checks all values.
    public func validate() throws {
        if let currency { try Validation.currency(currency, "fee:currency") }
        try period?.validate("fee:period")
        for fee in fees { try fee.validate() }
        for credit in credits { try credit.validate() }
        if let balance { try Validation.decimal(balance, "fee:balance") }
        if let creditLimit { try Validation.decimal(creditLimit, "fee:creditLimit") }
    }

    /// Writes `fee:creData`, `fee:renData`, …
    public func encode(to writer: inout XMLWriter) throws {
        writer.element(operation.resultElement, .init("xmlns:fee", .fee)) { writer in
            writer.element("fee:currency", ifPresent: currency)
            period?.encode(as: "fee:period", to: &writer)
            for fee in fees { fee.encode(to: &writer) }
            for credit in credits { credit.encode(to: &writer) }
            writer.element("fee:balance", ifPresent: balance)
            writer.element("fee:creditLimit", ifPresent: creditLimit)
        }
    }
}
