internal import Gevent
internal import Glibc

/// One connection through a `FaultProxy`: two sockets, a lane each way, and what goes wrong on them.
final class Pipe {
    let connections: ProxyConnections
    /// Set for good when the faults are healed or the connection is over: nobody is held up any longer.
    let released = Event()
    private(set) var faults: [FaultProxy.Fault]
    private let client: Socket
    private var server: Socket?
    /// How it ended.
    private var wasReset: Bool?

    init(_ client: Socket, _ faults: [FaultProxy.Fault], _ connections: ProxyConnections) {
        self.client = client
        self.faults = faults
        self.connections = connections
    }

    /// Hands on both ways until both sides are through, or a fault ends it.
    func run(to server: Socket) throws {
        self.server = server
        if let wasReset { return end(byReset: wasReset) }
        // Pieces go when they are written.
        for socket in [client, server] { try? socket.setOption(.noDelay, true) }
        let back = spawn { try Lane(self, from: server, to: self.client, .toClient).run() }
        defer { back.killNoWait() }
        try Lane(self, from: client, to: server, .toServer).run()
        try back.join()
    }

    func heal() {
        faults = []
        released.set()
    }

    /// Closes both sides; whoever waits for them goes on with an error. Idempotent.
    func end(byReset: Bool) {
        if wasReset == nil { wasReset = byReset }
        for case let socket? in [client, server] where !socket.isClosed {
            if byReset { resetOnClose(socket) }
            socket.close()
        }
        released.set()
    }
}

/// Makes the close that follows a reset: what the peer has not read yet is lost to it.
func resetOnClose(_ socket: Socket) {
    var option = linger(l_onoff: 1, l_linger: 0)
    // Safe: the descriptor is open (setsockopt says EBADF where it is not), the option is read within the call.
    _ = setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
}
