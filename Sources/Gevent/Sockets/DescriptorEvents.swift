internal import Glibc

/// What may happen to a descriptor, for `DescriptorPoller`. The numbers of `poll(2)`.
public struct DescriptorEvents: OptionSet, Sendable, Hashable {
    /// `poll(2)`'s bits.
    public let rawValue: Int16

    /// Events by `poll(2)`'s bits.
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// There is something to read, or a connection to accept, or it has ended. `POLLIN`.
    public static let readable = DescriptorEvents(rawValue: Int16(POLLIN))
    /// There is room for something to write. `POLLOUT`.
    public static let writable = DescriptorEvents(rawValue: Int16(POLLOUT))
    /// An error is kept for it; told whether it is asked for or not. `POLLERR`.
    public static let error = DescriptorEvents(rawValue: Int16(POLLERR))
    /// The other end has gone; told whether it is asked for or not. `POLLHUP`.
    public static let hangUp = DescriptorEvents(rawValue: Int16(POLLHUP))
    /// It is not open; told whether it is asked for or not. `POLLNVAL`.
    public static let invalid = DescriptorEvents(rawValue: Int16(POLLNVAL))
}
