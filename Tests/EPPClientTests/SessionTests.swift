import EPP
import EPPClient
import Gevent
import GeventTesting
import Logging
import Testing

@Suite(.virtualTime)
struct `A session` {
    @Test func `reads the greeting when it connects`() throws {
        let session = EPPSession(try FakeTransport())
        #expect(session.greeting == nil)
        #expect(try session.connect().serverID == "fake")
        #expect(session.greeting?.serverID == "fake")
    }

    @Test func `that is refused instead of greeted says what the registry says`() throws {
        let refusal = try FakeTransport.reply(.sessionLimitClosing, to: nil as String?)
        let transport = try FakeTransport(greeting: refusal)
        let session = EPPSession(transport)
        let error = try #require(throws: TransportError.self) { try session.connect() }
        #expect((error.cause as? RegistryError)?.code == .sessionLimitClosing)
        #expect(error.description.contains("Session limit exceeded"))
        #expect(session.isClosed && !transport.isOpen)
    }

    @Test func `gives each command an identifier of its own`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        for _ in 0..<3 { try session.send(CheckDomain("a.gov")) }
        let other = try FakeTransport()
        let otherSession = EPPSession(other)
        try otherSession.connect()
        try otherSession.send(CheckDomain("a.gov"))
        let ids = try (transport.sent + other.sent).compactMap { try ClientMessage($0).transactionID }
        #expect(ids.count == 4)
        #expect(Set(ids).count == 4)
        #expect(ids.allSatisfy { (3...64).contains($0.count) })
    }

    @Test func `sends the identifier that it is given`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        let reply = try session.send(CheckDomain("a.gov"), transactionID: "mine-1")
        #expect(reply.clientTransactionID == "mine-1")
        #expect(reply.data == [DomainAvailability(name: "a.gov", isAvailable: true)])
    }

    @Test func `takes a reply without an identifier`() throws {
        let session = EPPSession(try FakeTransport { _ in try FakeTransport.reply(.success, to: nil as String?) })
        try session.connect()
        #expect(try session.send(CheckDomain("a.gov")).code == .success)
        #expect(!session.isClosed)
    }

    @Test func `ends on a reply with another identifier`() throws {
        let transport = try FakeTransport { _ in try FakeTransport.reply(.success, to: "another-1") }
        let session = EPPSession(transport)
        try session.connect()
        let error = try #require(throws: TransportError.self) {
            try session.send(CheckDomain("a.gov"), transactionID: "mine-1")
        }
        #expect(error.cause as? UnexpectedReply != nil)
        #expect(error.description.contains("another-1") && error.description.contains("mine-1"))
        #expect(session.isClosed)
        #expect(!transport.isOpen)
        #expect(throws: TransportError.self) { try session.send(CheckDomain("a.gov")) }
    }

    @Test func `ends on a reply whose identifier looks the same and is not`() throws {
        let session = EPPSession(try FakeTransport { _ in try FakeTransport.reply(.success, to: "mine-\u{212A}") })
        try session.connect()
        #expect(throws: TransportError.self) {
            try session.send(CheckDomain("a.gov"), transactionID: "mine-K")
        }
        #expect(session.isClosed)
    }

    @Test func `ends on a reply that is no EPP`() throws {
        let session = EPPSession(try FakeTransport { _ in Array("<html/>".utf8) })
        try session.connect()
        #expect(throws: ParsingError.self) { try session.send(CheckDomain("a.gov")) }
        #expect(session.isClosed)
    }

    @Test func `ends on a greeting where a response was due`() throws {
        let session = EPPSession(
            try FakeTransport { _ in
                try Greeting(serverID: "fake", date: Timestamp(secondsSince1970: 0)).document()
            })
        try session.connect()
        #expect(throws: ParsingError.self) { try session.send(CheckDomain("a.gov")) }
        #expect(session.isClosed)
    }

    @Test func `stays open after a command that cannot be encoded`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        #expect(throws: InvalidValue.self) { try session.send(CheckDomain("not a name")) }
        #expect(throws: InvalidValue.self) { try session.send(CheckDomain("a.gov"), transactionID: "x") }
        #expect(transport.sent.isEmpty)
        #expect(!session.isClosed)
        #expect(try session.send(CheckDomain("a.gov")).isSuccess)
    }

    @Test func `is closed by a timeout that comes while a command is under way`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        transport.latency = .seconds(10)
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try session.send(CheckDomain("a.gov")) }
        }
        #expect(session.isClosed)
        #expect(throws: TransportError.self) { try session.send(CheckDomain("a.gov")) }
    }

    @Test func `is closed by a kill that comes while a command is under way`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        transport.latency = .seconds(10)
        let greenlet = spawn { _ = try session.send(CheckDomain("a.gov")) }
        try sleep(for: .seconds(1))
        try greenlet.kill()
        #expect(session.isClosed)
    }

    @Test func `carries the commands of several greenlets one after the other`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        transport.latency = .seconds(1)
        let jobs = (0..<5).map { number in
            spawn { try session.send(CheckDomain("name-\(number).gov")).data?.first?.name }
        }
        let answers = try joinAll(jobs).map { try $0.get() }
        #expect(answers == (0..<5).map { "name-\($0).gov" })
    }

    @Test func `is not closed by a timeout that comes while it waits for its turn`() throws {
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        transport.latency = .seconds(5)
        let first = spawn { try session.send(CheckDomain("a.gov")).isSuccess }
        try sleep(for: .seconds(1))
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try session.send(CheckDomain("b.gov")) }
        }
        #expect(try first.get())
        #expect(!session.isClosed)
    }

    @Test func `can connect again after it was closed`() throws {
        let session = EPPSession(try FakeTransport())
        try session.connect()
        session.close()
        #expect(session.isClosed)
        #expect(throws: TransportError.self) { try session.send(Hello()) }
        try session.connect()
        #expect(!session.isClosed)
        #expect(try session.send(CheckDomain("a.gov")).isSuccess)
    }

    @Test func `keeps the greeting of the last hello`() throws {
        var name = "one"
        let session = EPPSession(
            try FakeTransport { _ in
                try Greeting(serverID: name + "-server", date: Timestamp(secondsSince1970: 0)).document()
            })
        try session.connect()
        name = "two"
        #expect(try session.send(Hello()).serverID == "two-server")
        #expect(session.greeting?.serverID == "two-server")
    }

    @Test func `sends raw XML as it is and gives the data as XML`() throws {
        let xml = """
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check>\
            <domain:check xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>a.gov</domain:name>\
            </domain:check>\
            </check><clTRID>raw-1</clTRID></command></epp>
            """
        let transport = try FakeTransport()
        let session = EPPSession(transport)
        try session.connect()
        let reply = try session.send(RawCommand(xml: xml))
        #expect(transport.sent == [Array(xml.utf8)])
        #expect(reply.clientTransactionID == "raw-1")
        #expect(reply.data?.contains("a.gov") == true)
        #expect(throws: InvalidValue.self) { try session.send(RawCommand(xml: "<nonsense")) }
        #expect(!session.isClosed)
    }

    @Test func `never logs a secret`() throws {
        let recorder = LogRecorder()
        let session = EPPSession(try FakeTransport(), logger: recorder.logger)
        try session.connect()
        try session.send(Login(clientID: "registrar", password: "s3cr3t-pw", newPassword: "0ther-pw"))
        try session.send(InfoDomain("a.gov", authorization: "auth-pw"))
        #expect(recorder.lines.count == 3)
        for secret in ["s3cr3t-pw", "0ther-pw", "auth-pw"] {
            #expect(recorder.lines.allSatisfy { !$0.contains(secret) })
        }
        #expect(recorder.lines.contains { $0.contains("Login") })
    }
}
