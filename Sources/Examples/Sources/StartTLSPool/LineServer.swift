import Gevent
import GeventTLS

/// The other side: a server of lines that can begin TLS on an open connection.
final class LineServer {
    private(set) var secured = 0
    private(set) var goodbyes = 0
    private let context: TLSContext
    private var server: StreamServer?

    init(_ context: TLSContext) { self.context = context }

    /// Listens on a free port.
    func start() throws -> SocketAddress {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in try self.serve(socket) }
        try server.start()
        self.server = server
        return server.address
    }

    func stop() throws { try server?.stop(timeout: .seconds(5)) }

    private func serve(_ socket: Socket) throws {
        var stream: any ByteStream = socket
        while let line = try stream.receiveLine() {
            switch line.split(separator: " ").first {
            case "STARTTLS":
                try stream.sendAll("OK\n")
                stream = try context.accept(socket)
                secured += 1
            case "LOGIN": try stream.sendAll(line == "LOGIN me secret" ? "OK\n" : "NO\n")
            case "PING": try stream.sendAll("PONG\n")
            case "UPPER": try stream.sendAll(line.dropFirst(6).uppercased() + "\n")
            case "QUIT":
                goodbyes += 1
                return stream.close()
            default: try stream.sendAll("WHAT\n")
            }
        }
    }
}
