/// What commands cost at an embedded registry, in hundredths of its currency.
public struct RegistryPrices: Sendable, Hashable {
    /// The currency by its three letters.
    public var currency = "USD"
    /// A registration, for each year.
    public var create = 1000
    /// A renewal, for each year.
    public var renew = 1000
    /// A transfer.
    public var transfer = 1000
    /// A restore.
    public var restore = 4000

    /// The defaults: 10.00 a year, 40.00 for a restore.
    public init() {}
}
