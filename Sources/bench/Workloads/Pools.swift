import Gevent
import GeventConnPool
import GeventTLS
import Synchronization

/// A connection that does nothing.
private final class Dummy {}

private final class DummyPool: ConnectionPool<Dummy> {
    override class var spawnFrequency: Duration { .zero }
    override func newConnection() throws -> Dummy? { Dummy() }
}

extension Workload {
    /// The pool's own cost.
    static let pool = Workload(
        name: "pool", summary: "get and return of a dummy connection, size 10, one caller"
    ) {
        let pool = DummyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let count = Scale.of(1_000_000)
        return Round {
            for _ in 0..<count { try pool.get { _ in } }
            return count
        } finish: {
            try pool.close(timeout: .seconds(5))
        }
    }

    /// Everybody waits for somebody.
    static let poolContended = Workload(
        name: "pool-contended", summary: "100 callers on a pool of 10, a yield inside, a get"
    ) {
        let pool = DummyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let rounds = Scale.of(10_000)
        return Round {
            let callers = (0..<100).map { _ in
                spawn {
                    for _ in 0..<rounds { try pool.get { _ in try yield() } }
                }
            }
            try joinAll(callers, raisingErrors: true)
            return 100 * rounds
        } finish: {
            try pool.close(timeout: .seconds(5))
        }
    }

    /// A million leases; fails if anybody starves, gets another's reply, or a connection more is made.
    static let poolFair = Workload(
        name: "pool-fair", summary: "1,000 callers on a pool of 10, each reply its own, nobody starves, a lease"
    ) {
        let pool = ReplyPool(10)
        try pool.waitUntilReady(timeout: .seconds(5))
        let rounds = 1_000
        return Round {
            let callers = (0..<1_000).map { caller in
                spawn {
                    for round in 0..<rounds { try pool.exchange(caller * rounds + round) }
                }
            }
            try joinAll(callers, raisingErrors: true)
            return 1_000 * rounds
        } finish: {
            try pool.check()
            try pool.close(timeout: .seconds(5))
        }
    }

    /// Commands over open TLS connections; the server is on a thread of its own, whose CPU time does not count.
    static let tlsPool = Workload(
        name: "tls-pool", summary: "59-byte command over pooled TLS 1.3, 20 callers on 10 connections, client CPU",
        unit: .microseconds
    ) {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try LineServer(authority)
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
                    while try !socket.receive(upTo: 4_096).isEmpty { try socket.sendAll(Self.reply) }
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
        let socket = try context.connect(host: "localhost", port: port, timeout: .seconds(5))
        try socket.socket.setOption(.noDelay, true)
        return socket
    }
}

/// Answers come in the order of the requests, so that whoever leaves without its own leaves it to the next.
private final class Replies {
    var waiting: [Int] = []
}

private final class ReplyPool: ConnectionPool<Replies> {
    private var served = 0
    private var waitedInAll = 0
    private var longestWait = 0

    override class var spawnFrequency: Duration { .zero }
    override func newConnection() throws -> Replies? { Replies() }

    /// How long a caller waits is counted in leases of others.
    func exchange(_ request: Int) throws {
        let before = served
        try get { replies in
            served += 1
            let waited = served - before
            waitedInAll += waited
            longestWait = max(longestWait, waited)
            replies.waiting.append(request)
            try yield()
            guard replies.waiting.removeFirst() == request else { throw SocketError("another caller's reply") }
        }
    }

    func check() throws {
        guard statistics.connects == 10 else { throw SocketError("\(statistics.connects) connects in place of 10") }
        guard longestWait * served <= 2 * waitedInAll else {
            throw SocketError("starving: \(longestWait) waited, \(Double(waitedInAll) / Double(served)) is the mean")
        }
    }
}
