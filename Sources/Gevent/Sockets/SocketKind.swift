internal import Glibc

/// What a socket carries.
public enum SocketKind: Sendable {
    /// A stream of bytes: TCP, or a Unix stream socket.
    case stream
    /// Messages, each by itself: UDP, or a Unix datagram socket.
    case datagram
    /// Messages over a connection, in order: a Unix socket of the type `SOCK_SEQPACKET`.
    case sequencedPackets

    /// From the system's number; what is none of them carries messages.
    init(_ type: Int32) {
        switch type {
        case Int32(SOCK_STREAM.rawValue): self = .stream
        case Int32(SOCK_SEQPACKET.rawValue): self = .sequencedPackets
        default: self = .datagram
        }
    }

    /// The system's number of a socket that does not block and is closed on exec.
    var type: Int32 {
        let kind =
            switch self {
            case .stream: SOCK_STREAM
            case .datagram: SOCK_DGRAM
            case .sequencedPackets: SOCK_SEQPACKET
            }
        return Int32(kind.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    }
}
