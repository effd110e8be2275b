import EPP
import EPPClient
import EPPServer
import Gevent
import GeventInstrumentation
import GeventTesting
import InMemoryTracing
import MetricsTestKit
import Testing
import Tracing

@Suite(.hub)
struct `Spans of EPP commands` {
    private let tracer = InMemoryTracer()

    private func withClient(
        password: String? = nil, _ body: (RegistryClient, RegistryThread) throws -> Void
    ) throws {
        let server = try RegistryThread()
        var settings = RegistryClient.Settings(
            host: server.host, port: server.port, clientID: server.clientID, password: password ?? server.password)
        settings.connectionTimeout = .seconds(600)
        settings.borrowTimeout = .seconds(600)
        let client = RegistryClient(settings, context: try server.pki.clientContext())
        client.observer = CommandSpans(tracer: tracer)
        defer {
            try? client.close(timeout: .seconds(10))
            try? server.stop()
        }
        try body(client, server)
    }

    private func span(_ name: String) -> FinishedInMemorySpan? {
        tracer.finishedSpans.last { $0.operationName == name }
    }

    @Test func `say which command, where and how it ended, as children of the caller's span`() throws {
        try withClient { client, server in
            try tracer.withSpan("request") { _ in
                try spawn { _ = try client.send(CheckDomain("free.gov")) }.get()
            }
            let check = try #require(span("CheckDomain"))
            #expect(check.kind == .client)
            #expect(check.parentSpanID == span("request")?.spanID)
            #expect(check.attributes.get("rpc.system.name") == "epp")
            #expect(check.attributes.get("rpc.method") == "CheckDomain")
            #expect(check.attributes.get("server.address") == "\(server.host)")
            #expect(check.attributes.get("server.port") == .int64(Int64(server.port)))
            #expect(check.attributes.get("rpc.response.status_code") == "1000")
            #expect(check.attributes.get("epp.attempt") == .int64(1))
            #expect(check.attributes.get("epp.server_transaction_id") != nil)
            #expect(check.attributes.get("error.type") == nil)
            #expect(check.status == nil)
        }
    }

    @Test func `of a refusal have the code`() throws {
        try withClient { client, _ in
            #expect(throws: RegistryError.self) { try client.send(InfoDomain("not-there.gov")) }
            let info = try #require(span("InfoDomain"))
            #expect(info.attributes.get("rpc.response.status_code") == "2303")
            #expect(info.attributes.get("error.type") == "2303")
            #expect(info.status?.code == .error)
        }
    }

    @Test func `of a command that is interrupted end too`() throws {
        try withClient { client, server in
            try client.send(Hello())
            try server.inject(.hang)
            #expect(throws: Timeout.self) {
                try withTimeout(.milliseconds(20)) { try client.send(CheckDomain("free.gov")) }
            }
            let check = try #require(span("CheckDomain"))
            #expect(check.attributes.get("error.type") == "Timeout")
            #expect(tracer.activeSpans.isEmpty)
        }
    }

    @Test func `have no secret in them`() throws {
        try withClient(password: "hunter-2-hunter") { client, _ in
            #expect(throws: LoginError.self) { try client.send(CheckDomain("free.gov")) }
            var attributes = ""
            for span in tracer.finishedSpans {
                span.attributes.forEach { attributes += "\($0)=\($1)\n" }
                #expect(span.errors.isEmpty)
                attributes += "\(span.status?.message ?? "")"
            }
            #expect(!tracer.finishedSpans.isEmpty)
            #expect(!attributes.contains("hunter"))
        }
    }

    @Test func `go with metrics of the client's own pool`() throws {
        let metrics = TestMetrics()
        try withClient { client, _ in
            client.poolObserver = PoolMetrics(name: "registry", size: 1, factory: metrics)
            try client.send(Hello())
            let pool = [("db.client.connection.pool.name", "registry")]
            #expect(try metrics.expectMeter("db.client.connection.max", pool).lastValue == 1)
            let idle = pool + [("db.client.connection.state", "idle")]
            #expect(try metrics.expectMeter("db.client.connection.count", idle).lastValue == 1)
            #expect(try metrics.expectTimer("db.client.connection.create_time", pool).values.count == 1)
        }
    }
}
