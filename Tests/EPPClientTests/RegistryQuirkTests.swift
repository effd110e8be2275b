import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Registries as they are, played by a transport that answers with text: the session goes on, and what a reply says
/// reaches the caller.
@Suite(.virtualTime)
struct `A client of a registry like` {
    private static let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""

    private func reply(_ id: String, code: Int = 1000, _ content: String = "", result: String = "") -> String {
        "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"\(code)\"><msg>m</msg>\(result)</result>"
            + "\(content)<trID><clTRID>\(id)</clTRID><svTRID>s-1</svTRID></trID></response></epp>"
    }

    private func client(
        _ transport: QuirkTransport, _ configure: (inout RegistryClient.Settings) -> Void = { _ in }
    ) -> RegistryClient {
        var settings = RegistryClient.Settings(host: "quirk", clientID: "registrar", password: "secret-1")
        configure(&settings)
        let pool = ClosureConnectionPool(1, configuration: PoolConfiguration { $0.reconnectDelay = .zero }) {
            let session = EPPSession(transport)
            session.dialect = settings.profile.dialect
            session.commandExtensions = settings.commandExtensions
            try session.connect()
            return session
        } close: {
            $0.close()
        }
        return RegistryClient(pool: pool, settings: settings)
    }

    @Test func `Verisign, a repeated acknowledgement whose refusal has an undeclared prefix`() throws {
        let transport = QuirkTransport { sent in
            reply(sent.id, code: 2303, result: "<value><poll:msgID>7</poll:msgID></value>")
        }
        let client = client(transport)
        let error = try #require(throws: RegistryError.self) { try client.send(AcknowledgeMessage("7")) }
        #expect(error.code == .objectDoesNotExist && error.response?.flaws.map(\.kind) == [.undeclaredPrefix])
        #expect(client.commandStatistics.flaws == [.undeclaredPrefix: 1])
        #expect(transport.connects == 1 && !error.isOutcomeUnknown)
    }

    @Test func `.fi, whose transfer lacks its dates: the session goes on`() throws {
        let transport = QuirkTransport { sent in
            reply(
                sent.id, code: 1001,
                "<resData><domain:trnData \(Self.domain)><domain:name>a.fi</domain:name><domain:trStatus>pending"
                    + "</domain:trStatus></domain:trnData></resData>")
        }
        let client = client(transport)
        for _ in 0..<2 { #expect(try client.send(TransferDomain(.request, "a.fi")).data?.status == .pending) }
        #expect(transport.connects == 1)
    }

    @Test func `one whose data cannot be read: the code and the XML reach the caller, the session goes on`() throws {
        let transport = QuirkTransport { sent in
            reply(sent.id, "<resData><domain:creData \(Self.domain)><x/></domain:creData></resData>")
        }
        let client = client(transport)
        let created = try client.send(CreateDomain("a.fi", authorization: "secret"))
        #expect(created.code == .success && created.data == nil && created.dataXML.count == 1)
        try client.send(DeleteDomain("a.fi"))
        #expect(transport.connects == 1)
        #expect(client.commandStatistics.flaws == [.unreadableData: 1])
    }

    @Test func `one with a message that cannot be read: it is told with its identifier, and the queue goes on`() throws
    {
        var queue = ["7", "8"]
        let broken = "<domain:trnData \(Self.domain)><domain:roid>1</domain:roid></domain:trnData>"
        let transport = QuirkTransport { sent in
            if sent.text.contains("op=\"ack\"") {
                queue.removeFirst()
                return reply(sent.id)
            }
            guard let first = queue.first else { return reply(sent.id, code: 1300, "<msgQ count=\"0\"/>") }
            let data = first == "7" ? broken : "<x:y xmlns:x=\"urn:x\"/>"
            return reply(
                sent.id, code: 1301, "<msgQ count=\"\(queue.count)\" id=\"\(first)\"/><resData>\(data)</resData>")
        }
        var seen: [(id: String, xml: [String])] = []
        try client(transport).poll().forEach { message in
            seen.append((message.id, message.xml))
            if message.id == "7" { #expect(message.data == .other([broken])) }
        }
        #expect(seen.map(\.id) == ["7", "8"] && seen[0].xml == [broken] && queue.isEmpty)
        #expect(transport.connects == 1)
    }

    @Test func `SIDN and Norid, whose reasons stand in extensions`() throws {
        let transport = QuirkTransport { sent in
            reply(
                sent.id, code: 2308,
                "<extension><s:ext xmlns:s=\"urn:sidn\"><s:msg code=\"T1\">wrong owner</s:msg></s:ext></extension>",
                result: "<extValue><value><a/></value><reason>policy</reason></extValue>")
        }
        let error = try #require(throws: RegistryError.self) { try client(transport).send(DeleteDomain("a.nl")) }
        #expect(error.description == "m (2308): policy; T1: wrong owner")
        #expect(error.response?.extensions.count == 1 && error.response?.serverTransactionID == "s-1")
        #expect(error.results == error.response?.results)
    }

    @Test func `FRED and .at, which have commands of their own with an identifier in it`() throws {
        let command = ProtocolExtension(
            "<f:extcommand xmlns:f=\"urn:fred\"><f:creditInfo/><f:clTRID>own-1</f:clTRID></f:extcommand>")
        #expect(command.transactionID == "own-1" && ProtocolExtension("<a/>").transactionID == nil)
        let transport = QuirkTransport { _ in reply("own-1") }
        let client = client(transport)
        guard case .response(let response) = try client.send(command) else { throw Unexpected() }
        #expect(response.isSuccess && response.clientTransactionID == "own-1")
        // Another identifier than its own still means that the stream is out of step.
        let other = ProtocolExtension("<f:x xmlns:f=\"urn:fred\"><f:clTRID>own-2</f:clTRID></f:x>")
        let error = try #require(throws: RegistryError.self) { try client.send(other) }
        #expect(error.isTransportError && "\(error)".contains("out of step"))
    }

    @Test(arguments: [RegistryProfile.ee, .pl, .ru]) func `a profile with namespaces of its own`(
        profile: RegistryProfile
    ) throws {
        let dialect = profile.dialect
        let transport = QuirkTransport(
            greeting: try Greeting(
                serverID: "own", date: Timestamp(secondsSince1970: 0),
                objectURIs: [dialect.uri(of: .domain), dialect.uri(of: .contact)]
            ).document(dialect: dialect)
        ) { sent in
            guard let message = try? ClientMessage(Array(sent.text.utf8), dialect: dialect) else { return "" }
            let data =
                if case .checkDomain(let check) = message.body {
                    check.names.map { DomainAvailability(name: $0, isAvailable: true) }
                } else { [DomainAvailability]() }
            let reply = CommandResponse(
                results: [CommandResult(.success)], data: data, clientTransactionID: message.transactionID,
                serverTransactionID: "s-1")
            return (try? String(decoding: reply.document(dialect: dialect), as: UTF8.self)) ?? ""
        }
        let session = EPPSession(transport)
        session.dialect = dialect
        try session.connect()
        #expect(try session.login(Login(clientID: "registrar", password: "secret-1")).isSuccess)
        #expect(transport.sent[0].contains("<objURI>\(dialect.uri(of: .domain))</objURI>"))
        #expect(try session.send(CheckDomain("a.example")).data?.first?.isAvailable == true)
    }

    @Test func `Verisign, which wants a namestore with each command about an object`() throws {
        let transport = QuirkTransport { reply($0.id) }
        let client = client(transport) { $0.commandExtensions = [Namestore(subProduct: "dotCOM")] }
        try client.send(DeleteDomain("a.com"))
        try client.send(Logout())
        #expect(transport.sent.map { $0.contains("dotCOM") } == [true, false])
    }

    @Test func `one that takes ten seconds for a create: it has longer than a check`() throws {
        let transport = QuirkTransport { reply($0.id) }
        let client = client(transport)
        try client.send(CreateDomain("a.example", authorization: "secret"))
        try client.send(CheckDomain("a.example"))
        #expect(transport.limits == [nil, .seconds(30), nil])
        let other = QuirkTransport { reply($0.id) }
        let patient = self.client(other) { $0.profile.transformTimeout = .seconds(60) }
        try patient.send(RenewDomain("a.example", currentExpiry: Timestamp("2027-01-01")))
        let impatient = self.client(other) { ($0.connectionTimeout, $0.transformTimeout) = (.seconds(1), .seconds(7)) }
        try impatient.send(TransferDomain(.query, "a.example"))
        try impatient.send(TransferDomain(.request, "a.example"))
        #expect(other.limits == [nil, .seconds(60), nil, nil, .seconds(7)])
    }

    @Test func `one whose reply to a change is cut: the error says that it may have been done`() throws {
        let transport = QuirkTransport { _ in nil }
        let client = client(transport)
        let error = try #require(throws: RegistryError.self) { try client.send(DeleteDomain("a.example")) }
        #expect(error.isOutcomeUnknown && error.isTransportError)
        #expect(error.description.hasSuffix("; it may have been carried out"))
        let read = try #require(throws: RegistryError.self) { try client.send(CheckDomain("a.example")) }
        #expect(!read.isOutcomeUnknown)
    }

    private struct Unexpected: Error {}
}

/// A transport that answers each document with a text; nil cuts the connection.
private final class QuirkTransport: Transport {
    struct Sent {
        let text: String
        /// Its transaction identifier.
        var id: String {
            let parts = text.split(separator: "<clTRID>")
            return parts.count > 1 ? String(parts[1].prefix { $0 != "<" }) : ""
        }
    }

    private(set) var sent: [String] = []
    private(set) var connects = 0
    /// The limit that each receive was given.
    private(set) var limits: [Duration?] = []
    private let greeting: [UInt8]?
    private let answer: (Sent) -> String?
    private var replies: [[UInt8]] = []

    init(greeting: [UInt8]? = nil, _ answer: @escaping (Sent) -> String?) {
        self.greeting = greeting
        self.answer = answer
    }

    func connect() throws {
        connects += 1
        replies = [
            try greeting ?? Greeting(serverID: "quirk", date: Timestamp(secondsSince1970: 0)).document()
        ]
    }

    func send(_ document: [UInt8]) throws {
        let text = String(decoding: document, as: UTF8.self)
        sent.append(text)
        replies += answer(Sent(text: text)).map { [Array($0.utf8)] } ?? []
    }

    func receive() throws -> [UInt8] {
        guard !replies.isEmpty else { throw TransportError("cut") }
        return replies.removeFirst()
    }

    func receive(within limit: Duration?) throws -> [UInt8] {
        limits.append(limit)
        return try receive()
    }

    func close() {}
}
