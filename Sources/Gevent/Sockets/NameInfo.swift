/// What an address is called. What Python's `getnameinfo` returns.
public struct NameInfo: Sendable, Hashable {
    /// The host's name, or its numeric address where it has none.
    public let host: String
    /// The port's name, as "http", or its number.
    public let service: String
}
