import Gevent

/// The C peer's echo server and load generator, each a process of its own.
struct EchoPeer {
    let peer: Peer
    static let duration = 400

    /// Drives a server on a port and gives what `clock` counted meanwhile for each exchange, and what the load took itself.
    func load(_ port: Int, _ connections: Int, on processor: Int, _ clock: () throws -> Double) throws -> (
        server: Double, client: Double
    ) {
        let command = peer.command + ["load", "\(port)", "\(connections)", "\(Self.duration)"]
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

    /// What an exchange takes in C, in nanoseconds, on either side.
    func sample(_ connections: Int, isServer: Bool) throws -> Double {
        try withServer(on: isServer ? 0 : 1) { port, process in
            let took = try load(port, connections, on: isServer ? 1 : 0) { try Processors.time(of: process) }
            return isServer ? took.server : took.client
        }
    }
}
