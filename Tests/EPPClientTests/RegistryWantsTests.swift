import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTesting
import Testing

/// What some registries want of a client, tried against the embedded registry.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A registry that wants` {
    private func client(
        _ registry: EmbeddedRegistry, _ configure: (inout RegistryClient.Settings) -> Void = { _ in }
    ) throws -> RegistryClient {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        configure(&settings)
        return RegistryClient(settings, context: try registry.clientContext())
    }

    @Test func `prices: many domains are checked with theirs, in the order of the names`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.namesPerCheck = 3 })
        defer { registry.stop() }
        let client = try client(registry) {
            $0.profile.namesPerCheck = 3
            $0.extensionURIs = [XMLNamespace.fee.uri]
        }
        defer { try? client.close(timeout: .seconds(5)) }
        let names = (1...7).map { "Name-\($0).gov" } + ["bücher.gov"]
        let question = FeeCheck([FeeCommand(.create, period: .years(2)), FeeCommand(.renew)])
        let answers = try client.checkDomains(names, prices: question)
        #expect(
            answers.map { $0.availability.name.lowercased() }.dropLast() == names.map { $0.lowercased() }.dropLast())
        #expect(answers.last?.availability.name == "xn--bcher-kva.gov")
        #expect(
            answers.allSatisfy {
                $0.availability.isAvailable && $0.price(of: .create, period: .years(2)) == "20.00 USD"
            })
        #expect(answers[0].price(of: .delete) == nil)
    }

    @Test func `a short password in the login security extension`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) { $0.securesPassword = true }
        defer { try? client.close(timeout: .seconds(5)) }
        #expect(try client.send(CheckDomain("example.gov")).isSuccess)
        let login = Login(clientID: "registrar", password: "secret-1").secured(movesAll: true)
        #expect(login.base.password == LoginSecurity.placeholder)
    }

    @Test func `raw commands in namespaces of its own`() throws {
        let raw = RawCommand(
            xml: "<epp xmlns=\"\(RegistryDialect.ee.uri(of: .epp))\"><command><poll op=\"req\"/><clTRID>raw-1</clTRID>"
                + "</command></epp>")
        #expect(throws: ParsingError.self) { try raw.document() }
        #expect(try raw.transactionID(dialect: .ee) == "raw-1" && raw.isReadOnly(dialect: .ee))
    }

    @Test func `a launch: a claim is found and its notice accepted`() throws {
        let registry = try EmbeddedRegistry(
            RegistryConfiguration {
                $0.startDate = Timestamp("2026-03-01T12:00:00Z")
                $0.launch = RegistryLaunch(.claims, claims: ["x.gov": "key-1"])
            })
        defer { registry.stop() }
        let client = try client(registry) { $0.extensionURIs = [XMLNamespace.launch.uri] }
        defer { try? client.close(timeout: .seconds(5)) }
        let claims = try client.send(CheckDomain("x.gov").with(LaunchCheck(.claims, phase: .claims)))
        #expect(try claims.decodeExtension(LaunchCheckData.self)?.entries.first?.exists == true)
        let create = CreateDomain("x.gov", authorization: "s3cret")
        let error = try #require(throws: RegistryError.self) { try client.send(create) }
        #expect(error.code == .requiredParameterMissing)
        let notice = LaunchNotice(
            id: "n-1", notAfter: Timestamp("2026-04-01T00:00:00Z"), accepted: Timestamp("2026-03-01T00:00:00Z"))
        #expect(try client.send(create.with(LaunchCreate(.claims, notice: notice))).isSuccess)
    }
}
