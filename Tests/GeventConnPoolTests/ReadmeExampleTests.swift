import Gevent
import GeventConnPool
import GeventTLS
import GeventTesting
import Testing

private let MY_LOGIN_NAME = "me"
private let MY_PASS = "secret"

/// The server that the examples of geventconnpool's README talk to: STARTTLS, LOGIN, PASS, PING.
private final class ExampleServer {
    enum StartTLS: Sendable { case offered, refused, garbled }

    private(set) var logins = 0
    private(set) var pings = 0
    private(set) var refusals = 0
    private(set) var encrypted = 0
    private(set) var open: [any ByteStream] = []
    private var server: StreamServer?
    private let context: TLSContext
    private let startTLS: StartTLS
    var port: Int { server?.address.port ?? 0 }

    init(_ authority: CertificateAuthority, _ startTLS: StartTLS) throws {
        let credential = try authority.issueServer().credential
        context = try TLSContext(TLSConfiguration { $0.credential = credential })
        self.startTLS = startTLS
        server = try StreamServer(on: .loopback(port: 0)) { [unowned self] socket, _ in try serve(socket) }
        try server?.start()
    }

    func stop() throws {
        try server?.stop(timeout: .seconds(1))
        cutAll()
    }

    func cutAll() {
        for stream in open { stream.close() }
        open = []
    }

    @available(*, noasync)
    private func serve(_ socket: Socket) throws {
        var stream: any ByteStream = socket
        guard try stream.receiveLine() == "STARTTLS" else { return socket.close() }
        switch startTLS {
        case .offered:
            try stream.sendAll("OK\n")
            stream = try context.accept(socket)
            encrypted += 1
        case .refused: try stream.sendAll("NO\n")
        case .garbled: return try stream.sendAll("WTF")
        }
        open.append(stream)
        let login = try stream.receiveLine()
        let password = try stream.receiveLine()
        guard login == "LOGIN: \(MY_LOGIN_NAME)", password == "PASS: \(MY_PASS)" else {
            refusals += 1
            try stream.sendAll("NO")
            return stream.close()
        }
        logins += 1
        try stream.sendAll("OK")
        do {
            while let line = try stream.receiveLine() {
                guard line == "PING" else { break }
                pings += 1
                try stream.sendAll("PONG\n")
            }
        } catch is SocketError {}  // cut
        stream.close()
    }
}

/// The subclass of geventconnpool's README, word for word, but for the address and the authority that it trusts.
private final class MyPool: ConnectionPool<any ByteStream> {
    let port: Int
    let authority: CertificateAuthority
    let password: String

    init(
        _ size: Int, _ port: Int, _ authority: CertificateAuthority, password: String = MY_PASS,
        keepalive: Duration? = nil
    ) {
        self.port = port
        self.authority = authority
        self.password = password
        super.init(size, keepalive: keepalive)
    }

    override class var spawnFrequency: Duration { .milliseconds(10) }

    override func newConnection() throws -> any ByteStream {
        let socket = try Socket.connect(host: "localhost", port: port)
        var s: any ByteStream = socket
        try s.send("STARTTLS\n")
        let res = try s.receiveText(upTo: 3)
        if res == "OK\n" {
            s = try TLSContext(TLSConfiguration { $0.trust = authority.trust }).wrap(
                socket, serverHostname: "localhost")
        } else if res == "NO\n" {
        } else {
            throw SocketError("invalid response to STARTTLS")
        }

        try s.send("LOGIN: \(MY_LOGIN_NAME)\n")
        try s.send("PASS: \(password)\n")
        if try s.receiveText(upTo: 2) != "OK" {
            throw SocketError("authentication failed")
        }
        return s
    }

    override func keepalive(_ c: any ByteStream) throws {
        try c.send("PING\n")
        if try c.receiveText(upTo: 5) != "PONG\n" {
            throw SocketError("no PONG")
        }
    }
}

/// geventconnpool's README, over real sockets.
@Suite(.hub)
struct `The README's pool` {
    private let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority() }

    @Test(arguments: [ExampleServer.StartTLS.offered, .refused])
    fileprivate func `logs in once a connection, with TLS where it is offered`(startTLS: ExampleServer.StartTLS) throws
    {
        let server = try ExampleServer(authority, startTLS)
        let pool = MyPool(3, server.port, authority)
        try pool.waitUntilReady(timeout: .seconds(10))
        for _ in 0..<30 {
            try pool.get { c in
                try c.send("PING\n")
                if try c.receiveText(upTo: 5) != "PONG\n" {
                    throw SocketError("something awful happened")
                }
            }
        }
        #expect((server.logins, server.pings) == (3, 30))
        #expect(server.encrypted == (startTLS == .offered ? 3 : 0))
        try pool.close(timeout: .seconds(5))
        try server.stop()
    }

    @Test func `keeps its connections alive`() throws {
        let server = try ExampleServer(authority, .offered)
        let pool = MyPool(2, server.port, authority, keepalive: .milliseconds(20))
        try withTimeout(.seconds(20)) {
            while server.pings < 6 { try sleep(for: .milliseconds(5)) }
        }
        #expect(server.logins == 2)
        try pool.close(timeout: .seconds(5))
        try server.stop()
    }

    @Test func `replaces connections that the server cuts, and a retry does not fail`() throws {
        let server = try ExampleServer(authority, .offered)
        let pool = MyPool(2, server.port, authority)
        let senddata = retry(maxFailures: 5) {
            try pool.get { c in
                try c.send("PING\n")
                if try c.receiveText(upTo: 5) != "PONG\n" { throw SocketError("something awful happened") }
            }
        }
        try senddata()
        try pool.waitUntilReady(timeout: .seconds(10))
        server.cutAll()
        for _ in 0..<4 { try senddata() }
        #expect(pool.statistics.discards == 2)
        #expect(server.logins >= 3)
        try pool.close(timeout: .seconds(5))
        try server.stop()
    }

    @Test func `goes on trying when it is refused, and says why`() throws {
        let server = try ExampleServer(authority, .offered)
        let pool = MyPool(1, server.port, authority, password: "wrong")
        Hub.current.onUnhandledError = { _, _ in }
        try withTimeout(.seconds(20)) { while server.refusals < 2 { try sleep(for: .milliseconds(5)) } }
        let error = try #require(throws: PoolExhausted.self) { try pool.get(timeout: .zero) { _ in } }
        #expect("\(error)".contains("last connect error: authentication failed"))
        try pool.close(timeout: .seconds(5))
        try server.stop()
    }

    @Test func `does not take garbage for an answer to STARTTLS`() throws {
        let server = try ExampleServer(authority, .garbled)
        let pool = MyPool(1, server.port, authority)
        Hub.current.onUnhandledError = { _, _ in }
        try withTimeout(.seconds(20)) {
            while pool.statistics.connectFailures == 0 { try sleep(for: .milliseconds(5)) }
        }
        let error = try #require(throws: PoolExhausted.self) { try pool.get(timeout: .zero) { _ in } }
        #expect("\(error.lastConnectError.map { "\($0)" } ?? "")" == "invalid response to STARTTLS")
        try pool.close(timeout: .seconds(5))
        try server.stop()
    }
}

/// The server of the first program: Tests/Newcomer/line_server.py, with a restart.
private final class LineServer {
    private(set) var logins = 0
    private var server: StreamServer?
    private var open: [Socket] = []
    private(set) var address: SocketAddress = .loopback(port: 0)

    func start() throws {
        let server = try StreamServer(on: address) { [unowned self] socket, _ in
            open.append(socket)
            do {
                while let line = try socket.receiveLine() {
                    switch line.prefix(while: { $0 != " " }) {
                    case "LOGIN":
                        logins += 1
                        try socket.sendAll("OK\n")
                    case "PING": try socket.sendAll("PONG\n")
                    case "TIME": try socket.sendAll("09:41:00\n")
                    default: try socket.sendAll("WHAT\n")
                    }
                }
            } catch is SocketError {}  // cut
        }
        try server.start()
        (self.server, address) = (server, server.address)
    }

    func restart() throws {
        server?.close()
        for socket in open { socket.close() }
        open = []
        try sleep(for: .milliseconds(100))
        try start()
    }

    func stop() {
        server?.close()
        for socket in open { socket.close() }
    }
}

/// The pool of README.md's first program and of PoolsAndOptions.md, but for the address.
private final class LinePool: ConnectionPool<Socket> {
    private let address: SocketAddress

    init(_ size: Int, _ address: SocketAddress, _ configure: (inout PoolConfiguration) -> Void) {
        self.address = address
        super.init(size, configuration: .init(configure))
    }

    override func newConnection() throws -> Socket {
        let socket = try Socket.connect(to: address, timeout: .seconds(5))
        try socket.sendAll("LOGIN me\n")
        guard try socket.receiveLine() == "OK" else { throw SocketError("login refused") }
        return socket
    }

    override func validate(_ socket: Socket) throws -> Bool {
        try socket.sendAll("PING\n")
        return try socket.receiveLine() == "PONG"
    }
}

@Suite(.virtualTime(quiet: .milliseconds(20)))
struct `The first program's pool` {
    /// - Returns: how many of sixty requests failed after the server's restart.
    private func failures(_ size: Int, _ configure: (inout PoolConfiguration) -> Void) throws -> Int {
        let server = LineServer()
        try server.start()
        let pool = LinePool(size, server.address, configure)
        try pool.waitUntilReady(timeout: .seconds(30))
        try server.restart()
        var failures = 0
        for _ in 0..<60 {
            do {
                let time = try withRetry(maxFailures: 3, interval: .milliseconds(50)) {
                    try pool.get(timeout: .seconds(10)) { socket in
                        try socket.sendAll("TIME\n")
                        guard let line = try socket.receiveLine() else { throw SocketError("the server hung up") }
                        return line
                    }
                }
                #expect(time == "09:41:00")
            } catch is SocketError {
                failures += 1
            }
        }
        try pool.close(timeout: .seconds(5))
        server.stop()
        return failures
    }

    @Test(arguments: [5, 20]) func `fails no request after the server's restart`(size: Int) throws {
        #expect(try failures(size) { $0.trustWindow = .seconds(30) } == 0)
    }

    @Test func `without a trust window meets one dead connection after the other`() throws {
        #expect(try failures(20) { _ in } > 0)
    }
}
