import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventInstrumentation
import GeventTesting
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// A value that several threads write.
private final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    func change(_ body: @Sendable (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Waits for something that comes within the time limit of the suite.
private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
}

@Suite(.inTurn)
struct `Services of a group` {
    private func makePool(on hub: HubThread, _ log: Shared<[String]>) async throws -> AsyncConnectionPool<Int> {
        try await AsyncConnectionPool(on: hub) {
            ClosureConnectionPool(2) {
                1
            } close: { _ in
                log.change { $0.append("closed") }
            } retire: { _ in
                log.change { $0.append("retired") }
            }
        }
    }

    @Test func `a graceful shutdown waits for borrowers, retires connections and ends the hub last`() async throws {
        let (log, mayEnd) = (Shared<[String]>([]), Shared(false))
        let hub = HubThread()
        let pool = try await makePool(on: hub, log)
        let group = ServiceGroup(services: [hub, pool], logger: silent)
        let running = Task { try await group.run() }

        let borrower = Task {
            try await pool.get { _ in
                log.change { $0.append("borrowed") }
                while !mayEnd.value { try sleep(for: .milliseconds(1)) }
                log.change { $0.append("done") }
            }
        }
        try await until { log.value.contains("borrowed") }
        await group.triggerGracefulShutdown()
        // The pool takes no more borrowers; it is not through while one has a connection.
        await #expect(throws: PoolClosed.self) { while true { try await pool.get { _ in } } }
        #expect(!log.value.contains("done"))
        mayEnd.change { $0 = true }
        try await borrower.value
        try await running.value
        let lines = log.value
        #expect(lines.filter { $0 == "closed" }.count == lines.filter { $0 == "retired" }.count)
        #expect(try #require(lines.firstIndex(of: "done")) < (try #require(lines.lastIndex(of: "closed"))))
        await #expect(throws: HubDestroyed.self) { try await hub.run {} }
    }

    @Test func `a group that is cancelled waits for nobody`() async throws {
        let log = Shared<[String]>([])
        let hub = HubThread()
        let pool = try await makePool(on: hub, log)
        let group = ServiceGroup(services: [pool], logger: silent)
        let running = Task { try? await group.run() }
        let borrower = Task {
            try await pool.get { _ in
                log.change { $0.append("borrowed") }
                try sleep(for: .seconds(10_000))
            }
        }
        try await until { log.value.contains("borrowed") }
        running.cancel()
        await running.value
        #expect(log.value.contains("closed"))
        await hub.stop()
        await #expect(throws: GreenletExit.self) { try await borrower.value }
    }

    @Test func `a shutdown that takes too long is cut short by the group's limit`() async throws {
        let log = Shared<[String]>([])
        let hub = HubThread()
        let pool = try await makePool(on: hub, log)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: pool)], logger: silent)
        configuration.maximumGracefulShutdownDuration = .milliseconds(50)
        let group = ServiceGroup(configuration: configuration)
        let running = Task { try? await group.run() }
        let borrower = Task {
            try await pool.get { _ in
                log.change { $0.append("borrowed") }
                try sleep(for: .seconds(10_000))
            }
        }
        try await until { log.value.contains("borrowed") }
        await group.triggerGracefulShutdown()
        await running.value
        #expect(log.value.contains("closed"))
        await hub.stop()
        await #expect(throws: GreenletExit.self) { try await borrower.value }
    }

    @Test func `a registry client logs its sessions out`() async throws {
        let hub = HubThread()
        let server = try await hub.run { try RegistryThread() }
        var settings = RegistryClient.Settings(
            host: server.host, port: server.port, clientID: server.clientID, password: server.password)
        settings.poolSize = 2
        settings.connectionTimeout = .seconds(600)
        settings.borrowTimeout = .seconds(600)
        let context = try server.pki.clientContext()
        let registry = try await AsyncRegistryClient(on: hub, settings, context: context)
        let group = ServiceGroup(services: [hub, registry], logger: silent)
        let running = Task { try await group.run() }
        #expect(try await registry.send(CheckDomain("free.gov")).data?.first?.isAvailable == true)
        // Both sessions are the pool's: the server counts a login before its client has read the reply.
        while try await registry.statistics.idle < 2 { try await Task.sleep(for: .milliseconds(1)) }
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(server.statistics.logouts == 2)
        let other = HubThread()
        try await other.run { try server.stop() }
        await other.stop()
    }

    @Test func `a second run stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let hub = HubThread()
            let first = Task { try await hub.run() }
            try await Task.sleep(for: .milliseconds(50))
            try await hub.run()
            _ = first
        }
    }
}
