import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A check of many names` {
    private func names(_ count: Int) -> [String] { (0..<count).map { "name-\($0).gov" } }

    @Test(arguments: [(1, [1]), (50, [50]), (51, [1, 50]), (120, [20, 50, 50])])
    func `is split as the profile allows, and answered in order`(count: Int, parts: [Int]) throws {
        let registry = FakeRegistry()
        registry.domains["name-0.gov"] = FakeRegistry.domain("name-0.gov", sponsor: "x", authorization: nil)
        let answers = try registry.registryClient(size: 3).checkDomains(names(count))
        #expect(answers.map(\.name) == names(count))
        #expect(answers.map(\.isAvailable) == [false] + [Bool](repeating: true, count: count - 1))
        #expect(registry.checks.sorted() == parts)
    }

    @Test func `of no names sends nothing`() throws {
        let registry = FakeRegistry()
        #expect(try registry.registryClient().checkDomains([]).isEmpty)
        #expect(registry.verbs.isEmpty)
    }

    @Test func `with one that cannot be sends nothing`() throws {
        let registry = FakeRegistry()
        #expect(throws: InvalidValue.self) { try registry.registryClient().checkDomains(names(100) + ["-"]) }
        #expect(registry.verbs.isEmpty)
    }

    @Test func `goes over all the sessions at once`() throws {
        let registry = FakeRegistry()
        registry.latency = .seconds(1)
        let client = registry.registryClient(size: 4) { $0.profile = RegistryProfile { $0.namesPerCheck = 5 } }
        try client.send(Hello())
        let clock = Hub.current.clock
        try sleep(for: .seconds(1))
        let took = try clock.measure {
            let answers = try client.checkDomains(names(60))
            #expect(answers.count == 60)
        }
        // Twelve commands of a second each, four at once.
        #expect(took == .seconds(3))
    }

    @Test func `keeps names apart that differ in case only`() throws {
        let registry = FakeRegistry()
        let answers = try registry.registryClient().checkDomains(["A.gov", "b.gov", "a.gov"])
        #expect(answers.map { $0.name.lowercased() } == ["a.gov", "b.gov", "a.gov"])
    }

    @Test func `fails with the first command that does, and leaves no greenlet behind`() throws {
        let before = Hub.current.greenlets.count
        let pool = ClosureConnectionPool(2) {
            let transport = try FakeTransport { try FakeTransport.reply(.parameterPolicyError, to: $0) }
            transport.latency = .seconds(1)
            let session = EPPSession(transport)
            try session.connect()
            return session
        }
        let client = RegistryClient(pool: pool)
        let error = try #require(throws: RegistryError.self) { try client.checkDomains(names(200)) }
        #expect(error.code == .parameterPolicyError)
        try client.close()
        try sleep(for: .seconds(10))
        #expect(Hub.current.greenlets.count == before)
    }

    @Test func `that the registry leaves a name out of is an error`() throws {
        let pool = ClosureConnectionPool(1) {
            let session = EPPSession(
                try FakeTransport { message in
                    try CommandResponse(
                        results: [CommandResult(.success)],
                        data: [DomainAvailability(name: "a.gov", isAvailable: true)],
                        clientTransactionID: message.transactionID, serverTransactionID: "fake-1"
                    ).document()
                })
            try session.connect()
            return session
        }
        let error = try #require(throws: RegistryError.self) {
            try RegistryClient(pool: pool).checkDomains(["a.gov", "b.gov"])
        }
        #expect(error.message == "CheckDomain failed to execute due to some syntax error")
        #expect(error.note.contains("b.gov"))
        #expect(!error.shouldRetry)
    }

    @Test func `leaves nobody at work when its caller is killed`() throws {
        let registry = FakeRegistry()
        registry.latency = .seconds(10)
        let client = registry.registryClient(size: 2)
        let caller = spawn { try client.checkDomains(self.names(500)).count }
        try sleep(for: .seconds(15))
        try caller.kill()
        let sent = registry.checks.count
        registry.latency = .zero
        try sleep(for: .seconds(100))
        #expect(registry.checks.count == sent)
        #expect(client.statistics.leased == 0)
        #expect(client.statistics.size == 2)
    }
}
