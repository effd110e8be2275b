import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// The contract of epplibwrapper, on a pool of sessions without a network.
@Suite(.virtualTime)
struct `A registry client` {
    /// Answers commands with these codes, one after the other, then with success.
    private final class Script {
        var codes: [ResultCode]
        var text: String?
        var commands = 0
        var transports: [FakeTransport] = []
        var times: [HubClock.Instant] = []

        init(_ codes: [ResultCode], text: String? = nil) {
            self.codes = codes
            self.text = text
        }

        func answer(_ message: ClientMessage) throws -> [UInt8] {
            commands += 1
            times.append(Hub.current.clock.now)
            guard !codes.isEmpty else { return try FakeTransport.success(for: message) }
            return try FakeTransport.reply(codes.removeFirst(), message: text, to: message)
        }

        /// A pool of sessions on the script.
        func pool(_ size: Int = 1, configuration: PoolConfiguration = .init()) -> ConnectionPool<EPPSession> {
            ClosureConnectionPool(size, configuration: configuration) {
                try self.connect()
            } close: {
                $0.close()
            }
        }

        func connect() throws -> EPPSession {
            let transport = try FakeTransport(answer: answer)
            transports.append(transport)
            let session = EPPSession(transport)
            try session.connect()
            return session
        }
    }

    @Test func `gives the reply`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        #expect(try client.send(CheckDomain("a.gov")).data?.first?.isAvailable == true)
        #expect(try client.send(Hello()).serverID == "fake")
        #expect(script.commands == 2)
        #expect(client.repetitions == 0)
        try client.close()
        #expect(throws: PoolClosed.self) { try client.send(Hello()) }
    }

    @Test func `repeats a read up to four attempts, 50, 100 and 150 ms apart`() throws {
        let script = Script([.commandFailed, .commandFailed, .commandFailed, .commandFailed])
        let client = RegistryClient(pool: script.pool())
        let error = try #require(throws: RegistryError.self) { try client.send(CheckDomain("a.gov")) }
        #expect(error.code == .commandFailed)
        #expect(script.commands == 4)
        let pauses = zip(script.times.dropFirst(), script.times).map { $0 - $1 }
        #expect(pauses == [.milliseconds(50), .milliseconds(100), .milliseconds(150)])
        #expect(client.repetitions == 3)
    }

    @Test func `gives the answer of the attempt that succeeded`() throws {
        let script = Script([.commandFailed, .commandFailed])
        let client = RegistryClient(pool: script.pool())
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        #expect(script.commands == 3)
    }

    @Test func `repeats a transform only on demand`() throws {
        let script = Script([.commandFailed])
        let client = RegistryClient(pool: script.pool())
        let create = CreateDomain("a.gov", authorization: "auth-pw")
        #expect(throws: RegistryError.self) { try client.send(create) }
        #expect(script.commands == 1)
        script.codes = [.commandFailed]
        #expect(try client.send(create, repeating: true).isSuccess)
        #expect(script.commands == 3)
    }

    @Test func `does not repeat a read when told so`() throws {
        let script = Script([.commandFailed])
        let client = RegistryClient(pool: script.pool())
        #expect(throws: RegistryError.self) { try client.send(CheckDomain("a.gov"), repeating: false) }
        #expect(script.commands == 1)
    }

    @Test(arguments: [2001, 2002, 2201, 2303, 2306]) func `does not repeat a refusal`(code: Int) throws {
        let script = Script([ResultCode(code)])
        let client = RegistryClient(pool: script.pool())
        let error = try #require(throws: RegistryError.self) { try client.send(InfoDomain("a.gov")) }
        #expect(error.code == ResultCode(code))
        #expect(script.commands == 1)
        #expect(script.transports.count == 1)
    }

    @Test(arguments: [ResultCode.commandFailedClosing, .authenticationErrorClosing, .sessionLimitClosing])
    func `replaces the session that a reply ends`(code: ResultCode) throws {
        let script = Script([code])
        let client = RegistryClient(pool: script.pool())
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        #expect(script.transports.count == 2)
        #expect(script.transports.first?.isOpen == false)
        #expect(client.statistics.discards == 1)
    }

    @Test func `replaces a session that was logged out and repeats the command`() throws {
        let script = Script([.commandUseError], text: "Registrar is not logged in.")
        let client = RegistryClient(pool: script.pool())
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        #expect(script.transports.count == 2)
    }

    @Test func `keeps the session after a refusal`() throws {
        let script = Script([.objectDoesNotExist])
        let client = RegistryClient(pool: script.pool())
        #expect(throws: RegistryError.self) { try client.send(InfoDomain("a.gov")) }
        #expect(try client.send(InfoDomain("a.gov")).isSuccess)
        #expect(script.transports.count == 1)
        #expect(client.statistics.discards == 0)
    }

    @Test func `repeats on another session when the connection fails`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        try client.send(Hello())
        script.transports[0].close()
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        #expect(script.transports.count == 2)
        #expect(client.repetitions == 1)
    }

    @Test func `names the command when the connection fails`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        try client.send(Hello())
        script.transports[0].close()
        let error = try #require(throws: RegistryError.self) {
            try client.send(CreateDomain("a.gov", authorization: "auth-pw"))
        }
        #expect(error.message == "CreateDomain failed to execute due to a connection error")
        #expect(error.isTransportError)
    }

    @Test func `says so when all sessions are busy, and does not repeat`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool(configuration: .init { $0.borrowTimeout = .seconds(10) }))
        try client.send(Hello())
        script.transports[0].latency = .seconds(100)
        let busy = spawn { try client.send(CheckDomain("a.gov")).isSuccess }
        try yield()
        var error: RegistryError?
        let took = try Hub.current.clock.measure {
            error = try #require(throws: RegistryError.self) { try client.send(CheckDomain("b.gov")) }
        }
        #expect(error?.message == "CheckDomain failed: all pooled EPP connections are busy.")
        #expect(took == .seconds(10))
        #expect(error?.shouldRetry == false)
        #expect(try busy.get())
    }

    @Test func `passes a timeout through and replaces the session it hit`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        try client.send(Hello())
        script.transports[0].latency = .seconds(100)
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) { try client.send(CheckDomain("a.gov")) }
        }
        #expect(try client.send(CheckDomain("b.gov")).data?.first?.name == "b.gov")
        #expect(script.transports.count == 2)
    }

    @Test func `refuses raw XML that is not said to be cleaned`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        let command = RawCommand(
            xml: "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><logout/></command></epp>")
        #expect(throws: InvalidValue.self) { try client.send(command, cleaned: false) }
        #expect(script.commands == 0)
        #expect(try client.send(command, cleaned: true).code == .successEndingSession)
    }

    @Test func `repeats raw XML that only reads, and no other`() throws {
        let script = Script([.commandFailed])
        let client = RegistryClient(pool: script.pool())
        func command(_ verb: String) -> RawCommand {
            RawCommand(
                xml: "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>\(verb)"
                    + "<clTRID>raw-1</clTRID></command></epp>")
        }
        #expect(try client.send(command("<poll op=\"req\"/>"), cleaned: true).isSuccess)
        #expect(script.commands == 2)
        script.codes = [.commandFailed]
        #expect(throws: RegistryError.self) { try client.send(command("<poll op=\"ack\"/>"), cleaned: true) }
        #expect(script.commands == 3)
    }

    @Test func `sends nothing for a value that cannot be`() throws {
        let script = Script([])
        let client = RegistryClient(pool: script.pool())
        #expect(throws: InvalidValue.self) { try client.send(CheckDomain("-.gov")) }
        #expect(script.commands == 0)
        #expect(client.statistics.discards == 0)
    }

    @Test func `gives up on a reply that is no EPP, at once`() throws {
        let transport = try FakeTransport { _ in Array("<html/>".utf8) }
        let pool = ClosureConnectionPool(1) {
            let session = EPPSession(transport)
            try session.connect()
            return session
        }
        let error = try #require(throws: RegistryError.self) {
            try RegistryClient(pool: pool).send(CheckDomain("a.gov"))
        }
        #expect(error.message == "CheckDomain failed to execute due to some syntax error")
        #expect(!error.shouldRetry)
        #expect(transport.sent.count == 1)
    }

    /// A pool of another make: one session, made when it is wanted.
    private final class OneSession: SessionPool {
        private let script: Script
        private var session: EPPSession?
        private let turn = BoundedSemaphore(1)
        private(set) var statistics = PoolStatistics()

        init(_ script: Script) {
            self.script = script
        }

        func withSession<Result>(
            timeout: Duration?, _ body: (EPPSession) throws -> Result, isReusable: ((Result) -> Bool)?
        ) throws -> Result {
            try turn.withPermit {
                let session = try self.session ?? script.connect()
                self.session = nil
                statistics.leases += 1
                let result = try body(session)
                if isReusable?(result) ?? true { self.session = session } else { session.close() }
                return result
            }
        }

        func close(timeout: Duration?) throws { session?.close() }
    }

    @Test func `works on a pool of another make`() throws {
        let script = Script([.commandFailed, .sessionLimitClosing])
        let pool = OneSession(script)
        let client = RegistryClient(pool: pool)
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        #expect(script.commands == 3)
        #expect(script.transports.count == 2)
        #expect(client.statistics.leases == 3)
        #expect(try client.checkDomains(["a.gov", "b.gov"]).count == 2)
        try client.close()
        #expect(script.transports.allSatisfy { !$0.isOpen })
    }
}
