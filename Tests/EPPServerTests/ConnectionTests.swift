import EPP
import EPPServer
import Gevent
import GeventTLS
import GeventTesting
import Testing

/// Limits and faults over real TLS, in virtual time: hours pass, nobody waits.
@Suite(.virtualTime(quiet: .milliseconds(200)))
struct `Connections of an embedded registry` {
    private let check = CheckDomain("example.gov")

    private func registry(
        _ rules: RegistryFaultRule..., configure: (inout RegistryConfiguration) -> Void = { _ in }
    ) throws -> EmbeddedRegistry {
        try EmbeddedRegistry(
            RegistryConfiguration {
                $0.faults = rules
                configure(&$0)
            })
    }

    @Test func `have the peer's address as their greenlet's name, and the registry's place`() throws {
        let registry = try EmbeddedRegistry()
        let line = #line - 1
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        let name = try #require(
            Hub.current.dump(stacks: false).split(separator: "\n").first { $0.contains("+- 127.0.0.1:") })
        #expect(name.hasSuffix("spawned at EPPServerTests/ConnectionTests.swift:\(line)"))
        withExtendedLifetime(peer) {}
    }

    @Test func `end at their age, however busy they are`() throws {
        let registry = try registry { $0.maximumAge = .seconds(900) }
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        peer.stream.timeout = .seconds(3600)
        for _ in 0..<2 {
            try sleep(for: .seconds(400))
            #expect(try peer.send(check) == .success)
        }
        var last: ServerMessage?
        let rest = try Hub.current.clock.measure { last = try peer.receive() }
        #expect(last == nil)
        #expect(rest > .seconds(90) && rest <= .seconds(100))
        #expect(registry.statistics.aged == 1 && registry.statistics.idled == 0)
    }

    @Test func `end when they are idle, and not before`() throws {
        let registry = try registry { $0.idleTimeout = .seconds(300) }
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        peer.stream.timeout = .seconds(3600)
        try sleep(for: .seconds(299))
        #expect(try peer.send(check) == .success)
        var last: ServerMessage?
        let rest = try Hub.current.clock.measure { last = try peer.receive() }
        #expect(last == nil)
        #expect(rest >= .seconds(300) && rest < .seconds(301))
        #expect(registry.statistics.idled == 1)
    }

    @Test(arguments: [(Duration.seconds(2), Duration.seconds(2)), (.seconds(3600), .seconds(10))])
    func `end when a frame takes too long, however often a byte of it comes`(idle: Duration, limit: Duration) throws {
        let registry = try registry { $0.idleTimeout = idle }
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        peer.stream.timeout = .seconds(3600)
        let clock = Hub.current.clock
        let start = clock.now
        let drip = spawn {
            for byte in Frame.encode([UInt8](repeating: 0x20, count: 600)) {
                try peer.stream.sendAll([byte])
                try sleep(for: .seconds(1))
            }
        }
        #expect(try peer.receive() == nil)
        drip.killNoWait()
        let lasted = clock.now - start
        #expect(lasted >= limit && lasted < limit + .seconds(1))
        #expect(registry.statistics.idled == 1)
    }

    @Test func `end when a handshake takes too long, however often a byte of it comes`() throws {
        let registry = try registry()
        defer { registry.stop() }
        let socket = try Socket.connect(host: registry.host, port: registry.port)
        let clock = Hub.current.clock
        let start = clock.now
        let drip = spawn {
            try socket.sendAll([22, 3, 1, 0x3F, 0xFF, 1])
            while true {
                try sleep(for: .seconds(1))
                try socket.sendAll([0])
            }
        }
        defer { drip.killNoWait() }
        // Cut, with some of its bytes unread.
        #expect(throws: SocketError.self) { try socket.receive(upTo: 100) }
        #expect(clock.now - start >= .seconds(10) && clock.now - start < .seconds(11))
        #expect(registry.statistics.handshakeFailures == 1)
    }

    @Test func `wait where as many as may be are in their handshakes, and are served then`() throws {
        let registry = try registry { $0.maximumHandshakes = 2 }
        defer { registry.stop() }
        let silent = try (0..<5).map { _ in try Socket.connect(host: registry.host, port: registry.port) }
        try sleep(for: .seconds(1))
        #expect(registry.statistics.openConnections == 2)
        let peer = try Peer(registry, timeout: .seconds(60))
        #expect(try peer.receive() != nil)
        #expect(registry.statistics.handshakes == 1 && registry.statistics.handshakeFailures == 4)
        for socket in silent { socket.close() }
    }

    @Test func `end behind their last command with a goodbye`() throws {
        let registry = try registry { $0.commandsPerSession = 2 }
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        #expect(try peer.send(check) == .success)
        #expect(try peer.receive() == nil)
    }

    @Test func `give their session back when they are cut`() throws {
        let registry = try registry { $0.sessionsPerClient = 1 }
        defer { registry.stop() }
        // Held to the end: a peer that nobody holds closes its connection.
        let first = try Peer.loggedIn(registry)
        defer { first.stream.close() }
        let login = Login(clientID: registry.clientID, password: registry.password)
        let second = try Peer(registry)
        _ = try second.receive()
        #expect(try second.send(login) == .sessionLimitClosing)
        #expect(try second.receive() == nil)
        registry.cutAll()
        try sleep(for: .seconds(1))
        let third = try Peer(registry)
        _ = try third.receive()
        #expect(try third.send(login) == .success)
    }

    @Test func `of two registrars hand a domain over`() throws {
        let registry = try registry { $0.credentials = ["registrar": "pw-registrar", "taker": "pw-taker"] }
        defer { registry.stop() }
        let giver = try Peer.loggedIn(registry)
        let taker = try Peer(registry)
        _ = try taker.receive()
        #expect(try taker.send(Login(clientID: "taker", password: "pw-taker")) == .success)
        let password = try #require(registry.snapshot.domains["example.gov"]?.authorization?.password)
        #expect(
            try taker.send(TransferDomain(.request, "example.gov", authorization: password)) == .successPending)
        #expect(try giver.send(Poll()) == .successAckToDequeue)
        #expect(try giver.send(TransferDomain(.approve, "example.gov")) == .success)
        #expect(try giver.send(UpdateDomain("example.gov", registrant: .remove)) == .authorizationError)
        #expect(try taker.send(Poll()) == .successAckToDequeue)
        #expect(registry.snapshot.domains["example.gov"]?.sponsor == "taker")
    }

    @Test func `that are refused do not even shake hands`() throws {
        let registry = try registry(
            RegistryFaultRule(.refuse, times: 1), RegistryFaultRule(.closeBeforeGreeting, times: 1))
        defer { registry.stop() }
        #expect(throws: SocketError.self) { try Peer(registry).receive() }
        let silent = try Peer(registry)
        #expect(try silent.receive() == nil)
        let welcome = try Peer(registry)
        #expect(try welcome.receive()?.kind == .greeting)
        #expect(registry.statistics.handshakes == 2 && registry.statistics.faults == 2)
    }

    @Test func `are refused with a code in place of the greeting`() throws {
        let registry = try registry(RegistryFaultRule(.result(.sessionLimitClosing), at: .greeting, times: 1))
        defer { registry.stop() }
        let peer = try Peer(registry)
        let opening = try peer.receive()?.response(of: Never.self)
        #expect(opening?.code == .sessionLimitClosing)
        #expect(try peer.receive() == nil)
    }

    @Test(arguments: [RegistryFault.close, .closeInsideBody]) func `close where an answer belongs`(
        fault: RegistryFault
    ) throws {
        let registry = try registry(RegistryFaultRule(fault, times: 1))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        let lost = try peer.reply(to: CreateDomain("x.gov", authorization: "s3cret"))
        #expect(lost == nil)
        // The command was done, and that is what a client has to reckon with.
        #expect(registry.snapshot.domains["x.gov"] != nil)
        let other = try Peer.loggedIn(registry)
        #expect(try other.send(CreateDomain("x.gov", authorization: "s3cret")) == .objectExists)
    }

    @Test(arguments: [RegistryFault.oversizedFrame, .garbageFrame]) func `send what is no frame`(
        fault: RegistryFault
    ) throws {
        let registry = try registry(RegistryFaultRule(fault, at: .verb("check"), times: 1))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        #expect(throws: FrameError.self) { try peer.send(check) }
    }

    @Test func `send what is no XML, and go on`() throws {
        let registry = try registry(RegistryFaultRule(.garbageDocument, at: .verb("domain:check"), times: 1))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        #expect(throws: ParsingError.self) { try peer.send(check) }
        #expect(try peer.send(check) == .success)
    }

    @Test func `say nothing until the registry heals`() throws {
        let registry = try registry(RegistryFaultRule(.hang))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        #expect(throws: SocketTimeout.self) { try peer.send(check) }
        registry.heal()
        #expect(throws: SocketError.self) { try peer.receive() }
        let next = try Peer.loggedIn(registry)
        #expect(try next.send(check) == .success)
    }

    @Test func `answer another command`() throws {
        let registry = try registry(RegistryFaultRule(.wrongTransactionID, every: 2))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        let ids = try (0..<4).map { _ in try peer.reply(to: check)?.clientTransactionID }
        #expect(ids == ["test-1", "another-test-1", "test-1", "another-test-1"])
    }

    @Test(arguments: [
        ResultCode.commandFailed, .commandFailedClosing, .authenticationErrorClosing, .sessionLimitClosing,
    ])
    func `refuse a command and do not do it`(code: ResultCode) throws {
        let registry = try registry(RegistryFaultRule(.result(code), at: .verb("create"), times: 1))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        #expect(try peer.send(CreateDomain("x.gov", authorization: "s3cret")) == code)
        #expect(registry.snapshot.domains["x.gov"] == nil)
        let next = try code.endsSession ? peer.receive() : peer.reply(to: check)
        #expect((next == nil) == code.endsSession)
    }

    @Test func `answer late, in pieces, and both`() throws {
        let registry = try registry(
            RegistryFaultRule(.delay(.seconds(4)), after: 1), RegistryFaultRule(.splitFrames(into: 3), at: .all))
        defer { registry.stop() }
        let peer = try Peer.loggedIn(registry)
        let first = try Hub.current.clock.measure { _ = try peer.send(check) }
        #expect(first < .seconds(4))
        let second = try Hub.current.clock.measure { _ = try peer.send(check) }
        #expect(second >= .seconds(4))
        #expect(registry.statistics.commands == 3)
    }

    @Test func `are all cut by a restart`() throws {
        let registry = try registry(RegistryFaultRule(.restart, at: .verb("info"), times: 1))
        defer { registry.stop() }
        let peers = try (0..<3).map { _ in try Peer.loggedIn(registry) }
        #expect(try peers[0].send(check) == .success)
        #expect(throws: SocketError.self) { try peers[0].send(InfoDomain("example.gov")) }
        for peer in peers.dropFirst() { #expect(throws: SocketError.self) { try peer.receive() } }
        #expect(registry.statistics.cut == 3)
        let next = try Peer.loggedIn(registry)
        #expect(try next.send(InfoDomain("example.gov")) == .success)
    }
}
