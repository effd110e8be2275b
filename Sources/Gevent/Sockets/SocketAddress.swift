/// Where a socket listens or connects to: a host and port, or the path of a Unix socket.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, or a name to be resolved, and a port within 0...65535.
    ///
    /// Numeric addresses are used as they are; names are resolved on the hub's thread pool.
    case host(String, port: Int)

    /// The path of a Unix socket. A leading NUL makes it an abstract one, empty is that of an unnamed one.
    case unix(String)

    /// `127.0.0.1`; port 0 takes a free one when listening.
    public static func loopback(port: Int) -> SocketAddress { .host("127.0.0.1", port: port) }

    /// `0.0.0.0`, for listening on all IPv4 interfaces; port 0 takes a free one.
    public static func any(port: Int) -> SocketAddress { .host("0.0.0.0", port: port) }

    /// The host, nil for a Unix socket.
    public var host: String? {
        if case .host(let host, _) = self { host } else { nil }
    }

    /// The port, nil for a Unix socket.
    public var port: Int? {
        if case .host(_, let port) = self { port } else { nil }
    }

    /// `127.0.0.1:80`, `[::1]:80`, `unix:/run/x.sock`, `unix:@abstract`.
    public var description: String {
        switch self {
        case .host(let host, let port):
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path):
            return path.hasPrefix("\0") ? "unix:@\(path.dropFirst())" : "unix:\(path)"
        }
    }
}
