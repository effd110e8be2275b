import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Glibc
import Testing

/// In real time, and so only when asked for, on a machine that has nothing else to do: EPP_LATENCY=1. `FaultTests` has
/// the same in virtual time.
@Suite(.hub, .enabled(if: getenv("EPP_LATENCY") != nil, "EPP_LATENCY is not set"))
struct `A registry 20 ms away` {
    @Test func `gives twenty callers on a pool of ten at least 9.5 times what it gives one connection`() throws {
        let registry = try RegistryThread(
            RegistryConfiguration { $0.faults = [RegistryFaultRule(.delay(.milliseconds(20)))] })
        defer { try? registry.stop() }
        func throughput(size: Int, callers: Int, commands: Int) throws -> Double {
            var settings = RegistryClient.Settings(
                host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
            settings.poolSize = size
            let client = RegistryClient(settings, context: try registry.pki.clientContext())
            while client.statistics.idle < size { try sleep(for: .milliseconds(2)) }
            let clock = Hub.current.clock
            let took = try clock.measure {
                let jobs = (0..<callers).map { _ in
                    spawn {
                        for _ in 0..<commands / callers { try client.send(CheckDomain("example.gov")) }
                    }
                }
                try joinAll(jobs, raisingErrors: true)
            }
            try client.close()
            return Double(commands) / (took / .seconds(1))
        }
        let one = try throughput(size: 1, callers: 1, commands: 100)
        let ten = try throughput(size: 10, callers: 20, commands: 1_000)
        print("one connection \(one) commands a second, 20 callers on 10 \(ten): \(ten / one) times")
        #expect(ten >= 9.5 * one)
    }
}
