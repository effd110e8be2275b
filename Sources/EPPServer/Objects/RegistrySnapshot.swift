/// All that an embedded registry holds at one moment, to be looked at and compared.
public struct RegistrySnapshot: Sendable, Hashable {
    /// The domains by name.
    public let domains: [String: RegisteredDomain]
    /// The hosts by name.
    public let hosts: [String: RegisteredHost]
    /// The contacts by identifier.
    public let contacts: [String: RegisteredContact]
    /// The messages by the registrar that they wait for, in their order.
    public let messages: [String: [RegisteredMessage]]
    /// What each registrar has left, in hundredths; empty where the configuration has no balances.
    public let balances: [String: Int]
}
