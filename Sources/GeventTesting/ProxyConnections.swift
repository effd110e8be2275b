internal import Gevent

/// What a `FaultProxy` and its connections share. Connections hold this and not the proxy, so that a proxy that nobody
/// holds any longer closes itself.
final class ProxyConnections {
    /// A fault, and which of the connections to come it is for.
    struct Injection {
        let fault: FaultProxy.Fault
        var skipping: Int
        /// nil: all.
        var left: Int?
    }

    /// One for each connection, in which both sockets are closed when it ends.
    let greenlets = Pool(size: nil)
    var injected: [Injection] = []
    private(set) var pipes: [Pipe] = []
    var statistics = FaultProxy.Statistics()
    private let target: SocketAddress

    init(to target: SocketAddress) { self.target = target }

    /// One connection, in a greenlet of its own.
    func serve(_ client: Socket) throws {
        statistics.connections += 1
        let faults = takeFaults()
        for case .refuse in faults { return refuse(client) }
        let pipe = Pipe(client, faults, self)
        pipes.append(pipe)
        defer {
            pipe.end(byReset: false)
            pipes.removeAll { $0 === pipe }
        }
        let server: Socket
        do {
            server = try Socket.connect(to: target)
        } catch is SocketError {
            // A server that is down looks down through the proxy too.
            return refuse(client)
        }
        try pipe.run(to: server)
    }

    private func refuse(_ client: Socket) {
        statistics.refused += 1
        resetOnClose(client)
        client.close()
    }

    private func takeFaults() -> [FaultProxy.Fault] {
        var taken: [FaultProxy.Fault] = []
        injected = injected.compactMap { injection in
            var injection = injection
            if injection.skipping > 0 {
                injection.skipping -= 1
                return injection
            }
            taken.append(injection.fault)
            guard let left = injection.left else { return injection }
            injection.left = left - 1
            return left > 1 ? injection : nil
        }
        return taken
    }
}
