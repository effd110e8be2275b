import ArgumentParser
import EPP

/// What a client agrees to pay, RFC 8748.
struct FeeOptions: ParsableArguments {
    @Option(
        help: """
            Agree to a price, such as 12.50 or '12.50 EUR': the registry carries the command out only if that is what it \
            costs. check --price tells it.
            """,
        transform: FeeOptions.price)
    var fee: Price?

    struct Price: Sendable, Equatable {
        let amount: String
        let currency: String?
    }

    static func price(_ text: String) throws -> Price {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let price = words.first.map { Price(amount: $0, currency: words.count == 2 ? words[1] : nil) }
        guard let price, words.count <= 2 else { throw ValidationError("a price is an amount, such as '12.50 EUR'") }
        do {
            try FeeTransform(.create, fees: [Fee(price.amount)], currency: price.currency).validate()
        } catch let error as InvalidValue {
            throw ValidationError("a price is an amount, such as '12.50 EUR': \(error)")
        }
        return price
    }

    /// The extension of a command; empty where no price was given.
    func extensions(of operation: FeeTransform.Operation) -> [any CommandExtension] {
        fee.map { [FeeTransform(operation, fees: [Fee($0.amount)], currency: $0.currency)] } ?? []
    }
}

extension Fields {
    /// What a command cost.
    mutating func add(_ result: FeeResult) {
        let currency = result.currency.map { " \($0)" } ?? ""
        add("currency", json: JSONValue(result.currency), lines: [])
        add(
            "fees", result.fees, label: { _ in "fee" },
            text: { fee in "\(fee.amount)\(currency)" + (fee.description.map { " (\($0.text))" } ?? "") },
            json: { .present(["amount": .string($0.amount), "description": $0.description.map { .string($0.text) }]) })
        add(
            "credits", result.credits, label: { _ in "credit" }, text: { "\($0.amount)\(currency)" },
            json: { .present(["amount": .string($0.amount), "description": $0.description.map { .string($0.text) }]) })
        add("balance", result.balance)
        add("creditLimit", result.creditLimit)
    }
}

extension CheckedName {
    /// What commands for the name cost.
    mutating func add(_ entry: FeeCheckData.Entry, currency: String) {
        let prices = entry.prices.map { price in
            JSONValue.present([
                "command": .string(Self.name(of: price.command)),
                "period": price.command.period.map { .string("\($0.count)\($0.unit.rawValue)") },
                "fees": .array(
                    price.fees.map {
                        .present(["amount": .string($0.amount), "description": $0.description.map { .string($0.text) }])
                    }),
                "credits": .array(price.credits.map { .present(["amount": .string($0.amount)]) }),
                "reason": price.reason.map { .string($0.text) },
            ])
        }
        extra += [
            .init(key: "currency", value: .string(currency)), .init(key: "prices", value: .array(prices)),
        ]
        if let priceClass = entry.priceClass { extra.append(.init(key: "class", value: .string(priceClass))) }
        let texts = entry.prices.map { price in
            let amounts = price.fees.map(\.amount) + price.credits.map(\.amount)
            let period = price.command.period.map { " \($0.count)\($0.unit.rawValue)" } ?? ""
            let cost =
                amounts.isEmpty
                ? "no price\(price.reason.map { " (\($0.text))" } ?? "")" : amounts.joined(separator: " + ")
            return "\(Self.name(of: price.command))\(period) \(cost)"
        }
        let priceClass = entry.priceClass.map { [$0] } ?? []
        let reason = entry.reason.map { ["no price: \($0.text)"] } ?? []
        notes.append((priceClass + texts + reason).joined(separator: ", ") + (texts.isEmpty ? "" : " \(currency)"))
    }

    private static func name(of command: FeeCommand) -> String { command.customName ?? command.operation.rawValue }
}
