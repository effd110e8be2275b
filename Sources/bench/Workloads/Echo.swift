import Gevent
import Glibc

extension Workload {
    static let echoServer = Workload(
        name: "echo-server", summary: "64-byte requests from a C load generator, CPU of the server, a request",
        unit: Unit.microseconds.rawValue
    ) { repetitions in
        let peer = EchoPeer(peer: try Peer.c())
        raiseDescriptorLimit()
        // Reads the server's clock when the load begins and ends, as for C, whatever the server has to do then.
        let observer = HubThread(name: "observer")
        defer { try? awaitTask { await observer.stop() } }
        let clock = Processors.clockOfThisThread
        return try [50, 1_000, 10_000].map { connections in
            try Processors.pinned {
                let server = try StreamServer(on: .loopback(port: 0), backlog: 4_096) { socket, _ in
                    try answer(socket)
                }
                try server.start()
                defer { server.close() }
                let port = server.address.port ?? 0
                let samples = try (0..<repetitions).map { _ in
                    try awaitTask {
                        try await observer.run {
                            try peer.load(port, connections, on: 1) { Stopwatch.read(clock) }.server / 1e3
                        }
                    }
                }
                return Figure(
                    name: "echo-server-\(connections)", unit: Unit.microseconds.rawValue, samples: samples)
            }
        }
    }

    static let echoClient = Workload(
        name: "echo-client", summary: "64-byte requests to a C server, CPU of the client, a request",
        unit: Unit.microseconds.rawValue
    ) { repetitions in
        let peer = EchoPeer(peer: try Peer.c())
        raiseDescriptorLimit()
        return try [1, 50, 1_000].map { connections in
            try Processors.pinned {
                try peer.withServer(on: 1) { port, _ in
                    var exchanges = 0
                    let callers = (0..<connections).map { _ in
                        spawn { try ask(port) { exchanges += 1 } }
                    }
                    try sleep(for: .milliseconds(EchoPeer.duration(connections) / 2))
                    let samples = try (0..<repetitions).map { _ in
                        let (before, start) = (exchanges, Stopwatch())
                        try sleep(for: .milliseconds(EchoPeer.duration(connections)))
                        let took = start.elapsed.processor
                        if let error = callers.lazy.compactMap(\.error).first { throw error }
                        return took / Double(max(1, exchanges - before)) / 1e3
                    }
                    try killAll(callers, timeout: .seconds(10))
                    return Figure(
                        name: "echo-client-\(connections)", unit: Unit.microseconds.rawValue, samples: samples)
                }
            }
        }
    }

    private static func answer(_ socket: Socket) throws {
        try socket.setOption(.noDelay, true)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        do {
            while case let count = try socket.receive(into: &buffer), count > 0 { try socket.sendAll(buffer[..<count]) }
        } catch is SocketError {
            // The load generator ends with requests under way.
        }
    }

    private static func ask(_ port: Int, _ done: () -> Void) throws {
        let socket = try Socket.connect(host: "127.0.0.1", port: port, timeout: .seconds(10))
        defer { socket.close() }
        try socket.setOption(.noDelay, true)
        let request = [UInt8](repeating: 120, count: 64)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            try socket.sendAll(request)
            var missing = request.count
            while missing > 0 {
                let count = try socket.receive(into: &buffer)
                guard count > 0 else { throw SocketError("the server went away") }
                missing -= count
            }
            done()
        }
    }

    static func raiseDescriptorLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
