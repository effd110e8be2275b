import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTLS
import GeventTesting
import Testing

/// Everything that goes wrong on the way to a registry and back: each a typed error with a clear text, in bounded time,
/// and no connection left behind.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A session with a registry that cannot be talked to` {
    private static let patience = Duration.milliseconds(1500)

    /// Runs a session against a registry and gives the error that ends it, which comes in bounded time and leaves no
    /// connection open.
    private func failure(
        of registry: EmbeddedRegistry, context: TLSContext? = nil, host: String? = nil,
        _ body: (EPPSession) throws -> Void = { try $0.connect() }
    ) throws -> any Error {
        defer { registry.stop() }
        let session = EPPSession(
            host: host ?? registry.host, port: registry.port, context: try context ?? registry.clientContext(),
            timeout: Self.patience)
        let start = Hub.current.clock.now
        var failure: (any Error)?
        do { try body(session) } catch { failure = error }
        // Each step has its limit.
        #expect(Hub.current.clock.now - start <= Self.patience * 4)
        session.close()
        registry.heal()
        let port = registry.port
        let left = SocketTimeout("\(OpenSockets.count(port: port)) connections are left")
        try withTimeout(.seconds(60), throwing: left) {
            while OpenSockets.count(port: port) > 0 { try sleep(for: .milliseconds(2)) }
        }
        return try #require(failure)
    }

    private func tlsFailure(_ error: any Error) throws -> TLSError {
        let error = try #require(error as? TransportError)
        return try #require(error.cause as? TLSError, "the cause is \(String(describing: error.cause))")
    }

    @Test func `of another authority fails in the handshake`() throws {
        let registry = try EmbeddedRegistry()
        let other = try CertificateAuthority(name: "Somebody else")
        let context = try TLSContext(TLSConfiguration { $0.trust = other.trust })
        let error = try tlsFailure(try failure(of: registry, context: context))
        guard case .certificateVerifyFailed = error.reason else {
            Issue.record("\(error.reason)")
            return
        }
    }

    @Test func `under another name fails in the handshake`() throws {
        let authority = try CertificateAuthority()
        let pki = RegistryPKI(
            authority: authority, server: try authority.issueServer(["epp.example.gov"]),
            client: try authority.issueClient())
        let error = try tlsFailure(try failure(of: try EmbeddedRegistry(pki: pki)))
        guard case .hostnameMismatch = error.reason else {
            Issue.record("\(error.reason)")
            return
        }
        #expect(error.description.contains("127.0.0.1"))
    }

    @Test func `with an expired certificate fails in the handshake`() throws {
        let authority = try CertificateAuthority()
        let pki = RegistryPKI(
            authority: authority, server: try authority.issueServer(validity: .expired),
            client: try authority.issueClient())
        #expect(try tlsFailure(try failure(of: try EmbeddedRegistry(pki: pki))).reason == .certificateExpired)
    }

    @Test func `that wants a certificate refuses a client without one, as a TLS failure`() throws {
        let registry = try EmbeddedRegistry()
        let context = try TLSContext(TLSConfiguration { $0.trust = .pem(registry.pki.authority) })
        let error = try tlsFailure(try failure(of: registry, context: context))
        guard case .peerAlert = error.reason else {
            Issue.record("\(error.reason)")
            return
        }
        #expect(registry.statistics.handshakeFailures == 1)
    }

    @Test func `that wants a certificate refuses one of another authority, as a TLS failure`() throws {
        let registry = try EmbeddedRegistry()
        let stranger = try CertificateAuthority(name: "Somebody else").issueClient()
        let context = try TLSContext(
            TLSConfiguration {
                $0.trust = .pem(registry.pki.authority)
                $0.credential = stranger.credential
            })
        guard case .peerAlert = try tlsFailure(try failure(of: registry, context: context)).reason else {
            Issue.record("no alert")
            return
        }
    }

    @Test func `that is down is refused at once`() throws {
        let registry = try EmbeddedRegistry()
        registry.stop()
        let error = try #require(try failure(of: registry) as? TransportError)
        #expect(error.errno != nil)
        #expect(error.description.contains(String(registry.port)))
    }

    @Test func `that does not answer the handshake runs out of time`() throws {
        let silent = try Socket.listen(on: .loopback(port: 0))
        defer { silent.close() }
        let context = try RegistryPKI().clientContext()
        let port = try #require(try silent.localAddress.port)
        let session = EPPSession(host: "127.0.0.1", port: port, context: context, timeout: Self.patience)
        let start = Hub.current.clock.now
        let error = try #require(throws: TransportError.self) { try session.connect() }
        #expect(error.cause is SocketTimeout)
        #expect(Hub.current.clock.now - start <= Self.patience * 4)
    }

    @Test func `that speaks no TLS fails in the handshake`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            try socket.sendAll("220 mail.example.gov ESMTP\r\n")
            _ = try socket.receive(upTo: 1)
            socket.close()
        }
        try server.start()
        defer { try? server.stop() }
        let session = EPPSession(
            host: "127.0.0.1", port: try #require(server.address.port), context: try RegistryPKI().clientContext(),
            timeout: Self.patience)
        let error = try #require(throws: TransportError.self) { try session.connect() }
        #expect(error.cause is TLSError)
    }

    @Test func `that drips its greeting gains no time by it`() throws {
        let authority = try CertificateAuthority()
        let issued = try authority.issueServer()
        let serverContext = try TLSContext(TLSConfiguration { $0.credential = issued.credential })
        let listener = try Socket.listen(on: .loopback(port: 0))
        let server = StreamServer(listener, context: serverContext) { stream, _ in
            // Each byte well within the limit for one document, all of them far beyond it.
            try stream.sendAll([0, 0, 4, 0] as [UInt8])
            while true {
                try sleep(for: .milliseconds(100))
                try stream.sendAll([0x20] as [UInt8])
            }
        }
        try server.start()
        let hub = Hub.current
        hub.onUnhandledError = { _, _ in }
        defer { try? server.stop() }
        let session = EPPSession(
            host: "127.0.0.1", port: try #require(server.address.port),
            context: try TLSContext(TLSConfiguration { $0.trust = authority.trust }), timeout: .milliseconds(800))
        let start = Hub.current.clock.now
        let error = try #require(throws: TransportError.self) { try session.connect() }
        #expect(error.cause is SocketTimeout)
        #expect(Hub.current.clock.now - start <= .milliseconds(3200))
    }

    @Test func `that closes before the greeting says that it closed`() throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.closeBeforeGreeting)
        let error = try #require(try failure(of: registry) as? TransportError)
        #expect(error.description.contains("closed"))
    }

    @Test(arguments: [RegistryFaultPoint.greeting, .login, .command])
    func `that sends an oversized frame is noticed at its header`(point: RegistryFaultPoint) throws {
        let error = try frameFailure(.oversizedFrame, at: point)
        guard case .tooLong = error.kind else {
            Issue.record("\(error.kind)")
            return
        }
    }

    @Test(arguments: [RegistryFaultPoint.greeting, .login, .command])
    func `that sends no frame at all is noticed at its first bytes`(point: RegistryFaultPoint) throws {
        let error = try frameFailure(.garbageFrame, at: point)
        guard case .tooLong = error.kind else {
            Issue.record("\(error.kind)")
            return
        }
    }

    @Test(arguments: [RegistryFaultPoint.greeting, .login, .command])
    func `that closes inside a document says how much was missing`(point: RegistryFaultPoint) throws {
        let error = try frameFailure(.closeInsideBody, at: point)
        guard case .truncated(_, .some) = error.kind else {
            Issue.record("\(error.kind)")
            return
        }
    }

    private func frameFailure(_ fault: RegistryFault, at point: RegistryFaultPoint) throws -> FrameError {
        let registry = try EmbeddedRegistry()
        registry.inject(fault, at: point)
        let error = try #require(try failure(of: registry) { try self.talk($0, registry) } as? TransportError)
        return try #require(error.cause as? FrameError, "the cause is \(String(describing: error.cause))")
    }

    private func talk(_ session: EPPSession, _ registry: EmbeddedRegistry) throws {
        try session.connect()
        try session.send(Login(clientID: registry.clientID, password: registry.password))
        try session.send(CheckDomain("example.gov"))
    }

    @Test(arguments: [RegistryFaultPoint.greeting, .login, .command])
    func `that sends no XML gives a parsing error`(point: RegistryFaultPoint) throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.garbageDocument, at: point)
        #expect(try failure(of: registry) { try talk($0, registry) } is ParsingError)
    }

    @Test(arguments: [RegistryFaultPoint.greeting, .login, .command])
    func `that hangs runs out of time`(point: RegistryFaultPoint) throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.hang, at: point)
        let error = try #require(try failure(of: registry) { try talk($0, registry) } as? TransportError)
        #expect(error.cause is SocketTimeout)
    }

    @Test(arguments: [RegistryFaultPoint.login, .command])
    func `that closes instead of answering says so`(point: RegistryFaultPoint) throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.close, at: point)
        let error = try #require(try failure(of: registry) { try talk($0, registry) } as? TransportError)
        #expect(error.description.contains("closed"))
    }

    @Test func `that answers another command ends the session`() throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.wrongTransactionID)
        let error = try #require(try failure(of: registry) { try talk($0, registry) } as? TransportError)
        #expect(error.cause is UnexpectedReply)
    }

    @Test func `in pieces of one byte is understood`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        registry.inject(.splitFrames(into: 1), at: .greeting)
        registry.inject(.splitFrames(into: 3), at: .login)
        registry.inject(.splitFrames(into: 1), at: .command)
        let session = EPPSession(host: registry.host, port: registry.port, context: try registry.clientContext())
        defer { session.close() }
        try session.connect()
        try session.send(Login(clientID: registry.clientID, password: registry.password))
        #expect(try session.send(CheckDomain("example.gov")).data?.first?.isAvailable == false)
        #expect(registry.statistics.faults == 3)
    }

    @Test func `is given up when the greenlet is killed`() throws {
        let registry = try EmbeddedRegistry()
        registry.inject(.hang)
        let error = try failure(of: registry) { session in
            let greenlet = spawn { try self.talk(session, registry) }
            try sleep(for: .milliseconds(50))
            try greenlet.kill()
            #expect(session.isClosed)
            try session.send(Hello())
        }
        #expect(error is TransportError)
    }
}
