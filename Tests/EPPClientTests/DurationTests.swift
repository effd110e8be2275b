import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTesting
import Testing

@Suite(.hub)
struct `A registry client's times` {
    private static let huge: [Duration] = [
        .seconds(10_000_000_000), .seconds(Int64.max), Duration(attoseconds: .max),
    ]

    private func settings(of registry: EmbeddedRegistry) -> RegistryClient.Settings {
        RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
    }

    @Test(arguments: huge)
    func `may be as long as a duration is, and so may the registry's`(time: Duration) throws {
        let registry = try EmbeddedRegistry(
            RegistryConfiguration {
                $0.idleTimeout = time
                $0.maximumAge = time
                $0.transferTimeout = time
            })
        defer { registry.stop() }
        var settings = settings(of: registry)
        settings.borrowTimeout = time
        settings.connectionTimeout = time
        settings.idlePing = time
        settings.heartbeatInterval = time
        settings.retryInterval = time
        settings.profile.idleLimit = time
        settings.profile.sessionLifetime = time
        settings.profile.commandPace = Pace(100, per: time)
        settings.profile.loginPace = Pace(100, per: time)
        let client = RegistryClient(settings, context: try registry.clientContext())
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        for _ in 0..<2 { registry.advance(by: time) }
        #expect(try client.send(CheckDomain("a.gov")).isSuccess)
        registry.inject(.delay(time))
        let error = thrown { try withTimeout(.milliseconds(50)) { _ = try client.send(CheckDomain("a.gov")) } }
        #expect(error is Timeout)
        registry.heal()
        #expect("\(RegistryFault.delay(time))".hasPrefix("delay="))
        try client.close(timeout: time)
    }

    @Test func `give a command no time where they are none`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        var settings = settings(of: registry)
        settings.borrowTimeout = .zero
        let client = RegistryClient(settings, context: try registry.clientContext())
        #expect(throws: RegistryError.self) { try client.send(CheckDomain("a.gov")) }
        try client.close()
    }
}

private func thrown(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}
