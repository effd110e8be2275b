/// The drafts of the fee extension that came before RFC 8748 and that registries still have, 0.5 to 0.23. Where they
/// differ from it, the difference is here: in the question for prices and in its answer. What a transform agrees to pay,
/// and what it cost, is the same in all.
struct FeeDraft {
    /// 5 to 23.
    let number: Int

    private static let prefix = "urn:ietf:params:xml:ns:fee-0."

    /// The draft that a dialect has; nil for the standard, and for drafts that ask as it does.
    init?(_ dialect: RegistryDialect) {
        guard !dialect.writesStandard, let number = Self.number(of: dialect.uri(of: .fee)), number <= 11 else {
            return nil
        }
        self.number = number
    }

    /// The draft of a namespace; nil where it is none.
    static func number(of uri: String) -> Int? {
        guard uri.hasPrefix(prefix), let number = Int(uri.dropFirst(prefix.count)), 5...23 ~= number else { return nil }
        return number
    }

    // MARK: The question

    func encode(_ check: FeeCheck, to writer: inout XMLWriter) throws(InvalidValue) {
        guard number < 11 || check.commands.count == 1 else {
            throw InvalidValue(field: "fee:command", reason: "stands more than once, which draft 0.11 does not allow")
        }
        guard number >= 11 || !check.names.isEmpty else {
            throw InvalidValue(field: "fee:name", reason: "is missing: drafts before 0.11 name each object")
        }
        writer.element("fee:check", .init("xmlns:fee", .fee)) { writer in
            if number == 11 { return check.commands.forEach { encode($0, check.currency, isFirst: true, to: &writer) } }
            for name in check.names {
                for command in check.commands {
                    if number >= 9 {
                        writer.element("fee:object", .init("objURI", XMLNamespace.domain)) { writer in
                            writer.element("fee:objID", .init("element", "name"), text: name)
                            encode(command, check.currency, to: &writer)
                        }
                    } else {
                        writer.element("fee:domain") { writer in
                            writer.element("fee:name", name)
                            encode(command, check.currency, to: &writer)
                        }
                    }
                }
            }
        }
    }

    private func encode(
        _ command: FeeCommand, _ currency: String?, isFirst: Bool = false, to writer: inout XMLWriter
    ) {
        if !isFirst { writer.element("fee:currency", ifPresent: currency) }
        writer.element(
            "fee:command",
            attributes: [.init("phase", ifPresent: command.phase), .init("subphase", ifPresent: command.subphase)],
            text: command.customName ?? command.operation.rawValue)
        if isFirst { writer.element("fee:currency", ifPresent: currency) }
        command.period?.encode(as: "fee:period", to: &writer)
    }

    // MARK: The answer

    /// Drafts up to 0.11 say the currency with each object.
    static func currency(of element: XMLTree.Element) -> String {
        for entry in element.children {
            if let currency = entry.token(of: "currency", in: .fee) { return currency }
        }
        return ""
    }

    /// An object and the price of one command, side by side.
    static func entry(_ element: XMLTree.Element) throws -> FeeCheckData.Entry {
        let object = element.child("object", in: .fee) ?? element
        let named = object.child("objID", in: .fee) ?? element.child("name", in: .fee)
        guard let id = named ?? object.children.first(where: { _ in true }) else {
            throw element.error("cd names no object")
        }
        var entry = FeeCheckData.Entry(
            id.token, isAvailable: try element.optionalFlag("avail") ?? true,
            priceClass: element.token(of: "class", in: .fee),
            reason: element.child("reason", in: .fee).map { LocalizedText($0) })
        for child in element.children where child.isNamed("command", in: .fee) {
            var price = FeeCheckData.Price(try command(child))
            let holder = child.hasChildren ? child : element
            price.command.period = try holder.child("period", in: .fee).map { try Period($0) }
            price.fees = try holder.children.filter { $0.isNamed("fee", in: .fee) }.map { try Fee($0) }
            price.credits = holder.children.filter { $0.isNamed("credit", in: .fee) }.map { FeeCredit($0) }
            entry.prices.append(price)
        }
        return entry
    }

    private static func command(_ element: XMLTree.Element) throws -> FeeCommand {
        let word = element.tokenAttribute("name") ?? element.token
        let operation = FeeCommand.Operation(rawValue: word) ?? .custom
        return FeeCommand(
            operation, customName: operation == .custom ? word : nil, phase: element.tokenAttribute("phase"),
            subphase: element.tokenAttribute("subphase"))
    }
}
