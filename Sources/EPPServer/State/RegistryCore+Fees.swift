import EPP

/// What commands cost, RFC 8748, and what registrars have left.
extension RegistryCore {
    /// What was paid for a command, and what is told about it.
    struct Bill {
        var amount = 0
        var extensions: [any ResponseExtension] = []
    }

    /// Takes a fee from a registrar: 2004 where it agreed to another, 2104 where it has not so much left.
    func charge(_ operation: FeeTransform.Operation, _ amount: Int, _ call: Call) throws -> Bill {
        try agree(amount, call)
        if let balance = store.balances[call.client] {
            guard balance >= amount else {
                throw Refusal(
                    .billingFailure, "fee:fee", "costs \(Self.decimal(amount)), but \(Self.decimal(balance)) is left")
            }
            if amount > 0 { store.setBalance(balance - amount, of: call.client) }
        }
        guard amount > 0, call.declares(.fee) else { return Bill(amount: amount) }
        let result = FeeResult(
            operation, currency: configuration.prices.currency, fees: [Fee(Self.decimal(amount))],
            balance: store.balances[call.client].map(Self.decimal))
        return Bill(amount: amount, extensions: [result])
    }

    /// Gives back fees when a domain is deleted.
    func credit(_ amount: Int, _ call: Call) throws -> [any ResponseExtension] {
        try agree(0, call)
        guard amount > 0 else { return [] }
        if let balance = store.balances[call.client] { store.setBalance(balance + amount, of: call.client) }
        guard call.declares(.fee) else { return [] }
        return [
            FeeResult(
                .delete, currency: configuration.prices.currency, credits: [FeeCredit("-" + Self.decimal(amount))],
                balance: store.balances[call.client].map(Self.decimal))
        ]
    }

    /// What the client says it pays, where it says so, is what it has to.
    private func agree(_ amount: Int, _ call: Call) throws {
        guard let agreed = try call.decode(FeeTransform.self, .fee) else { return }
        if let currency = agreed.currency, currency != configuration.prices.currency {
            throw Refusal(.parameterRangeError, "fee:currency", "is \(configuration.prices.currency) here")
        }
        let total = agreed.fees.compactMap { Self.hundredths($0.amount) }.reduce(0, +)
        guard total == amount else {
            throw Refusal(.parameterRangeError, "fee:fee", "is \(Self.decimal(amount))")
        }
    }

    func prices(_ question: FeeCheck, for names: [DomainAvailability]) throws -> FeeCheckData {
        let prices = configuration.prices
        if let currency = question.currency, currency != prices.currency {
            throw Refusal(.parameterRangeError, "fee:currency", "is \(prices.currency) here")
        }
        let answers = try question.commands.map { command in
            let years = try years(of: command.period)
            let amount: Int? =
                switch command.operation {
                case .create: prices.create * years
                case .renew: prices.renew * years
                case .transfer: prices.transfer
                case .restore: prices.restore
                case .update, .delete: 0
                case .custom: nil
                }
            return FeeCheckData.Price(
                command, fees: amount.map { [Fee(Self.decimal($0))] } ?? [],
                reason: amount == nil ? "There is no such command" : nil)
        }
        return FeeCheckData(
            currency: prices.currency, entries: names.map { FeeCheckData.Entry($0.name, prices: answers) })
    }

    /// `12.50` for 1250.
    static func decimal(_ amount: Int) -> String {
        let cents = String(abs(amount) % 100)
        return "\(amount < 0 ? "-" : "")\(abs(amount) / 100).\(cents.count == 1 ? "0" : "")\(cents)"
    }

    /// 1250 for `12.50`; nil for what is no number of hundredths, or too large a one.
    static func hundredths(_ text: String) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, let whole = parts[0].isEmpty ? 0 : Int(parts[0]), 0...1_000_000_000 ~= whole
        else { return nil }
        let digits = parts.count == 2 ? parts[1] : ""
        guard digits.dropFirst(2).allSatisfy({ $0 == "0" }) else { return nil }
        let padded = (digits + "00").prefix(2)
        return Int(padded).map { whole * 100 + $0 }
    }
}
