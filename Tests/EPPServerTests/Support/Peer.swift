import EPP
import EPPServer
import Gevent
import GeventTLS

/// A client that reads and writes frames and knows nothing else.
final class Peer {
    let stream: TLSSocket
    private var decoder = FrameDecoder()

    init(_ registry: EmbeddedRegistry, context: TLSContext? = nil, timeout: Duration = .seconds(5)) throws {
        stream = try (context ?? registry.clientContext()).connect(
            host: registry.host, port: registry.port, timeout: timeout)
        stream.timeout = timeout
    }

    /// A peer that has had its greeting and is logged in.
    static func loggedIn(_ registry: EmbeddedRegistry) throws -> Peer {
        let peer = try Peer(registry)
        _ = try peer.receive()
        _ = try peer.send(Login(clientID: registry.clientID, password: registry.password))
        return peer
    }

    /// The next message; nil at the end of the stream.
    func receive() throws -> ServerMessage? {
        while true {
            if let document = try decoder.next() { return try ServerMessage(document) }
            let piece = try stream.receive(upTo: 4_096)
            if piece.isEmpty { return nil }
            decoder.append(piece)
        }
    }

    func send(_ command: some Command) throws -> ResultCode? {
        try reply(to: command)?.response(of: Never.self).code
    }

    func reply(to command: some Command) throws -> ServerMessage? {
        try stream.sendAll(Frame.encode(try command.document(transactionID: "test-1")))
        return try receive()
    }
}
