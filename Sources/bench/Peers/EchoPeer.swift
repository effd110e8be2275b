import Gevent

/// A peer's echo server, and a load for one, each a process of its own.
struct EchoPeer {
    let peer: Peer

    /// How long to measure, in milliseconds: some exchanges of each connection.
    static func duration(_ connections: Int) -> Int { connections < 10_000 ? 400 : 1_000 }

    /// Drives a server on a port and gives what `clock` counted meanwhile for each exchange, and what the load took itself.
    func load(_ port: Int, _ connections: Int, on processor: Int, _ clock: () throws -> Double) throws -> (
        server: Double, client: Double
    ) {
        let command = peer.command + ["load", "\(port)", "\(connections)", "\(Self.duration(connections))"]
        let load = try Subprocess(Processors.on(processor, command), input: .null, output: .pipe)
        return try withTimeout(.seconds(60)) {
            guard let output = load.standardOutput, try output.receiveLine() == "begin" else {
                throw SocketError("the load generator did not begin")
            }
            let before = try clock()
            let words = try output.receiveLine()?.split(separator: " ").compactMap { Double($0) } ?? []
            let used = try clock() - before
            try load.wait(timeout: .seconds(10))
            guard words.count == 2, words[0] > 0 else { throw SocketError("the load generator failed") }
            return (used / words[0], words[1] / words[0])
        }
    }

    /// Runs `body` with the port and process of an echo server.
    func withServer<Result>(on processor: Int, _ body: (Int, Int32) throws -> Result) throws -> Result {
        let server = try Subprocess(
            Processors.on(processor, peer.command + ["echo"]), input: .pipe, output: .pipe)
        defer { try? server.kill() }
        guard let line = try server.standardOutput?.receiveLine(), let port = Int(line) else {
            throw SocketError("the echo server did not begin")
        }
        return try body(port, server.processIdentifier)
    }

    /// What an exchange takes this peer, in nanoseconds, on either side; the other side is C's.
    func sample(_ connections: Int, isServer: Bool, against c: Peer) throws -> Double {
        if isServer {
            return try withServer(on: 0) { port, process in
                try EchoPeer(peer: c).load(port, connections, on: 1) { Processors.time(of: process) }.server
            }
        }
        return try EchoPeer(peer: c).withServer(on: 1) { port, _ in
            try load(port, connections, on: 0) { 0 }.client
        }
    }
}
