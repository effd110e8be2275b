import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// Every fault that an embedded registry has, at each place where it can strike, against a client: over TLS, in virtual
/// time, so that each limit is met exactly.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A registry client, when its registry misbehaves,` {
    /// What the client's callers see of a fault that stays.
    private enum Outcome {
        /// Nothing.
        case answered
        /// A failed connection.
        case transport
        /// A failed connection, or none that was free in time, the others waiting for their replies.
        case busy
        /// A reply that is no EPP.
        case syntax
        /// The registry's own refusal.
        case refused(ResultCode)
        /// A failed login.
        case login
    }

    struct Case: Sendable, CustomStringConvertible {
        let fault: RegistryFault
        let point: RegistryFaultPoint
        var description: String { "\(fault) on \(point)" }
    }

    /// Each form of a fault that the registry has: a new one gets here by itself, and then has to have an outcome.
    private static let faults: [RegistryFault] = RegistryFault.forms.flatMap { form -> [RegistryFault] in
        let name = form.text.prefix { $0 != "=" }
        let arguments = [
            "split": ["1", "100"], "delay": ["200ms"], "result": ["2400", "2500", "2501", "2502", "2200"],
        ]
        let texts = arguments[String(name)].map { $0.map { "\(name)=\($0)" } } ?? [form.text]
        return texts.compactMap { try? RegistryFault(parsing: $0) }
    }

    static let cases: [Case] = faults.flatMap { fault in
        [RegistryFaultPoint.greeting, .login, .command].map { Case(fault: fault, point: $0) }
    }

    private func outcome(_ one: Case) -> Outcome {
        switch (one.fault, one.point) {
        case (.refuse, _), (.closeBeforeGreeting, _): .transport
        case (.splitFrames, _), (.delay, _): .answered
        case (.garbageDocument, .command): .syntax
        case (.hang, .command): .busy
        // Nothing of a greeting's to be refused or mixed up.
        case (.wrongTransactionID, .greeting), (.notLoggedIn, .greeting): .answered
        case (.result, .login), (.notLoggedIn, .login): .login
        case (.result(let code), .command): .refused(code)
        case (.notLoggedIn, _): .refused(.commandUseError)
        default: .transport
        }
    }

    private static let step = Duration.seconds(2)
    private static let borrowing = Duration.seconds(4)
    /// Four attempts, each waiting for a session, sending and receiving, with what lies between them.
    private static let bound = (borrowing + step * 2) * 4 + .milliseconds(300)

    private func client(_ registry: EmbeddedRegistry) throws -> RegistryClient {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = 2
        settings.connectionTimeout = Self.step
        settings.borrowTimeout = Self.borrowing
        settings.heartbeatInterval = nil
        return RegistryClient(settings, context: try registry.clientContext())
    }

    /// Checks six names at once and gives what each got; one that is about another name than was asked for, or that
    /// takes longer than it may, is an issue.
    private func check(_ client: RegistryClient) throws -> [(any Error)?] {
        let clock = Hub.current.clock
        let callers = (0..<6).map { number in
            spawn { () -> (any Error)? in
                var failure: (any Error)?
                let took = try clock.measure {
                    do {
                        let name = "name-\(number).gov"
                        #expect(try client.send(CheckDomain(name)).data?.map(\.name) == [name])
                    } catch {
                        failure = error
                    }
                }
                #expect(took <= Self.bound)
                return failure
            }
        }
        return try joinAll(callers, raisingErrors: true).map { try $0.get() }
    }

    private func expect(_ error: any Error, _ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
        guard let error = error as? RegistryError else {
            Issue.record("\(error) is no RegistryError", sourceLocation: sourceLocation)
            return
        }
        let text = "\(error)"
        switch outcome {
        case .answered:
            Issue.record("\(error)", sourceLocation: sourceLocation)
        case .transport:
            #expect(error.isTransportError && !(error is LoginError), "\(text)", sourceLocation: sourceLocation)
            #expect(error.message.hasSuffix("failed to execute due to a connection error"), "\(text)")
        case .busy:
            let isBusy = error.message == "CheckDomain failed: all pooled EPP connections are busy."
            #expect(error.isTransportError || isBusy, "\(text)", sourceLocation: sourceLocation)
        case .syntax:
            #expect(error.code == nil && !error.shouldRetry, "\(text)", sourceLocation: sourceLocation)
            #expect(error.message.hasSuffix("failed to execute due to some syntax error"), "\(text)")
        case .refused(let code):
            #expect(error.code == code, "\(text)", sourceLocation: sourceLocation)
        case .login:
            #expect(error is LoginError, "\(text)", sourceLocation: sourceLocation)
        }
    }

    /// Closes everything and looks for what is left.
    private func expectNothingLeft(_ client: RegistryClient, _ registry: EmbeddedRegistry, greenlets: Int) throws {
        try client.close(timeout: .seconds(10))
        // Looked for by identity: once the registry is gone, its port may be another test's.
        let sockets = OpenSockets.inodes(port: registry.port)
        registry.stop()
        #expect(try registry.join(timeout: .seconds(60)))
        try sleep(for: .seconds(60))
        #expect(client.statistics.size == 0)
        #expect(client.commandStatistics.inFlight == 0)
        #expect(OpenSockets.count(of: sockets) == 0)
        let left = Hub.current.greenlets
        #expect(left.count == greenlets, "\(left)")
    }

    @Test(arguments: cases) func `once, is back at its full size, and no caller gets but its own reply`(one: Case)
        throws
    {
        let greenlets = Hub.current.greenlets.count
        let registry = try EmbeddedRegistry()
        registry.inject(one.fault, at: one.point, times: 1)
        let client = try client(registry)
        let outcome = outcome(one)
        for case let error? in try check(client) {
            switch outcome {
            // Not worth another attempt: a reply that is no EPP, a password that is wrong, a command that is refused.
            case .syntax, .login: expect(error, outcome)
            case .refused(let code) where code.rawValue < 2400: expect(error, outcome)
            default: Issue.record("\(error)")
            }
        }
        // What backs off does so for no longer than twice the limit of thirty seconds.
        try sleep(for: .seconds(90))
        for case let error? in try check(client) { Issue.record("\(error)") }
        #expect(client.statistics.idle == 2)
        try expectNothingLeft(client, registry, greenlets: greenlets)
    }

    @Test(arguments: cases) func `for ever, gives a typed error in time, and recovers when that is over`(one: Case)
        throws
    {
        let greenlets = Hub.current.greenlets.count
        let registry = try EmbeddedRegistry()
        registry.inject(one.fault, at: one.point)
        let client = try client(registry)
        let outcome = outcome(one)
        let errors = try check(client).compactMap(\.self)
        for error in errors { expect(error, outcome) }
        if case .answered = outcome { #expect(errors.isEmpty) } else { #expect(errors.count == 6) }
        registry.heal()
        try sleep(for: .seconds(90))
        for case let error? in try check(client) { Issue.record("\(error)") }
        #expect(client.statistics.idle == 2)
        try expectNothingLeft(client, registry, greenlets: greenlets)
    }

    @Test func `slowly, gives twenty callers on a pool of ten at least 9.5 times what one connection gives`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        registry.inject(RegistryFaultRule(.delay(.milliseconds(20)), at: .command))
        let clock = Hub.current.clock
        func throughput(size: Int, callers: Int, commands: Int) throws -> Double {
            var settings = RegistryClient.Settings(
                host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
            settings.poolSize = size
            settings.connectionTimeout = .seconds(600)
            settings.heartbeatInterval = nil
            let client = RegistryClient(settings, context: try registry.clientContext())
            try sleep(for: .seconds(10))
            #expect(client.statistics.idle == size)
            let took = try clock.measure {
                let jobs = (0..<callers).map { number in
                    spawn {
                        for round in 0..<commands / callers {
                            let name = "name-\(number)-\(round).gov"
                            let reply = try client.send(CheckDomain(name))
                            #expect(reply.data?.first?.name == name)
                        }
                    }
                }
                try joinAll(jobs, raisingErrors: true)
            }
            try client.close()
            return Double(commands) / (took / .seconds(1))
        }
        let one = try throughput(size: 1, callers: 1, commands: 20)
        let ten = try throughput(size: 10, callers: 20, commands: 200)
        #expect(ten >= 9.5 * one, "\(ten) against \(one) commands a second")
    }
}
