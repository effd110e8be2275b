import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// A create that was cut and that a repetition finds done: by itself or by somebody else with the same credentials.
@Suite(.virtualTime)
struct `A create whose first attempt was cut` {
    /// What the registry's clock says when the session begins.
    private static let now = "2026-06-01T12:00:00Z"

    enum Outcome: Sendable { case done, refused, unknown }

    private func outcome(
        _ command: some TransactionCommand, found info: some ResponseData, greeting: String = now,
        asking code: ResultCode = .success
    ) throws -> Outcome {
        var creates = 0
        let pool = ClosureConnectionPool(1, configuration: PoolConfiguration { $0.reconnectDelay = .zero }) {
            let transport = try FakeTransport(
                greeting: Greeting(serverID: "fake", date: Timestamp(greeting)).document()
            ) { message in
                guard message.command?.verb == "create" else {
                    return try CommandResponse(
                        results: [CommandResult(code)], data: code.isSuccess ? info : nil,
                        clientTransactionID: message.transactionID, serverTransactionID: "fake-1"
                    ).document()
                }
                creates += 1
                guard creates > 1 else { throw TransportError("cut before it was carried out") }
                return try FakeTransport.reply(.objectExists, to: message)
            }
            let session = EPPSession(transport)
            try session.connect()
            return session
        } close: {
            $0.close()
        }
        let settings = RegistryClient.Settings(host: "fake", clientID: "registrar", password: "secret-1")
        let client = RegistryClient(pool: pool, settings: settings)
        do {
            let reply = try client.send(command, repeating: true)
            #expect(reply.isSuccess && client.commandStatistics.settled == 1)
            return .done
        } catch let error as RegistryError {
            #expect(error.code == .objectExists)
            #expect(error.description.contains("is not known") == error.isOutcomeUnknown)
            return error.isOutcomeUnknown ? .unknown : .refused
        }
    }

    private func domain(_ change: (inout DomainInfo) -> Void = { _ in }) -> DomainInfo {
        var info = DomainInfo(name: "a.gov", roid: "D1-GOV", statuses: ["ok"], sponsor: "registrar")
        info.creator = "registrar"
        info.created = Timestamp(Self.now)
        change(&info)
        return info
    }

    private static let create = CreateDomain(
        "a.gov", nameservers: [.object("ns1.a.gov")], registrant: "reg-1", contacts: [.admin("adm-1"), .tech("tec-1")],
        authorization: "secret")

    /// What an info shows, by a name that says what is peculiar.
    private static let found: [(String, @Sendable (inout DomainInfo) -> Void, Outcome)] = [
        ("nothing but that it is new", { _ in }, .done),
        ("a moment later", { $0.created = Timestamp("2026-06-01T12:00:07.5Z") }, .done),
        ("another time zone", { $0.created = Timestamp("2026-06-01T14:00:00+0200") }, .done),
        ("the same authorization", { $0.authorization = Authorization("secret") }, .done),
        ("an authorization that is hidden", { $0.authorization = Authorization("") }, .done),
        ("more contacts", { $0.contacts = [.admin("ADM-1"), .tech("tec-1"), .billing("bil-1")] }, .done),
        ("the registrant in capitals", { $0.registrant = "REG-1" }, .done),
        ("an hour before", { $0.created = Timestamp("2026-06-01T11:00:00Z") }, .refused),
        ("last year", { $0.created = Timestamp("2025-06-01") }, .refused),
        ("another sponsor", { $0.sponsor = "other" }, .refused),
        ("another creator", { $0.creator = "other" }, .refused),
        ("another authorization", { $0.authorization = Authorization("of-another") }, .refused),
        ("another registrant", { $0.registrant = "reg-2" }, .refused),
        ("another contact", { $0.contacts = [.admin("adm-2"), .tech("tec-1")] }, .refused),
        ("a contact in another role", { $0.contacts = [.tech("adm-1"), .admin("tec-1")] }, .refused),
        ("another nameserver", { $0.delegation = [.object("ns2.a.gov")] }, .refused),
        ("no sponsor", { $0.sponsor = nil }, .unknown),
        ("no date", { $0.created = nil }, .unknown),
        ("the same day without a time", { $0.created = Timestamp("2026-06-01") }, .unknown),
        ("a second before", { $0.created = Timestamp("2026-06-01T11:59:59Z") }, .unknown),
        ("no time zone", { $0.created = Timestamp("2026-06-01T13:00:00") }, .unknown),
    ]

    @Test(arguments: found.map(\.0)) func `is judged by what the registry shows of the domain`(_ name: String) throws {
        let (_, change, expected) = try #require(Self.found.first { $0.0 == name })
        #expect(try outcome(Self.create, found: domain(change)) == expected)
    }

    @Test func `is not known where the registry shows nothing, or not what time it is`() throws {
        #expect(try outcome(Self.create, found: domain(), asking: .authorizationError) == .unknown)
        #expect(try outcome(Self.create, found: domain(), greeting: "2026-06-01T12:00:00") == .unknown)
    }

    @Test func `a host and a contact are judged alike`() throws {
        let create = CreateHost("ns1.a.gov", addresses: [HostAddress("192.0.2.1")])
        func host(_ date: String, _ address: String = "192.0.2.1") -> HostInfo {
            var info = HostInfo(
                name: "ns1.a.gov", statuses: ["ok"], addresses: [HostAddress(address)], sponsor: "registrar")
            info.created = Timestamp(date)
            return info
        }
        #expect(try outcome(create, found: host(Self.now)) == .done)
        #expect(try outcome(create, found: host("2026-05-01T12:00:00Z")) == .refused)
        #expect(try outcome(create, found: host(Self.now, "192.0.2.2")) == .refused)
        #expect(try outcome(create, found: host("2026-06-01")) == .unknown)

        let form = PostalInfo(name: "J. Doe", address: PostalAddress(city: "Dulles", countryCode: "US"))
        let contact = CreateContact("abc-1", postalInfo: [form], email: "j@example.gov", authorization: "secret")
        func found(_ date: String, _ name: String = "J. Doe") -> ContactInfo {
            var shown = form
            shown.name = name
            var info = ContactInfo(id: "abc-1", postalInfo: [shown], email: "J@example.gov", sponsor: "registrar")
            info.created = Timestamp(date)
            return info
        }
        #expect(try outcome(contact, found: found(Self.now)) == .done)
        #expect(try outcome(contact, found: found("2026-05-01T12:00:00Z")) == .refused)
        #expect(try outcome(contact, found: found(Self.now, "Somebody Else")) == .refused)
        #expect(try outcome(contact, found: found(Self.now, "")) == .done)
    }
}
