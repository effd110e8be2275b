import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Keeps what it is told.
private final class Recorder: CommandObserver {
    private(set) var lines: [String] = []
    private(set) var begun: [CommandAttempt] = []
    private(set) var ended: [CommandAttempt] = []

    func commandBegan(_ attempt: CommandAttempt) {
        begun.append(attempt)
        lines.append("begin \(attempt.number) \(attempt.name) \(attempt.attempt)")
    }

    func commandEnded(_ attempt: CommandAttempt) {
        ended.append(attempt)
        lines.append("end \(attempt.number) \(attempt.code?.rawValue ?? 0)")
    }
}

private final class PoolRecorder: PoolObserver {
    private(set) var connects = 0

    func observe(_ event: PoolEvent) {
        if case .connected = event.kind { connects += 1 }
    }
}

@Suite(.virtualTime)
struct `An observer of commands` {
    @Test func `is told of each attempt, with its outcome and time`() throws {
        let registry = FakeRegistry()
        registry.latency = .seconds(2)
        registry.losses = 1
        let client = registry.registryClient()
        let recorder = Recorder()
        client.observer = recorder
        try client.send(CheckDomain("a.gov"))
        try client.send(CreateDomain("a.gov", authorization: "auth-pw"), repeating: true)
        #expect(throws: RegistryError.self) { try client.send(InfoDomain("b.gov")) }
        #expect(
            recorder.lines == [
                "begin 1 CheckDomain 1", "end 1 1000", "begin 2 CreateDomain 1", "end 2 0", "begin 3 CreateDomain 2",
                "end 3 2302", "begin 4 InfoDomain 1", "end 4 1000", "begin 5 InfoDomain 1", "end 5 2303",
            ])
        let first = recorder.ended[0]
        #expect(first.host == "fake" && first.port == 700)
        #expect(first.clientTransactionID == recorder.begun[0].clientTransactionID)
        #expect(first.serverTransactionID == "fake-1")
        #expect(first.error == nil)
        // The session's greeting, and the reply.
        #expect(first.duration == .seconds(4))
        #expect(recorder.begun[0].duration == nil)
        #expect((recorder.ended[1].error as? RegistryError)?.isTransportError == true)
        #expect((recorder.ended[4].error as? RegistryError)?.code == .objectDoesNotExist)
        // Each attempt has an identifier of its own.
        #expect(Set(recorder.begun.compactMap(\.clientTransactionID)).count == 5)
    }

    @Test func `is told of an interruption`() throws {
        let registry = FakeRegistry()
        let client = registry.registryClient()
        let recorder = Recorder()
        client.observer = recorder
        try client.send(Hello())
        registry.latency = .seconds(100)
        let other = registry.registryClient()
        other.observer = recorder
        #expect(throws: Timeout.self) { try withTimeout(.seconds(1)) { try other.send(CheckDomain("a.gov")) } }
        #expect(recorder.ended.map(\.code) == [nil, nil])
        #expect(recorder.ended[0].error == nil)
        #expect(recorder.ended[0].clientTransactionID == nil)
        #expect(recorder.ended[1].error is Timeout)
        #expect(other.commandStatistics.failures == 1)
        #expect(other.commandStatistics.inFlight == 0)
    }

    @Test func `goes with statistics`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let client = registry.registryClient()
        try client.send(CreateDomain("a.gov", authorization: "auth-pw"), repeating: true)
        #expect(throws: RegistryError.self) { try client.send(InfoDomain("b.gov")) }
        let statistics = client.commandStatistics
        #expect(statistics.attempts == 4)
        #expect(statistics.successes == 1)
        #expect(statistics.refusals == 2)
        #expect(statistics.failures == 1)
        #expect(statistics.repetitions == 1)
        #expect(statistics.settled == 1)
        #expect(statistics.durations.count == 3)
    }
}

@Suite(.hub)
struct `An observer of a client with a pool of its own` {
    @Test func `is told of logins, and another of the pool`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let recorder = LogRecorder()
        let settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        let client = RegistryClient(settings, context: try registry.clientContext(), logger: recorder.logger)
        let (commands, pool) = (Recorder(), PoolRecorder())
        client.observer = commands
        client.poolObserver = pool
        try client.send(CheckDomain("example.gov"))
        #expect(commands.ended.map(\.name).sorted() == ["CheckDomain", "Login"])
        #expect(commands.ended.allSatisfy { $0.code == .success && $0.port == registry.port })
        #expect(commands.ended.allSatisfy { $0.clientTransactionID != nil && $0.serverTransactionID != nil })
        #expect(client.commandStatistics.logins == 1)
        #expect(pool.connects == 1)
        // Retries and what happens to sessions are logged with the pool's state.
        registry.inject(.result(.commandFailed), times: 1)
        try client.send(CheckDomain("example.gov"))
        try client.close()
        for text in ["will be repeated", "logged in", "connected \""] {
            let lines = recorder.lines.filter { $0.contains(text) && !$0.contains("session connected") }
            #expect(lines.allSatisfy { $0.contains("\"stats\": size 1, idle ") }, "\(lines)")
        }
        #expect(recorder.lines.contains { $0.contains("will be repeated") })
        #expect(recorder.lines.allSatisfy { !$0.contains(registry.password) })
    }
}
