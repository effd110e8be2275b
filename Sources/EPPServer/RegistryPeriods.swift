/// How long things take at an embedded registry. The defaults are those that ICANN's registries have.
public struct RegistryPeriods: Sendable, Hashable {
    /// How long a transfer awaits the sponsor's word before the registry approves it; 5 days. Zero: at once.
    public var transfer: Duration = .seconds(5 * 86_400)
    /// How long a new domain can be deleted at once, and its fee given back; 5 days.
    public var add: Duration = .seconds(5 * 86_400)
    /// The same after a renewal; 5 days.
    public var renew: Duration = .seconds(5 * 86_400)
    /// The same after a renewal by the registry itself; 45 days.
    public var autoRenew: Duration = .seconds(45 * 86_400)
    /// The same after a transfer; 5 days.
    public var transferGrace: Duration = .seconds(5 * 86_400)
    /// How long a deleted domain can be restored; 30 days. Zero: deleted domains are gone at once.
    public var redemption: Duration = .seconds(30 * 86_400)
    /// How long the report of a restore is awaited; 7 days.
    public var restore: Duration = .seconds(7 * 86_400)
    /// How long a domain that cannot be restored any more waits to be removed; 5 days.
    public var pendingDelete: Duration = .seconds(5 * 86_400)

    /// The defaults.
    public init() {}
}
