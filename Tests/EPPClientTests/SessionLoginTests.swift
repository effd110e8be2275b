import EPP
import EPPClient
import Gevent
import GeventTesting
import Logging
import Testing

@Suite(.virtualTime)
struct `A session's login` {
    private static let security = "urn:ietf:params:xml:ns:epp:loginSec-1.0"
    private static let domain = "urn:ietf:params:xml:ns:domain-1.0"
    private static let host = "urn:ietf:params:xml:ns:host-1.0"

    /// A session with a registry that offers these, and what it has been sent.
    private func session(
        objects: [String] = [domain, host], extensions: [String] = [], logger: Logger? = nil
    ) throws -> (EPPSession, FakeTransport) {
        let greeting = Greeting(
            serverID: "fake", date: Timestamp(secondsSince1970: 0), objectURIs: objects, extensionURIs: extensions)
        let transport = try FakeTransport(greeting: try greeting.document())
        let session = EPPSession(transport, logger: logger)
        try session.connect()
        return (session, transport)
    }

    private func login(in transport: FakeTransport) throws -> (login: Login, message: ClientMessage) {
        let message = try ClientMessage(try #require(transport.sent.last))
        guard case .login(let login) = message.body else { throw InvalidValue(field: "login", reason: "is none") }
        return (login, message)
    }

    @Test func `asks for what the greeting offers and for nothing else`() throws {
        let (session, transport) = try session(extensions: ["urn:one", "urn:two"])
        let wanted = Login(
            clientID: "registrar", password: "secret-1", objectURIs: [Self.domain, "urn:other"],
            extensionURIs: ["urn:two", "urn:three"])
        #expect(try session.login(wanted).isSuccess)
        let sent = try login(in: transport).login
        #expect(sent.objectURIs == [Self.domain])
        #expect(sent.extensionURIs == ["urn:two"])
    }

    @Test func `asks for all objects where it names none`() throws {
        let (session, transport) = try session()
        try session.login(Login(clientID: "registrar", password: "secret-1"))
        #expect(try login(in: transport).login.objectURIs == [Self.domain, Self.host])
    }

    @Test func `for objects that are not offered is refused without being sent`() throws {
        let (session, transport) = try session(objects: [Self.host])
        let wanted = Login(clientID: "registrar", password: "secret-1", objectURIs: [Self.domain])
        let error = try #require(throws: LoginError.self) { try session.login(wanted) }
        #expect(error.code == .unimplementedObjectService)
        #expect(error.isRefusal)
        #expect(error.description.contains(Self.host))
        #expect(transport.sent.isEmpty)
        #expect(!session.isClosed)
    }

    @Test func `changes the password`() throws {
        let (session, transport) = try session()
        try session.login(Login(clientID: "registrar", password: "secret-1", newPassword: "secret-2"))
        let sent = try login(in: transport).login
        #expect(sent.password == "secret-1" && sent.newPassword == "secret-2")
    }

    @Test func `with a long password uses the extension that the greeting offers`() throws {
        let (session, transport) = try session(extensions: [Self.security])
        let (password, next) = ("correct horse battery staple", "a longer one that comes after it")
        try session.login(Login(clientID: "registrar", password: password, newPassword: next))
        let (sent, message) = try login(in: transport)
        #expect(sent.password == LoginSecurity.placeholder && sent.newPassword == LoginSecurity.placeholder)
        #expect(sent.extensionURIs == [Self.security])
        let security = try #require(try message.decodeExtension(LoginSecurity.self))
        #expect(security.password == password && security.newPassword == next)
    }

    @Test func `with a long password is refused where there is no such extension, without being sent`() throws {
        let (session, transport) = try session()
        let error = try #require(throws: InvalidValue.self) {
            try session.login(Login(clientID: "registrar", password: "correct horse battery staple"))
        }
        #expect(error.field == "pw")
        #expect(!error.description.contains("horse"))
        #expect(transport.sent.isEmpty)
        #expect(!session.isClosed)
    }

    @Test func `says what the client is where that is wanted`() throws {
        let agent = LoginSecurity.UserAgent(application: "registrar 1.0")
        let wanted = Login(clientID: "registrar", password: "secret-1")
        let (session, transport) = try session(extensions: [Self.security])
        try session.login(wanted, userAgent: agent)
        let (sent, message) = try login(in: transport)
        #expect(sent.password == "secret-1")
        let said = try #require(try message.decodeExtension(LoginSecurity.self))
        #expect(said.userAgent == agent)
        // Where it is not, nothing is said.
        let (plain, plainTransport) = try self.session()
        try plain.login(wanted, userAgent: agent)
        #expect(try login(in: plainTransport).message.extensions.isEmpty)
    }

    @Test func `ends with a logout, which closes`() throws {
        let (session, transport) = try session()
        try session.login(Login(clientID: "registrar", password: "secret-1"))
        #expect(try session.logout().code == .successEndingSession)
        #expect(session.isClosed && !transport.isOpen)
        #expect(session.commandCount == 2)
    }

    @Test func `is in the log of frames without its passwords, and nowhere by default`() throws {
        let recorder = LogRecorder()
        let (session, _) = try session(extensions: [Self.security], logger: recorder.logger)
        let (password, next) = ("correct horse battery staple", "s3cr3t-pw")
        try session.login(Login(clientID: "registrar", password: password, newPassword: next))
        #expect(!recorder.lines.contains { $0.contains("<login>") })
        session.logsFrames = true
        try session.login(Login(clientID: "registrar", password: password, newPassword: next))
        try session.send(InfoDomain("a.gov", authorization: "auth-pw"))
        let frames = recorder.lines.filter { $0.contains("frame") }
        #expect(frames.count == 4)
        #expect(frames.allSatisfy { $0.hasPrefix("trace") })
        #expect(frames.contains { $0.contains("<login>") && $0.contains("***") })
        for secret in [password, next, "auth-pw"] {
            #expect(recorder.lines.allSatisfy { !$0.contains(secret) })
        }
    }

    @Test func `tells code and time of each command in the log`() throws {
        let recorder = LogRecorder()
        let (session, transport) = try session(logger: recorder.logger)
        transport.latency = .seconds(2)
        try session.login(Login(clientID: "registrar", password: "secret-1"))
        let line = try #require(recorder.lines.last)
        #expect(line.hasPrefix("debug EPP command answered"))
        for part in ["\"command\": Login", "\"code\": 1000", "\"duration\": 2.0 seconds", "svTRID", "clTRID"] {
            #expect(line.contains(part), "\(line)")
        }
    }
}
