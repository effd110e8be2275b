internal import EPP
public import EPPClient
public import Tracing

/// Makes a client span of each attempt at an EPP command, a child of the span that the caller is in.
///
/// ```swift
/// registry.observer = CommandSpans()
/// ```
///
/// A span is called after its command (`CheckDomain`) and has these attributes, those of OpenTelemetry's conventions for
/// remote calls and some of EPP's own:
///
/// | attribute | what it says |
/// |---|---|
/// | `rpc.system.name` | `epp` |
/// | `rpc.method` | the command |
/// | `server.address`, `server.port` | the registry |
/// | `rpc.response.status_code` | the reply's code |
/// | `error.type` | the code that refused, or the type of the error |
/// | `epp.attempt` | from 1 |
/// | `epp.client_transaction_id`, `epp.server_transaction_id` | what to quote to the registry |
///
/// What a command says, and what it is answered, never become attributes. Belongs to its client's hub.
public final class CommandSpans: CommandObserver {
    private let tracer: any Tracer
    private let next: (any CommandObserver)?
    private var spans: [Int: any Span] = [:]

    /// Spans for one client.
    ///
    /// - Parameters:
    ///   - tracer: what makes them; by default what `InstrumentationSystem` was bootstrapped with.
    ///   - next: who is told as well, for a client has one observer; nil, the default, for nobody.
    public init(tracer: any Tracer = InstrumentationSystem.tracer, next: (any CommandObserver)? = nil) {
        self.tracer = tracer
        self.next = next
    }

    /// An attempt begins.
    public func commandBegan(_ attempt: CommandAttempt) {
        let span = tracer.startAnySpan(attempt.name, ofKind: .client)
        span.attributes["rpc.system.name"] = "epp"
        span.attributes["rpc.method"] = "\(attempt.name)"
        span.attributes["epp.attempt"] = attempt.attempt
        if let host = attempt.host { span.attributes["server.address"] = "\(host)" }
        if let port = attempt.port { span.attributes["server.port"] = port }
        spans[attempt.number] = span
        next?.commandBegan(attempt)
    }

    /// The attempt is over.
    public func commandEnded(_ attempt: CommandAttempt) {
        if let span = spans.removeValue(forKey: attempt.number) { finish(span, attempt) }
        next?.commandEnded(attempt)
    }

    private func finish(_ span: any Span, _ attempt: CommandAttempt) {
        if let id = attempt.clientTransactionID { span.attributes["epp.client_transaction_id"] = "\(id)" }
        if let id = attempt.serverTransactionID { span.attributes["epp.server_transaction_id"] = "\(id)" }
        if let code = attempt.code { span.attributes["rpc.response.status_code"] = "\(code.rawValue)" }
        if let error = attempt.error {
            // The type and the code only: an error's text may quote the registry's, which is not ours to hand on.
            span.attributes["error.type"] = attempt.code.map { "\($0.rawValue)" } ?? "\(type(of: error))"
            span.setStatus(SpanStatus(code: .error))
        }
        span.end()
    }
}

@available(*, unavailable) extension CommandSpans: Sendable {}
