import EPPClient
import EPPServer
import Gevent
import GeventInstrumentation
import GeventTLS
import Glibc
import Hummingbird
import Logging
import Metrics

/// A page that checks domains, with its metrics, ended gracefully by SIGTERM. Its registry is the embedded one.
@main
struct App {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
        var logger = Logger(label: "DomainPage")
        logger.logLevel = .notice
        let metrics = PrometheusText()
        MetricsSystem.bootstrap(metrics)

        // The registry, which would be somebody else's, has a thread of its own.
        let hub = HubThread(name: "epp")
        let server = try await hub.run { try RegistryThread() }
        let context = try server.pki.clientContext()
        let registry = try await AsyncRegistryClient(on: hub) { [logger] in
            var settings = RegistryClient.Settings(
                host: server.host, port: server.port, clientID: server.clientID, password: server.password)
            settings.poolSize = 3
            let client = RegistryClient(settings, context: context, logger: logger)
            client.poolObserver = PoolMetrics(name: "registry", size: settings.poolSize)
            client.observer = CommandSpans()
            return client
        }

        var app = Application(
            router: Pages(registry: registry, metrics: metrics).router(),
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                print("listening on 127.0.0.1:\(channel.localAddress?.port ?? 0)")
                fflush(nil)
            },
            logger: logger)
        // Ended in the reverse order: no more requests, then the sessions are logged out, then the hub goes.
        app.addServices(hub, registry)
        try await app.runService()
        let statistics = server.statistics
        print("ended:", statistics.logins, "sessions were logged in,", statistics.logouts, "logged out")
    }
}
