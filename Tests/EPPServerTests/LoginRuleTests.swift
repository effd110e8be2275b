import EPP
import Gevent
import GeventTesting
import Testing

@testable import EPPServer

/// Sessions at a registry in virtual time, without connections: the limits that a login and its commands have.
@Suite(.virtualTime)
struct `Sessions of an embedded registry` {
    private func registry(_ configure: (inout RegistryConfiguration) -> Void) throws -> EmbeddedRegistry {
        try EmbeddedRegistry(
            RegistryConfiguration {
                $0.credentials = ["registrar": "s3cr3t-pw", "another": "an0ther-pw"]
                configure(&$0)
            })
    }

    private func send<C: TransactionCommand>(_ command: C, _ session: RegistrySession) throws -> (C.Reply, ends: Bool) {
        let (answer, _) = try session.answer(try command.document(transactionID: "test-1")) { _ in .init() }
        return (try command.decode(try ServerMessage(answer.document)), answer.ends)
    }

    private static let login = Login(clientID: "registrar", password: "s3cr3t-pw")

    @Test func `are counted for each client identifier`() throws {
        let registry = try registry { $0.sessionsPerClient = 2 }
        defer { registry.stop() }
        let sessions = (0..<3).map { _ in RegistrySession(registry) }
        #expect(try send(Self.login, sessions[0]).0.code == .success)
        #expect(try send(Self.login, sessions[1]).0.code == .success)
        let (refused, ends) = try send(Self.login, sessions[2])
        #expect(refused.code == .sessionLimitClosing && ends)
        let other = Login(clientID: "another", password: "an0ther-pw")
        #expect(try send(other, RegistrySession(registry)).0.code == .success)
        // A logout makes room, and so does a connection that ends.
        #expect(try send(Logout(), sessions[0]).0.code == .successEndingSession)
        sessions[0].end()
        let fourth = RegistrySession(registry)
        #expect(try send(Self.login, fourth).0.code == .success)
        fourth.end()
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .success)
        #expect(registry.statistics.overQuota == 1)
    }

    @Test func `know a client and its password byte for byte`() throws {
        let registry = try registry { $0.credentials = ["caf\u{E9}": "s3cr\u{E9}t-pw"] }
        defer { registry.stop() }
        for (client, password, code) in [
            ("cafe\u{301}", "s3cr\u{E9}t-pw", ResultCode.authenticationError),
            ("caf\u{E9}", "s3cre\u{301}t-pw", .authenticationError), ("caf\u{E9}", "s3cr\u{E9}t-pw", .success),
        ] {
            let session = RegistrySession(registry)
            #expect(try send(Login(clientID: client, password: password), session).0.code == code)
        }
    }

    @Test func `end behind the last command that they may have`() throws {
        let registry = try registry { $0.commandsPerSession = 3 }
        defer { registry.stop() }
        let session = RegistrySession(registry)
        #expect(try send(Self.login, session).ends == false)
        #expect(try send(CheckDomain("a.gov"), session).ends == false)
        let (answer, _) = try session.answer(try Hello().document()) { _ in .init() }
        #expect(!answer.ends)
        let (last, ends) = try send(CheckDomain("a.gov"), session)
        #expect(last.code == .success && ends)
        #expect(registry.statistics.usedUp == 1)
    }

    @Test func `may log in so often in a minute`() throws {
        let registry = try registry { $0.loginsPerMinute = 2 }
        defer { registry.stop() }
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .success)
        try sleep(for: .seconds(30))
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .success)
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .sessionLimitClosing)
        let other = Login(clientID: "another", password: "an0ther-pw")
        #expect(try send(other, RegistrySession(registry)).0.code == .success)
        try sleep(for: .seconds(30))
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .success)
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .sessionLimitClosing)
        #expect(registry.statistics.overPace == 2)
    }

    @Test func `may send so many commands in a minute, over all of a client's`() throws {
        let registry = try registry { $0.commandsPerMinute = 5 }
        defer { registry.stop() }
        let sessions = (0..<2).map { _ in RegistrySession(registry) }
        for session in sessions { #expect(try send(Self.login, session).0.code == .success) }
        for session in sessions { #expect(try send(CheckDomain("a.gov"), session).0.code == .success) }
        #expect(try send(InfoDomain("example.gov"), sessions[0]).0.code == .success)
        let (refused, ends) = try send(CheckDomain("a.gov"), sessions[1])
        #expect(refused.code == .sessionLimitClosing && ends)
        try sleep(for: .seconds(60))
        #expect(try send(CheckDomain("a.gov"), sessions[0]).0.code == .success)
    }

    @Test func `take passwords of any length by RFC 8807`() throws {
        let long = "a passphrase of many more characters than sixteen"
        let registry = try registry { _ in }
        defer { registry.stop() }
        let change = Login(clientID: "registrar", password: "s3cr3t-pw", newPassword: long).secured()
        #expect(try send(change, RegistrySession(registry)).0.code == .success)
        #expect(try send(Self.login, RegistrySession(registry)).0.code == .authenticationError)
        let login = Login(clientID: "registrar", password: long).secured()
        #expect(try send(login, RegistrySession(registry)).0.code == .success)
        let lost = Login(clientID: "registrar", password: LoginSecurity.placeholder)
        #expect(try send(lost, RegistrySession(registry)).0.code == .authenticationError)
        let undeclared = Login(clientID: "registrar", password: LoginSecurity.placeholder)
            .with(LoginSecurity(password: long))
        #expect(try send(undeclared, RegistrySession(registry)).0.code == .commandUseError)
        let without = try self.registry { $0.extensionURIs = [] }
        defer { without.stop() }
        #expect(try send(login, RegistrySession(without)).0.code == .unimplementedExtension)
    }

    @Test func `show the queue from the login on`() throws {
        let registry = try registry { $0.messages = [RegisteredMessage("Welcome", for: "registrar")] }
        defer { registry.stop() }
        let session = RegistrySession(registry)
        #expect(try send(Self.login, session).0.messageQueue?.count == 1)
        #expect(try send(Poll(), session).0.messageQueue?.message == "Welcome")
    }

    @Test func `see the date that the hub's clock says`() throws {
        let registry = try registry { $0.startDate = Timestamp("2026-03-01T12:00:00Z") }
        defer { registry.stop() }
        let session = RegistrySession(registry)
        #expect(try send(Self.login, session).0.code == .success)
        try sleep(for: .seconds(3600))
        let reply = try send(CreateDomain("x.gov", authorization: "s3cret"), session).0
        #expect(reply.data?.created.text == "2026-03-01T13:00:00Z")
        registry.advance(by: .seconds(86_400))
        #expect(registry.now.text == "2026-03-02T13:00:00Z")
        #expect(registry.snapshot.domains["x.gov"]?.gracePeriods.map(\.kind) == ["addPeriod"])
        registry.advance(by: .seconds(5 * 86_400))
        #expect(registry.snapshot.domains["x.gov"]?.gracePeriods == [])
    }

    @Test func `are told what the registry does behind their backs`() throws {
        let registry = try registry { _ in }
        defer { registry.stop() }
        let session = RegistrySession(registry)
        var login = Self.login
        login.extensionURIs = [XMLNamespace.changePoll.uri]
        #expect(try send(login, session).0.code == .success)
        try registry.change("example.gov", because: "URS case 12") { $0.statuses.append("serverHold") }
        #expect(try send(InfoDomain("example.gov"), session).0.data?.statuses == ["serverHold"])
        let reply = try send(Poll(), session).0
        let change = try #require(try reply.decodeExtension(ChangePoll.self))
        #expect(change.operation == .update && change.reason?.text == "URS case 12")
        registry.enqueue(RegisteredMessage("Maintenance", for: "registrar"))
        #expect(try send(Logout(), session).0.isSuccess)
        let before = registry.snapshot
        #expect(throws: RegistryObjectMissing.self) { try registry.change("x.gov") { _ in } }
        #expect(throws: InvalidValue.self) {
            try registry.change("example.gov", because: String(repeating: "x", count: 33)) { _ in }
        }
        #expect(throws: CancellationError.self) {
            try registry.change("example.gov") { _ in throw CancellationError() }
        }
        #expect(registry.snapshot == before)
        #expect(before.messages["registrar"]?.map(\.text) == ["The registry changed the domain", "Maintenance"])
    }
}
