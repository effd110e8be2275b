import Gevent
import GeventConnPool
import GeventTesting
import InMemoryLogging
import InMemoryTracing
import Logging
import Testing
import Tracing

private enum RequestKey: ServiceContextKey {
    typealias Value = String
}

extension ServiceContext {
    fileprivate var request: String? {
        get { self[RequestKey.self] }
        set { self[RequestKey.self] = newValue }
    }
}

/// The request that the caller is in, as a logger's metadata.
private let requests = Logger.MetadataProvider {
    ServiceContext.current?.request.map { ["request": "\($0)"] } ?? [:]
}

@Suite(.inTurn)
struct `What async code has bound` {
    private func context(_ request: String) -> ServiceContext {
        var context = ServiceContext.topLevel
        context.request = request
        return context
    }

    @Test func `a service context is seen in the greenlet, in those it spawns, and in no other`() async throws {
        let hub = HubThread()
        let seen = try await withThrowingTaskGroup(of: [String?].self) { group in
            for i in 0..<50 {
                group.addTask {
                    try await ServiceContext.withValue(context("\(i)")) {
                        try await hub.run {
                            let first = ServiceContext.current?.request
                            try yield()
                            let child = try spawn {
                                try sleep(for: .microseconds(50))
                                return ServiceContext.current?.request
                            }.get()
                            return [first, child, ServiceContext.current?.request]
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(seen) == Set((0..<50).map { ["\($0)", "\($0)", "\($0)"] }))
        #expect(try await hub.run { ServiceContext.current?.request } == nil)
        await hub.stop()
    }

    @Test func `the current logger and its metadata provider are the greenlet's`() async throws {
        let hub = HubThread()
        let handler = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in
            var handler = handler
            handler.metadataProvider = requests
            return handler
        }
        try await ServiceContext.withValue(context("7")) {
            try await withLogger(logger) { _ in
                try await withLogger(mergingMetadata: ["user": "ann"]) { _ in
                    try await hub.run {
                        Logger.current.info("inside")
                        try spawn {
                            withLogger(mergingMetadata: ["step": "1"]) { $0.info("spawned") }
                        }.join()
                        Logger.current.info("after")
                    }
                }
            }
        }
        let lines = handler.entries.map {
            "\($0.message) \($0.metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        }
        #expect(
            lines == [
                #"inside ["request=7", "user=ann"]"#, #"spawned ["request=7", "step=1", "user=ann"]"#,
                #"after ["request=7", "user=ann"]"#,
            ])
        // Nobody's: what is logged now goes elsewhere.
        try await hub.run { Logger.current.info("outside") }
        #expect(handler.entries.count == 3)
        await hub.stop()
    }

    @Test func `a span in the greenlet is a child of the caller's, also in a pool's borrow`() async throws {
        let hub = HubThread()
        let tracer = InMemoryTracer()
        let pool = try await AsyncConnectionPool(on: hub) {
            ClosureConnectionPool(1) {
                // Whoever waits for the first connection does not lend its span to those who make it.
                tracer.startSpan("connect").end()
                return 1
            }
        }
        try await tracer.withSpan("request") { _ in
            try await pool.get { _ in
                try tracer.withSpan("query") { _ in try sleep(for: .milliseconds(1)) }
                try spawn { tracer.withSpan("aside") { _ in } }.join()
            }
        }
        let spans = Dictionary(tracer.finishedSpans.map { ($0.operationName, $0) }) { $1 }
        let request = try #require(spans["request"])
        #expect(spans["query"]?.parentSpanID == request.spanID)
        #expect(spans["aside"]?.parentSpanID == request.spanID)
        let connect = try #require(spans["connect"])
        #expect(connect.parentSpanID == nil)
        try await pool.close()
        await hub.stop()
    }

    @Test func `a task that a greenlet awaits is in its span`() throws {
        let tracer = InMemoryTracer()
        let hub = HubThread()
        let seen = try awaitInTest {
            try await tracer.withSpan("outer") { span in
                try await hub.run {
                    try awaitTask { ServiceContext.current?.inMemorySpanContext?.spanID }
                } == span.context.inMemorySpanContext?.spanID
            }
        }
        #expect(seen)
    }

    /// The test is a greenlet itself: of a thread's own hub.
    private func awaitInTest<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) throws -> Result {
        try awaitTask(body)
    }
}
