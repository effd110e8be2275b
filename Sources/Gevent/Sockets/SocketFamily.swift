internal import Glibc

/// What a socket's addresses look like. Python's `socket.family`.
public enum SocketFamily: Sendable, Hashable {
    /// IPv4: `AF_INET`.
    case ipv4
    /// IPv6: `AF_INET6`.
    case ipv6
    /// Sockets of this machine: `AF_UNIX`.
    case unix
    /// Another one, with the system's number.
    case other(Int32)

    init(_ number: Int32) {
        switch number {
        case AF_INET: self = .ipv4
        case AF_INET6: self = .ipv6
        case AF_UNIX: self = .unix
        default: self = .other(number)
        }
    }

    var number: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        case .other(let number): number
        }
    }
}
