public import EPP

/// Whether a domain can be registered, and what commands cost for it.
public struct PricedDomain: Sendable, Hashable {
    /// Whether it can be registered.
    public let availability: DomainAvailability
    /// The prices, by command; nil where the registry tells none for it.
    public let prices: FeeCheckData.Entry?
    /// The currency by its three letters; nil where there are no prices.
    public let currency: String?

    /// The price of a command with the currency, `12.50 EUR`; nil where none is told.
    public func price(of operation: FeeCommand.Operation = .create, period: Period? = nil) -> String? {
        guard let total = prices?.price(of: operation, period: period)?.total else { return nil }
        return [total, currency ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
