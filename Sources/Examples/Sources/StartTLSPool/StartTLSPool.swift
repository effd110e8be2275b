import Gevent
import GeventConnPool
import GeventTLS

/// Connections that begin in the clear, ask for TLS and log in: the example of geventconnpool's README.
final class StartTLSPool: ConnectionPool<any ByteStream> {
    private let address: SocketAddress
    private let context: TLSContext

    init(_ size: Int, to address: SocketAddress, _ context: TLSContext) {
        self.address = address
        self.context = context
        super.init(size, keepalive: .seconds(30), configuration: .init { $0.connectTimeout = .seconds(5) })
    }

    override func newConnection() throws -> any ByteStream {
        let socket = try Socket.connect(to: address)
        try socket.sendAll("STARTTLS\n")
        guard try socket.receiveLine() == "OK" else { throw SocketError("the server has no TLS") }
        // From here on all is encrypted; the certificate must be for this name.
        let stream = try context.wrap(socket, serverHostname: "localhost")
        try stream.sendAll("LOGIN me secret\n")
        guard try stream.receiveLine() == "OK" else { throw SocketError("login refused") }
        return stream
    }

    override func keepalive(_ connection: any ByteStream) throws {
        try connection.sendAll("PING\n")
        guard try connection.receiveLine() == "PONG" else { throw SocketError("no PONG") }
    }

    override func retireConnection(_ connection: any ByteStream) throws { try connection.sendAll("QUIT\n") }
}
