import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Registries that enforce what their profile says, over TLS, in virtual time.
@Suite(.virtualTime(quiet: .milliseconds(50)))
struct `A registry that enforces its limits` {
    struct Limits: Sendable, CustomStringConvertible {
        let description: String
        let profile: RegistryProfile
    }

    /// The presets, with the large numbers made small.
    static let presets = [
        Limits(description: ".gov", profile: .gov), Limits(description: "Nominet", profile: .nominet),
        Limits(description: ".co", profile: .co), Limits(description: ".ee", profile: .ee),
        Limits(description: ".lv", profile: changed(.lv) { $0.sessionLifetime = .seconds(1_200) }),
        Limits(description: ".no", profile: changed(.no) { $0.commandsPerSession = 30 }),
    ]

    private static func changed(
        _ profile: RegistryProfile, _ change: (inout RegistryProfile) -> Void
    ) -> RegistryProfile {
        var profile = profile
        change(&profile)
        return profile
    }

    private func registry(_ profile: RegistryProfile) throws -> EmbeddedRegistry {
        try EmbeddedRegistry(
            RegistryConfiguration {
                $0.maximumSessions = profile.maximumSessions
                $0.idleTimeout = profile.idleLimit
                $0.maximumAge = profile.sessionLifetime
                $0.commandsPerSession = profile.commandsPerSession
                $0.commandsPerMinute = profile.commandPace.map { $0.count * Int(Duration.seconds(60) / $0.period) }
                $0.loginsPerMinute = profile.loginPace.map { $0.count * Int(Duration.seconds(60) / $0.period) }
                $0.namesPerCheck = profile.namesPerCheck
            })
    }

    @Test(arguments: presets) func `has nothing to enforce on a client with its profile`(limits: Limits) throws {
        let registry = try registry(limits.profile)
        defer { registry.stop() }
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.profile = limits.profile
        settings.poolSize = 4
        settings.borrowTimeout = .seconds(600)
        settings.connectionTimeout = .seconds(600)
        // As rarely as the profile lets it.
        settings.heartbeatInterval = .seconds(100_000)
        let client = RegistryClient(settings, context: try registry.clientContext())
        let idle = limits.profile.idleLimit ?? .seconds(100)
        for _ in 0..<2 {
            let callers = (0..<5).map { number in
                spawn {
                    for round in 0..<25 {
                        let name = "name-\(number)-\(round).gov"
                        let reply = try client.send(CheckDomain(name))
                        #expect(reply.data?.first?.name == name)
                    }
                }
            }
            try joinAll(callers, raisingErrors: true)
            #expect(try client.checkDomains((0..<120).map { "name-\($0).gov" }).count == 120)
            try sleep(for: max(idle, limits.profile.sessionLifetime ?? .zero) * 1.5)
        }
        let statistics = registry.statistics
        #expect(client.repetitions == 0)
        #expect(client.commandStatistics.successes == 256)
        // A session whose last command was a heartbeat is logged out and then counts as dropped.
        #expect(client.statistics.discards == 0 || limits.profile.commandsPerSession != nil)
        #expect(client.statistics.connectFailures == 0)
        #expect(client.statistics.idle == min(4, limits.profile.maximumSessions ?? 4))
        #expect(statistics.idled == 0 && statistics.aged == 0 && statistics.usedUp == 0)
        #expect(statistics.overQuota == 0 && statistics.overPace == 0)
        try client.close()
    }

    @Test(arguments: presets) func `does not keep a client without its profile from its replies`(limits: Limits) throws
    {
        let registry = try registry(limits.profile)
        defer { registry.stop() }
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.heartbeatInterval = nil
        settings.idlePing = .zero
        settings.attempts = 10
        settings.retryInterval = .seconds(10)
        let client = RegistryClient(settings, context: try registry.clientContext())
        for round in 0..<3 {
            for number in 0..<40 {
                let name = "name-\(round)-\(number).gov"
                #expect(try client.send(CheckDomain(name)).data?.first?.name == name)
            }
            try sleep(for: (limits.profile.idleLimit ?? .seconds(100)) * 1.1)
        }
        try client.close()
    }
}
