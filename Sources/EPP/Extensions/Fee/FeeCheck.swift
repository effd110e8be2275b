/// Asks what commands cost for the objects of a check. An extension of the check commands, RFC 8748.
public struct FeeCheck: CommandExtension, Hashable {
    /// The commands.
    public var commands: [FeeCommand]
    /// The currency by its three letters; nil for the registry's default.
    public var currency: String?
    /// The names of the objects, which drafts before 0.11 want here too; the standard's question takes no notice.
    public var names: [String] = []

    /// A question for prices.
    public init(_ commands: [FeeCommand], currency: String? = nil) {
        self.commands = commands
        self.currency = currency
    }

    /// Reads `fee:check`.
    public static func decode(from element: XMLTree.Element) throws -> FeeCheck? {
        guard element.isNamed("check", in: .fee) else { return nil }
        return FeeCheck(
            try element.children.filter { $0.isNamed("command", in: .fee) }.map { try FeeCommand($0) },
            currency: element.token(of: "currency", in: .fee))
    }

    /// Checks that there are commands, and each.
    public func validate() throws {
        guard !commands.isEmpty else { throw InvalidValue(field: "fee:command", reason: "is missing") }
        if let currency { try Validation.currency(currency, "fee:currency") }
        for command in commands { try command.validate() }
    }

    /// Writes `fee:check`; in the form of an earlier draft where the dialect spells the namespace as that does.
    public func encode(to writer: inout XMLWriter) throws {
        if let draft = FeeDraft(writer.dialect) { return try draft.encode(self, to: &writer) }
        writer.element("fee:check", .init("xmlns:fee", .fee)) { writer in
            writer.element("fee:currency", ifPresent: currency)
            for command in commands { command.encode(to: &writer) }
        }
    }
}
