import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// A client with its own pool, over TLS, with the embedded registry.
@Suite(.hub)
struct `A registry client's pool` {
    private static func settings(_ registry: EmbeddedRegistry, size: Int = 1) -> RegistryClient.Settings {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = size
        // No limit of time and no heartbeat gets in the way on a slow machine, but where a test asks for it.
        settings.connectionTimeout = .seconds(600)
        settings.borrowTimeout = .seconds(600)
        settings.heartbeatInterval = nil
        settings.idlePing = .seconds(600)
        return settings
    }

    private func client(
        _ registry: EmbeddedRegistry, size: Int = 1, _ configure: (inout RegistryClient.Settings) -> Void = { _ in }
    ) throws -> RegistryClient {
        var settings = Self.settings(registry, size: size)
        configure(&settings)
        return RegistryClient(settings, context: try registry.clientContext())
    }

    @Test func `logs in once for each connection and out when it closes`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 5)
        let callers = (0..<10).map { number in
            spawn {
                for round in 0..<20 {
                    let name = "name-\(number)-\(round).gov"
                    let reply = try client.send(CheckDomain(name))
                    #expect(reply.data?.first?.name == name)
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        try waitUntil { client.statistics.idle == 5 }
        let statistics = registry.statistics
        #expect(statistics.connections == 5)
        #expect(statistics.handshakes == 5)
        #expect(statistics.logins == 5)
        #expect(statistics.commands == 205)
        #expect(client.repetitions == 0)
        try client.close()
        try waitUntil { registry.statistics.openConnections == 0 }
        #expect(registry.statistics.logouts == 5)
        #expect(OpenSockets.count(port: registry.port) == 0)
    }

    @Test func `never gives a caller somebody else's reply, whatever is interrupted`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 3)
        registry.inject(.delay(.milliseconds(3)))
        var answered = 0
        var interrupted = 0
        let callers = (0..<8).map { number in
            spawn {
                for round in 0..<20 {
                    let name = "name-\(number)-\(round).gov"
                    do {
                        // Between one and six milliseconds: some end before the reply, some after.
                        let reply = try withTimeout(.milliseconds(1 + (number * 7 + round) % 6)) {
                            try client.send(CheckDomain(name))
                        }
                        #expect(reply.data?.first?.name == name)
                        answered += 1
                    } catch is Timeout {
                        interrupted += 1
                    }
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(interrupted > 0)
        registry.heal()
        for number in 0..<6 {
            #expect(try client.send(CheckDomain("after-\(number).gov")).data?.first?.name == "after-\(number).gov")
            answered += 1
        }
        #expect(answered > 6 || interrupted == 160)
        try client.close()
    }

    @Test func `loses no command when the registry cuts its connections`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 5)
        var answered = 0
        let callers = (0..<10).map { number in
            spawn {
                for round in 0..<30 {
                    let name = "name-\(number)-\(round).gov"
                    let reply = try client.send(CheckDomain(name))
                    #expect(reply.data?.first?.name == name)
                    answered += 1
                }
            }
        }
        for cut in 1...3 {
            try waitUntil { answered >= cut * 60 }
            registry.cutAll()
        }
        try joinAll(callers, raisingErrors: true)
        #expect(answered == 300)
        #expect(registry.statistics.cut >= 3)
        #expect(client.repetitions > 0)
        try client.close()
        try waitUntil { registry.statistics.openConnections == 0 }
        #expect(OpenSockets.count(port: registry.port) == 0)
    }

    @Test func `finds a whole pool of cut connections for one command, without a failure`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 8)
        try client.send(Hello())
        try waitUntil { client.statistics.idle == 8 }
        registry.cutAll()
        try waitUntil { registry.statistics.openConnections == 0 }
        #expect(try client.send(CheckDomain("example.gov")).isSuccess)
        #expect(client.repetitions <= 1)
        try client.close()
    }

    @Test func `logs in again in place when the registry has forgotten the login`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry)
        try client.send(Hello())
        registry.inject(.notLoggedIn, times: 1)
        #expect(try client.send(CheckDomain("example.gov")).isSuccess)
        #expect(registry.statistics.connections == 1)
        #expect(registry.statistics.logins == 2)
        #expect(client.repetitions == 0)
        try client.close()
    }

    @Test(arguments: [2500, 2502]) func `replaces a session that the registry ends`(code: Int) throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry)
        registry.inject(.result(ResultCode(code)), times: 1)
        #expect(try client.send(CheckDomain("example.gov")).isSuccess)
        #expect(registry.statistics.connections == 2)
        #expect(client.repetitions == 1)
        try client.close()
    }

    @Test(arguments: [
        RegistryFault.close, .closeInsideBody, .oversizedFrame, .garbageFrame, .wrongTransactionID,
        .result(.commandFailed),
    ]) func `repeats a read over another session after a fault`(fault: RegistryFault) throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry)
        registry.inject(fault, times: 1)
        #expect(try client.send(CheckDomain("example.gov")).data?.first?.isAvailable == false)
        #expect(registry.statistics.faults == 1)
        #expect(client.repetitions == 1)
        registry.heal()
        try client.close()
    }

    @Test func `tells a wrong password at once and does not hammer`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 3) { $0.password = "not-the-one" }
        let error = try #require(throws: LoginError.self) { try client.send(CheckDomain("example.gov")) }
        #expect(error.code == .authenticationError)
        #expect(error.isRefusal)
        #expect(error.message == "CheckDomain failed to execute due to a registry login error")
        #expect(!error.description.contains("not-the-one"))
        for _ in 0..<5 {
            #expect(throws: LoginError.self) { try client.send(CheckDomain("example.gov")) }
        }
        try sleep(for: .milliseconds(300))
        // One attempt a slot; the next ones come at the back-off's limit.
        #expect(registry.statistics.refusedLogins <= 3)
        try client.close()
    }

    @Test func `tells at once that a password is too long for the registry, and does not hammer`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.extensionURIs = [] })
        defer { registry.stop() }
        let client = try client(registry, size: 2) { $0.password = "longer than sixteen characters" }
        for _ in 0..<3 {
            let error = try #require(throws: LoginError.self) { try client.send(CheckDomain("example.gov")) }
            #expect(error.isRefusal)
            #expect(error.description.contains("pw"))
            #expect(!error.description.contains("sixteen"))
        }
        #expect(registry.statistics.connections <= 2)
        #expect(registry.statistics.commands == 0)
        try client.close()
    }

    @Test func `says that it is closed, whatever became of its logins before`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let refused = try client(registry) { $0.password = "wrong-pw" }
        #expect(throws: LoginError.self) { try refused.send(Hello()) }
        try refused.close()
        #expect(throws: PoolClosed.self) { try refused.send(Hello()) }

        // One whose first login has no outcome, and a borrower that waits for it.
        registry.inject(.hang, at: .greeting)
        let waiting = try client(registry)
        let borrower = spawn { try waiting.send(Hello()) }
        while registry.statistics.faults == 0 { try sleep(for: .milliseconds(5)) }
        try waiting.close(timeout: .seconds(60))
        #expect(throws: PoolClosed.self) { try borrower.get() }
        #expect(throws: PoolClosed.self) { try waiting.send(Hello()) }
    }

    @Test func `is no error while the registry is down, and fills when it comes up`() throws {
        let reserved = try EmbeddedRegistry()
        reserved.stop()
        try reserved.join()
        let port = reserved.port
        var settings = Self.settings(reserved)
        settings.borrowTimeout = .milliseconds(300)
        let client = RegistryClient(settings, context: try reserved.clientContext())
        try waitUntil { client.statistics.connectFailures > 0 }
        let error = try #require(throws: RegistryError.self) { try client.send(CheckDomain("example.gov")) }
        #expect(error.isTransportError)
        // The time for connecting is used up.
        #expect(!error.shouldRetry)
        #expect(error.message == "CheckDomain failed to execute due to a connection error")

        let registry = try EmbeddedRegistry(
            RegistryConfiguration { $0.credentials = [settings.clientID: settings.password] },
            on: .loopback(port: port), pki: reserved.pki)
        defer { registry.stop() }
        try waitUntil { client.statistics.idle == 1 }
        #expect(try client.send(CheckDomain("example.gov")).data?.first?.isAvailable == false)
        try client.close()
    }

    @Test func `keeps idle sessions alive with hellos`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry, size: 2) { $0.heartbeatInterval = .milliseconds(50) }
        try waitUntil { registry.statistics.hellos >= 4 }
        #expect(registry.statistics.connections == 2)
        try client.close()
    }

    @Test func `serves async code from a hub thread of its own`() async throws {
        let hub = HubThread(name: "registry client")
        let registry = try await hub.run { HubBound(try EmbeddedRegistry()) }
        let settings = try await hub.run { Self.settings(registry.value) }
        let context = try await hub.run { try registry.value.clientContext() }
        let client = try await AsyncRegistryClient(on: hub, settings, context: context)
        async let one = client.send(CheckDomain("example.gov"))
        async let other = client.send(CheckDomain("free.gov"))
        #expect(try await one.data?.first?.isAvailable == false)
        #expect(try await other.data?.first?.isAvailable == true)
        #expect(try await client.statistics.size == 1)
        await #expect(throws: RegistryError.self) { try await client.send(InfoDomain("free.gov")) }
        try await client.close()
        await #expect(throws: (any Error).self) { try await client.send(Hello()) }
        try await hub.run { registry.value.stop() }
        await hub.stop()
    }

    /// Waits for what happens on the other side of a connection.
    private func waitUntil(_ condition: () -> Bool) throws {
        try withTimeout(.seconds(600)) {
            while !condition() { try sleep(for: .milliseconds(2)) }
        }
    }
}
