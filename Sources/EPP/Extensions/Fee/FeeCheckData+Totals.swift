extension FeeCheckData.Entry {
    /// The price of a command; nil where none is told. Without a period, or where none has it, the first of its kind.
    public func price(of operation: FeeCommand.Operation, period: Period? = nil) -> FeeCheckData.Price? {
        let prices = prices.filter { $0.command.operation == operation }
        return prices.first { period != nil && $0.command.period == period } ?? prices.first
    }
}

extension FeeCheckData.Price {
    /// All fees and credits together, as a decimal number with as many places as the longest of them has; nil where there
    /// is no fee, or one is no number of up to 17 digits.
    public var total: String? {
        guard !fees.isEmpty else { return nil }
        return Decimals.sum(fees.map(\.amount) + credits.map(\.amount))
    }
}

/// Sums of decimal numbers as text: no amount of money becomes a binary fraction.
enum Decimals {
    static func sum(_ amounts: [String]) -> String? {
        let places = amounts.map(Self.places).max() ?? 0
        var total: Int64 = 0
        for amount in amounts {
            guard let number = scaled(amount, places: places) else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(number)
            guard !overflows else { return nil }
            total = sum
        }
        let digits = String(total.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
        let sign = total < 0 ? "-" : ""
        return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
    }

    /// How many digits stand behind the point.
    private static func places(_ amount: String) -> Int {
        amount.utf8.firstIndex(of: UInt8(ascii: ".")).map { amount.utf8[$0...].count - 1 } ?? 0
    }

    /// A number times ten to the power of `places`.
    private static func scaled(_ amount: String, places: Int) -> Int64? {
        let isNegative = amount.utf8.first == UInt8(ascii: "-")
        let digits = isNegative || amount.utf8.first == UInt8(ascii: "+") ? amount.dropFirst() : amount[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, parts.contains(where: { !$0.isEmpty }),
            parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } })
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        let text = parts[0] + fraction + String(repeating: "0", count: places - fraction.utf8.count)
        guard text.utf8.count <= 17, let number = Int64(text) else { return nil }
        return isNegative ? -number : number
    }
}
