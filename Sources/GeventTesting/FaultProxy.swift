public import Gevent

/// A TCP proxy that misbehaves on demand: between a client and a server under test, on the calling thread's hub.
///
/// ```swift
/// let proxy = try FaultProxy(to: server.address)
/// defer { proxy.close() }
/// proxy.inject(.reset(after: 100, .toClient), connections: 1)
/// let socket = try Socket.connect(to: proxy.address)   // is reset after 100 bytes of reply
/// ```
///
/// It hands on bytes, so TLS goes through it too. Without faults it hands on what comes, half-closes and resets
/// included. A ``Fault`` holds for connections that begin after it was injected; several hold together.
///
/// Delays and rates go by the hub's clock. Where client and server are greenlets of the same hub, virtual time with a
/// `quiet` (`@Suite(.virtualTime(quiet: .milliseconds(200)))`) jumps over them; in virtual time without, and with a peer
/// in another thread or process, they last as long as they say.
public final class FaultProxy {
    /// Where clients connect: a free port of the loopback interface.
    public let address: SocketAddress

    private let connections: ProxyConnections
    private let server: StreamServer

    /// Starts a proxy in front of `server`. Never parks. Throws a `SocketError` where there is no port for it.
    ///
    /// Where the server cannot be reached, the client is reset.
    public init(to server: SocketAddress) throws {
        let connections = ProxyConnections(to: server)
        self.connections = connections
        self.server = try StreamServer(on: .loopback(port: 0), pool: connections.greenlets) { socket, _ in
            try connections.serve(socket)
        }
        address = self.server.address
        try self.server.start()
    }

    deinit { close() }

    /// How many connections it carries now.
    public var connectionCount: Int { connections.pipes.count }

    /// What it has done so far.
    public var statistics: Statistics { connections.statistics }

    /// Lets something go wrong with connections that begin from now on. Never parks.
    ///
    /// - Parameters:
    ///   - fault: what.
    ///   - connections: with how many of them; nil, the default: to all until `heal()`.
    ///   - skipping: how many go unharmed before; none by default.
    public func inject(_ fault: Fault, connections: Int? = nil, skipping: Int = 0) {
        if let connections { require(connections > 0, "a fault is for at least one connection") }
        require(skipping >= 0, "a fault cannot skip \(skipping) connections")
        fault.check()
        self.connections.injected.append(.init(fault: fault, skipping: skipping, left: connections))
    }

    /// Ends all faults, also for the connections that are open: what was stalled, delayed or throttled goes on at once;
    /// what was closed stays closed. Never parks.
    public func heal() {
        connections.injected = []
        for pipe in connections.pipes { pipe.heal() }
    }

    /// Resets all open connections on both sides. Never parks.
    public func cutAll() {
        for pipe in connections.pipes { pipe.end(byReset: true) }
    }

    /// Resets all open connections and accepts no more; its greenlets end in the hub's next turn. Never parks.
    /// Idempotent; also done when the proxy is dropped.
    public func close() {
        server.close()
        cutAll()
        connections.greenlets.killNoWait()
    }
}

@available(*, unavailable) extension FaultProxy: Sendable {}
