/// What a client agrees to pay for a command. An extension of create, renew, transfer, update and delete, RFC 8748. The
/// registry does the command only where the fees are these.
public struct FeeTransform: CommandExtension, Hashable {
    /// The command that it extends.
    public enum Operation: String, Sendable, Hashable, CaseIterable {
        /// A registration.
        case create
        /// An extension of a registration.
        case renew
        /// A transfer.
        case transfer
        /// A change, a restore among them.
        case update
        /// A deletion.
        case delete
    }

    /// The command that it extends.
    public var operation: Operation
    /// The fees.
    public var fees: [Fee]
    /// The credits.
    public var credits: [FeeCredit]
    /// The currency by its three letters; nil for the registry's default.
    public var currency: String?

    /// An agreement to pay.
    public init(_ operation: Operation, fees: [Fee], credits: [FeeCredit] = [], currency: String? = nil) {
        self.operation = operation
        self.fees = fees
        self.credits = credits
        self.currency = currency
    }

    /// Reads `fee:create`, `fee:renew`, …
    public static func decode(from element: XMLTree.Element) throws -> FeeTransform? {
        guard element.isIn(.fee), let operation = Operation(rawValue: element.name) else {
            return nil
        }
        return FeeTransform(
            operation, fees: try element.children.filter { $0.isNamed("fee", in: .fee) }.map { try Fee($0) },
            credits: element.children.filter { $0.isNamed("credit", in: .fee) }.map { FeeCredit($0) },
            currency: element.token(of: "currency", in: .fee))
    }

    /// Checks that there is a fee, and all values.
    public func validate() throws {
        guard !fees.isEmpty else { throw InvalidValue(field: "fee:fee", reason: "is missing") }
        if let currency { try Validation.currency(currency, "fee:currency") }
        for fee in fees { try fee.validate() }
        for credit in credits { try credit.validate() }
    }

    /// Writes `fee:create`, `fee:renew`, …
    public func encode(to writer: inout XMLWriter) throws {
        writer.element(operation.element, .init("xmlns:fee", .fee)) { writer in
            writer.element("fee:currency", ifPresent: currency)
            for fee in fees { fee.encode(to: &writer) }
            for credit in credits { credit.encode(to: &writer) }
        }
    }
}

extension FeeTransform.Operation {
    fileprivate var element: StaticString {
        switch self {
        case .create: "fee:create"
        case .renew: "fee:renew"
        case .transfer: "fee:transfer"
        case .update: "fee:update"
        case .delete: "fee:delete"
        }
    }

    /// What answers it.
    var resultElement: StaticString {
        switch self {
        case .create: "fee:creData"
        case .renew: "fee:renData"
        case .transfer: "fee:trnData"
        case .update: "fee:updData"
        case .delete: "fee:delData"
        }
    }

    /// The command that an element answers.
    init?(answeredBy element: XMLTree.Element) {
        switch element.name {
        case "creData": self = .create
        case "renData": self = .renew
        case "trnData": self = .transfer
        case "updData": self = .update
        case "delData": self = .delete
        default: return nil
        }
    }
}
