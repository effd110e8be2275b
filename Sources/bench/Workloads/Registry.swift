import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTLS

extension Workload {
    /// Commands of a real protocol; the registry has a thread of its own, whose CPU time does not count.
    static let eppPool = Workload(
        name: "epp-pool", summary: "EPP check through RegistryClient, 20 callers on 10 sessions, client CPU and rate",
        unit: Unit.microseconds.rawValue
    ) { repetitions in
        let pki = try RegistryPKI(keyKind: .rsa2048)
        let registry = try RegistryThread(RegistryConfiguration { $0.maximumSessions = nil }, pki: pki)
        defer { try? registry.stop() }
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = 10
        let client = RegistryClient(settings, context: try pki.clientContext())
        try withTimeout(.seconds(30)) {
            while client.statistics.idle < 10 { try sleep(for: .milliseconds(2)) }
        }
        let figure = try time("epp-pool", .microseconds, repetitions) {
            Round {
                let callers = (0..<20).map { _ in
                    spawn { for _ in 0..<200 { try client.send(CheckDomain("example.gov")) } }
                }
                try joinAll(callers, raisingErrors: true)
                return 20 * 200
            }
        }
        try client.close(timeout: .seconds(5))
        return [figure, Figure(name: "epp-pool-rate", unit: "1/s", samples: figure.wall.map { 1e6 / $0 })]
    }

    /// What a pool saves: connect, shake hands, log in, one command, close.
    static let tlsConnect = Workload(
        name: "tls-connect", summary: "a new TLS 1.3 connection, verified, a login line, a command, close; client CPU",
        unit: .microseconds
    ) {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try LineServer(authority)
        let trust = authority.trust
        let context = try TLSContext(
            TLSConfiguration {
                $0.trust = trust
                $0.resumesSessions = false
            })
        return Round {
            for _ in 0..<200 {
                let socket = try context.connect(host: "localhost", port: server.port, timeout: .seconds(5))
                defer { socket.close() }
                try socket.socket.setOption(.noDelay, true)
                for _ in 0..<2 {
                    try socket.sendAll(LinePool.command)
                    guard try socket.receiveLine() != nil else { throw SocketError("no reply") }
                }
            }
            return 200
        } finish: {
            server.stop()
        }
    }
}
