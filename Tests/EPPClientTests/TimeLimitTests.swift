import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTLS
import GeventTesting
import Testing

/// Each step of a connection has a limit of its own: the one that is tested is short, the others would take minutes.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A transport's time limit` {
    private static let short = Duration.milliseconds(300)
    private static let long = Duration.seconds(600)

    private func timeouts(_ change: (inout TransportTimeouts) -> Void) -> TransportTimeouts {
        var timeouts = TransportTimeouts(Self.long)
        change(&timeouts)
        return timeouts
    }

    /// Wants a `TransportError` by time, before the long limits.
    private func expectTimeout(_ body: () throws -> Void) throws {
        let start = Hub.current.clock.now
        let error = try #require(throws: TransportError.self) { try body() }
        #expect(error.cause is SocketTimeout, "\(error)")
        #expect(Hub.current.clock.now - start < .seconds(60))
    }

    @Test func `for connecting holds where nobody answers`() throws {
        // A listener whose queue is full answers nothing to who comes next.
        let listener = try Socket.listen(on: .loopback(port: 0), backlog: 0)
        defer { listener.close() }
        let address = try listener.localAddress
        var waiting: [Socket] = []
        defer { for socket in waiting { socket.close() } }
        while waiting.count < 16, let socket = try? Socket.connect(to: address, timeout: Self.short) {
            waiting.append(socket)
        }
        try #require(waiting.count < 16, "the listener's queue takes all")
        let transport = TLSTransport(
            host: "127.0.0.1", port: try #require(address.port), context: try TLSContext(),
            timeouts: timeouts { $0.connect = Self.short })
        try expectTimeout { try transport.connect() }
    }

    @Test func `for the handshake holds where the server says nothing`() throws {
        let silent = try Socket.listen(on: .loopback(port: 0))
        defer { silent.close() }
        let transport = TLSTransport(
            host: "127.0.0.1", port: try #require(try silent.localAddress.port), context: try TLSContext(),
            timeouts: timeouts { $0.handshake = Self.short })
        try expectTimeout { try transport.connect() }
    }

    @Test func `for sending holds where the server reads nothing`() throws {
        let authority = try CertificateAuthority()
        let issued = try authority.issueServer()
        let server = StreamServer(
            try Socket.listen(on: .loopback(port: 0)),
            context: try TLSContext(TLSConfiguration { $0.credential = issued.credential })
        ) { _, _ in try sleep(for: .seconds(600)) }
        try server.start()
        defer { try? server.stop(timeout: .zero) }
        let transport = TLSTransport(
            host: "127.0.0.1", port: try #require(server.address.port),
            context: try TLSContext(TLSConfiguration { $0.trust = authority.trust }),
            timeouts: timeouts { $0.send = Self.short })
        try transport.connect()
        // More than the buffers on the way hold.
        try expectTimeout { try transport.send([UInt8](repeating: 0x20, count: 64 << 20)) }
        #expect(throws: TransportError.self) { try transport.receive() }
    }

    @Test func `for receiving holds where the server does not answer`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        registry.inject(.hang)
        let session = EPPSession(
            host: registry.host, port: registry.port, context: try registry.clientContext(),
            timeouts: timeouts { $0.receive = .seconds(2) })
        try session.connect()
        try session.login(Login(clientID: registry.clientID, password: registry.password))
        try expectTimeout { try session.send(CheckDomain("example.gov")) }
        #expect(session.isClosed)
    }

    @Test func `can be one for all`() throws {
        let transport = TLSTransport(host: "epp.example.gov", context: try TLSContext(), timeout: .seconds(7))
        #expect(transport.timeouts == TransportTimeouts(.seconds(7)))
        transport.timeout = nil
        #expect(transport.timeouts == TransportTimeouts(nil))
    }

    @Test(arguments: [1, 4]) func `does not keep a pipeline over TLS from its replies`(window: Int) throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        registry.inject(.delay(.milliseconds(2)))
        let session = EPPSession(
            host: registry.host, port: registry.port, context: try registry.clientContext(),
            timeouts: TransportTimeouts(.seconds(60)), window: window)
        try session.connect()
        try session.login(Login(clientID: registry.clientID, password: registry.password))
        let names = (0..<8).map { "name-\($0).gov" }
        #expect(try session.sendAll(names.map { CheckDomain($0) }).compactMap { $0.data?.first?.name } == names)
        try session.logout()
    }
}
