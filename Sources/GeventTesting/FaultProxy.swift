public import Gevent
internal import Glibc

/// A TCP proxy that misbehaves on demand: between a client and a server under test, on the calling thread's hub.
///
/// ```swift
/// let proxy = try FaultProxy(to: server.address)
/// defer { proxy.close() }
/// proxy.inject(.reset(after: 100, .toClient), connections: 1)
/// let socket = try Socket.connect(to: proxy.address)   // is reset after 100 bytes of reply
/// ```
///
/// A fault holds for connections that begin after it was injected. Without faults it hands on what comes, half-closes
/// included.
public final class FaultProxy {
    /// Which way bytes go.
    public enum Direction: Sendable {
        /// From the client to the server.
        case toServer
        /// From the server to the client.
        case toClient
        /// Both ways, each counted by itself.
        case both
    }

    /// What goes wrong with a connection. Counts are of bytes in one direction since the connection began.
    public enum Fault: Sendable {
        /// It is reset at once; the server never hears of it.
        case refuse
        /// Both sides are closed once `after` bytes have been handed on.
        case close(after: Int = 0, Direction = .both)
        /// Both sides are reset once `after` bytes have been handed on.
        case reset(after: Int = 0, Direction = .both)
        /// Nothing more is handed on after `after` bytes, until `heal()`.
        case stall(after: Int = 0, Direction = .both)
        /// Each piece is handed on that much later, until `heal()`.
        case delay(Duration, Direction = .both)
        /// Bytes are handed on in pieces of `into` bytes, each written by itself.
        case split(into: Int, Direction = .both)
        /// All bits of the byte at that place, counted from zero, are turned over.
        case garble(at: Int, Direction = .both)
    }

    /// Where clients connect: a free port of the loopback interface.
    public let address: SocketAddress

    private let target: SocketAddress
    private let server: StreamServer
    private var injected: [(fault: Fault, left: Int?)] = []
    private var pipes: [Pipe] = []

    /// Starts a proxy in front of `server`. Never parks. Throws a `SocketError` where there is no port for it.
    public init(to server: SocketAddress) throws {
        target = server
        let entrance = Entrance()
        self.server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try entrance.proxy?.serve(socket) }
        address = self.server.address
        entrance.proxy = self
        try self.server.start()
    }

    /// Lets the server's handler find the proxy without keeping it alive.
    private final class Entrance {
        weak var proxy: FaultProxy?
    }

    deinit { server.close() }

    /// How many connections it carries now.
    public var connectionCount: Int { pipes.count }

    /// Lets `fault` happen to the next `connections` connections; nil, the default: to all until `heal()`. Several
    /// faults hold together. Never parks.
    public func inject(_ fault: Fault, connections: Int? = nil) {
        if let connections { precondition(connections > 0, "a fault is for at least one connection") }
        if case .split(let size, _) = fault { precondition(size > 0, "a piece has at least one byte") }
        injected.append((fault, connections))
    }

    /// Ends all faults, also for the connections that are open: what was stalled goes on. Never parks.
    public func heal() {
        injected = []
        for pipe in pipes { pipe.heal() }
    }

    /// Resets all open connections on both sides. Never parks.
    public func cutAll() {
        for pipe in pipes { pipe.end(byReset: true) }
    }

    /// Resets all open connections and accepts no more. Never parks. Idempotent.
    public func close() {
        server.close()
        cutAll()
    }

    private func takeFaults() -> [Fault] {
        let faults = injected.map(\.fault)
        injected = injected.compactMap { entry in
            guard let left = entry.left else { return entry }
            return left > 1 ? (entry.fault, left - 1) : nil
        }
        return faults
    }

    /// One connection, in the server's greenlet for it.
    private func serve(_ client: Socket) throws {
        let faults = takeFaults()
        for case .refuse in faults {
            resetOnClose(client)
            return
        }
        let server: Socket
        do {
            server = try Socket.connect(to: target)
        } catch let error as SocketError {
            // A server that is down looks down through the proxy too.
            resetOnClose(client)
            _ = error
            return
        }
        let pipe = Pipe(client, server, faults)
        pipes.append(pipe)
        defer { pipes.removeAll { $0 === pipe } }
        try pipe.run()
    }
}

@available(*, unavailable) extension FaultProxy: Sendable {}

/// Makes the close that follows a reset: what the peer has not read yet is lost to it.
func resetOnClose(_ socket: Socket) {
    var option = linger(l_onoff: 1, l_linger: 0)
    // Safe: the descriptor is open (setsockopt says EBADF where it is not), the option is read within the call.
    _ = setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
}
