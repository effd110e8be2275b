import Gevent
import GeventConnPool
import GeventTLS

extension Workload {
    /// Commands over open TLS connections; the server is on a thread of its own, whose CPU time does not count.
    static let tlsPool = Workload(
        name: "tls-pool", summary: "59-byte command over pooled TLS 1.3, 20 callers on 10 connections, client CPU",
        unit: .microseconds
    ) {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try Processors.apart { try LineServer(authority) }
        let pool = try LinePool(server, trust: authority.trust)
        try pool.waitUntilReady(timeout: .seconds(10))
        let count = 1_000
        return Round {
            let callers = (0..<20).map { _ in
                spawn {
                    for _ in 0..<count {
                        try pool.get { connection in
                            try connection.sendAll(LinePool.command)
                            guard try connection.receive(upTo: 4_096).last == UInt8(ascii: "\n") else {
                                throw SocketError("a reply in pieces")
                            }
                        }
                    }
                }
            }
            try joinAll(callers, raisingErrors: true)
            return 20 * count
        } finish: {
            try pool.close(timeout: .seconds(5))
            server.stop()
            try Processors.unpin()
        }
    }

    /// What a pool saves: connect, shake hands, log in, one command, close.
    static let tlsConnect = Workload(
        name: "tls-connect", summary: "a new TLS 1.3 connection, verified, a login line, a command, close; client CPU",
        unit: .microseconds
    ) {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try Processors.apart { try LineServer(authority) }
        let trust = authority.trust
        let context = try TLSContext(
            TLSConfiguration {
                $0.trust = trust
                $0.resumesSessions = false
            })
        return Round {
            for _ in 0..<200 {
                let socket = try LinePool.connect(context, server.port)
                defer { socket.close() }
                for _ in 0..<2 {
                    try socket.sendAll(LinePool.command)
                    guard try socket.receiveLine() != nil else { throw SocketError("no reply") }
                }
            }
            return 200
        } finish: {
            server.stop()
            try Processors.unpin()
        }
    }
}

/// Answers each line over TLS 1.3 with one of 57 bytes.
final class LineServer {
    let port: Int
    private let thread = HubThread(name: "line-server")

    init(_ authority: CertificateAuthority) throws {
        let credential = try authority.issueServer().credential
        let context = try TLSContext(
            TLSConfiguration {
                $0.minimumVersion = .v1_3
                $0.credential = credential
            })
        let thread = thread
        port = try awaitTask {
            try await thread.run {
                let listener = try Socket.listen(on: .loopback(port: 0))
                let server = StreamServer(listener, context: context) { socket, _ in
                    try socket.socket.setOption(.noDelay, true)
                    do {
                        while try !socket.receive(upTo: 4_096).isEmpty { try socket.sendAll(Self.reply) }
                    } catch is TLSError {
                        // A peer that ends without saying so.
                    } catch is SocketError {
                        // The same with replies under way.
                    }
                }
                try server.start()
                return try listener.localAddress.port ?? 0
            }
        }
    }

    func stop() {
        let thread = thread
        try? awaitTask { await thread.stop() }
    }

    private static let reply = Array("250 ok, that domain name is available for registration 0\n".utf8)
}

final class LinePool: ConnectionPool<TLSSocket> {
    static let command = Array("CHECK domain example-000000.test with some padding to 64 b\n".utf8)

    private let port: Int
    private let context: TLSContext

    init(_ server: LineServer, trust: TLSTrust) throws {
        port = server.port
        context = try TLSContext(TLSConfiguration { $0.trust = trust })
        super.init(10)
    }

    override class var spawnFrequency: Duration { .zero }

    override func newConnection() throws -> TLSSocket? {
        try Self.connect(context, port)
    }

    /// By the address: to look a name up takes a thread, and peers do not.
    static func connect(_ context: TLSContext, _ port: Int) throws -> TLSSocket {
        let socket = try context.connect(
            to: .loopback(port: port), serverHostname: "localhost", timeout: .seconds(5))
        try socket.socket.setOption(.noDelay, true)
        return socket
    }
}
