/// A message as it came, and who sent it. What Python's `recvfrom` returns.
public struct Datagram: Sendable, Hashable {
    /// What there was room for.
    public let bytes: [UInt8]
    /// Who sent it; an unnamed Unix address where the sender has none.
    public let address: SocketAddress
    /// How long it was; more than `bytes.count` where it did not fit.
    public let fullCount: Int

    /// Whether its end was lost because it did not fit.
    public var isTruncated: Bool { fullCount > bytes.count }

    /// Its bytes as UTF-8; what is not becomes U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
