import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// A client that keeps to what its registry allows, over TLS, in virtual time.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A registry's profile` {
    /// A client without heartbeats and with time to wait, unless changed.
    private func client(
        _ registry: EmbeddedRegistry, _ configure: (inout RegistryClient.Settings) -> Void
    ) throws -> RegistryClient {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.connectionTimeout = .seconds(600)
        settings.borrowTimeout = .seconds(600)
        settings.heartbeatInterval = nil
        settings.idlePing = nil
        configure(&settings)
        return RegistryClient(settings, context: try registry.clientContext())
    }

    /// When commands were answered.
    private final class Times: CommandObserver {
        private(set) var commands: [HubClock.Instant] = []
        private(set) var all: [HubClock.Instant] = []
        func commandBegan(_ attempt: CommandAttempt) {}
        func commandEnded(_ attempt: CommandAttempt) {
            let now = Hub.current.clock.now
            all.append(now)
            if attempt.name != Login.name { commands.append(now) }
        }
    }

    @Test(arguments: [false, true]) func `sets the pace of commands, logins among them where they count`(
        loginsCount: Bool
    ) throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) {
            $0.poolSize = 2
            $0.profile.commandPace = Pace(5, per: .seconds(60))
            $0.profile.loginsAreCommands = loginsCount
        }
        let times = Times()
        client.observer = times
        let callers = (0..<3).map { number in
            spawn {
                for round in 0..<4 {
                    let name = "name-\(number)-\(round).gov"
                    let reply = try client.send(CheckDomain(name))
                    #expect(reply.data?.first?.name == name)
                }
            }
        }
        try joinAll(callers, raisingErrors: true)
        #expect(times.all.count == 14)
        #expect(times.commands.count == 12)
        let counted = loginsCount ? times.all : times.commands
        for (early, late) in zip(counted, counted.dropFirst(5)) { #expect(late - early >= .seconds(60)) }
        #expect(registry.statistics.connections == 2)
        try client.close()
    }

    @Test func `refuses a command that would have to wait for longer than for a session`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) {
            $0.profile.commandPace = Pace(2, per: .seconds(60))
            $0.borrowTimeout = .seconds(10)
        }
        try client.send(CheckDomain("a.gov"))
        try client.send(CheckDomain("b.gov"))
        var failure: RegistryError?
        let took = try Hub.current.clock.measure {
            failure = try #require(throws: RegistryError.self) { try client.send(CheckDomain("c.gov")) }
        }
        let error = try #require(failure)
        #expect(error.message == "CheckDomain failed: the registry's pace leaves no room for it.")
        #expect(error.note.contains("2 in 60.0 seconds"))
        #expect(!error.shouldRetry)
        #expect(took < .seconds(10))
        try sleep(for: .seconds(60))
        #expect(try client.send(CheckDomain("c.gov")).isSuccess)
        #expect(registry.statistics.connections == 1)
        try client.close()
    }

    @Test func `does not lose a session when a caller is killed while it waits for the pace`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) { $0.profile.commandPace = Pace(1, per: .seconds(60)) }
        try client.send(CheckDomain("a.gov"))
        let caller = spawn { try client.send(CheckDomain("b.gov")).isSuccess }
        try sleep(for: .seconds(10))
        #expect(client.statistics.idle == 1)
        try caller.kill()
        #expect(try client.send(CheckDomain("c.gov")).isSuccess)
        #expect(registry.statistics.connections == 1)
        try client.close()
    }

    @Test func `logs a session out before it has had all its commands`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) { $0.profile.commandsPerSession = 5 }
        // A login, three commands, a logout: five.
        for number in 0..<9 { #expect(try client.send(CheckDomain("name-\(number).gov")).isSuccess) }
        try sleep(for: .seconds(10))
        #expect(registry.statistics.logouts == 3)
        #expect(client.statistics.retirements == 3)
        #expect(client.statistics.discards == 0)
        #expect(client.repetitions == 0)
        try client.close()
    }

    @Test func `limits the sessions`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) {
            $0.poolSize = 50
            $0.profile = .ee
            $0.heartbeatInterval = nil
        }
        try sleep(for: .seconds(10))
        #expect(client.statistics.size == 4)
        #expect(registry.statistics.openConnections == 4)
        try client.close()
    }

    @Test func `keeps idle sessions from the registry's limit by heartbeats`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.idleTimeout = .seconds(90) })
        defer { registry.stop() }
        let client = try client(registry) {
            $0.profile.idleLimit = .seconds(90)
            $0.heartbeatInterval = .seconds(300)
        }
        try client.send(Hello())
        try sleep(for: .seconds(400))
        #expect(registry.statistics.hellos >= 12)
        #expect(registry.statistics.idled == 0)
        #expect(registry.statistics.connections == 1)
        try client.close()
    }

    @Test func `replaces idle sessions before the registry does, where there are no heartbeats`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.idleTimeout = .seconds(100) })
        defer { registry.stop() }
        let client = try client(registry) { $0.profile.idleLimit = .seconds(100) }
        try client.send(Hello())
        try sleep(for: .seconds(500))
        #expect(registry.statistics.idled == 0)
        #expect(registry.statistics.logouts >= 4)
        #expect(client.statistics.idle == 1)
        try client.close()
    }

    @Test func `replaces sessions before they are too old`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) { $0.profile.sessionLifetime = .seconds(1_000) }
        try client.send(Hello())
        try sleep(for: .seconds(840))
        #expect(registry.statistics.logouts == 0)
        try sleep(for: .seconds(120))
        #expect(registry.statistics.logouts == 1)
        #expect(client.statistics.idle == 1)
        try client.close()
    }

    @Test func `sets the pace of logins`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let client = try client(registry) {
            $0.poolSize = 3
            $0.profile.loginPace = Pace(1, per: .seconds(10))
        }
        try sleep(for: .seconds(5))
        #expect(registry.statistics.logins == 1)
        try sleep(for: .seconds(10))
        #expect(registry.statistics.logins == 2)
        try sleep(for: .seconds(10))
        #expect(registry.statistics.logins == 3)
        #expect(client.statistics.connectFailures == 0)
        try client.close()
    }

    @Test func `has presets for registries whose limits are known`() {
        #expect(RegistryProfile.gov.maximumSessions == 100)
        #expect(RegistryProfile.gov.idleLimit == .seconds(3_600))
        #expect(RegistryProfile.nominet.maximumSessions == 5)
        #expect(RegistryProfile.nominet.idleLimit == .seconds(1_800))
        #expect(RegistryProfile.co.namesPerCheck == 50)
        #expect(RegistryProfile.co.idleLimit == .seconds(300))
        #expect(RegistryProfile.co.loginPace != nil)
        #expect(RegistryProfile.ee.commandPace == Pace(100, per: .seconds(60)))
        #expect(RegistryProfile.ee.loginsAreCommands)
        #expect(RegistryProfile.lv.sessionLifetime == .seconds(432_000))
        #expect(RegistryProfile.no.commandsPerSession == 900)
        #expect(RegistryProfile.no.idleLimit == .seconds(120))
        #expect(RegistryProfile() == RegistryProfile { $0.namesPerCheck = 50 })
    }

    @Test func `of heartbeats with a command proves the login and mends it, which hellos do not`() throws {
        for command in [Hello(), CheckDomain("example.gov")] as [any Command] {
            let registry = try EmbeddedRegistry()
            defer { registry.stop() }
            let client = try client(registry) {
                $0.heartbeatInterval = .seconds(30)
                $0.heartbeatCommand = command
            }
            try client.send(Hello())
            registry.inject(RegistryFaultRule(.notLoggedIn, at: .verb("check"), times: 1))
            try sleep(for: .seconds(100))
            #expect(registry.statistics.logins == (command is Hello ? 1 : 2))
            #expect(registry.statistics.connections == 1)
            #expect(client.statistics.discards == 0)
            registry.heal()
            #expect(try client.send(CheckDomain("example.gov")).isSuccess)
            try client.close()
        }
    }
}
