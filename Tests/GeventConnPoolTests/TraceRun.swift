import Gevent
import GeventConnPool

/// Runs a scenario and writes down what happens and when, as Tests/PoolTrace/trace.py does for the original.
final class TraceRun {
    private class Subclass: SocketError, @unchecked Sendable {}
    private struct Listed: Error {}
    private struct Other: Error {}

    /// Answers requests in order; who leaves without its answer leaves it to the next.
    final class Connection {
        let number: Int
        var replies: [String] = []

        init(_ number: Int) { self.number = number }
    }

    private final class Pool: ConnectionPool<Connection> {
        unowned var run: TraceRun

        init(_ scenario: TraceScenario, _ run: TraceRun) {
            self.run = run
            super.init(
                scenario.size, errorTypes: (scenario.listed ?? ["socket"]).map(TraceRun.type(of:)),
                keepalive: scenario.keepalive.map { .milliseconds($0) },
                configuration: .init {
                    $0.spawnFrequency = .milliseconds(scenario.frequency ?? 100)
                    if scenario.interrupted == "keep" { $0.interrupted = .keep }
                })
        }

        override func newConnection() throws -> Connection? { try run.connect() }
        override func keepalive(_ connection: Connection) throws { try run.keepalive(connection) }
    }

    private let scenario: TraceScenario
    private let start = Hub.current.clock.now
    private var events: [String] = []
    private var callers: [String: AnyGreenlet] = [:]
    private var connects: [TraceScenario.Outcome]
    private var keepalives: [TraceScenario.Outcome]
    private var made = 0
    private var raised: [Int: Int] = [:]
    private var pool: Pool?

    init(_ scenario: TraceScenario) {
        self.scenario = scenario
        connects = scenario.connects ?? []
        keepalives = scenario.keepalives ?? []
    }

    @available(*, noasync)
    func run() throws -> [String] {
        Hub.current.onUnhandledError = { _, _ in }
        let pool = Pool(scenario, self)
        self.pool = pool
        for caller in scenario.callers ?? [] {
            callers[caller.name] = spawn(after: .milliseconds(caller.at ?? 0)) { self.call(caller) }
        }
        try sleep(for: .milliseconds(scenario.until))
        say("idle \(pool.statistics.idle)")
        defer { self.pool = nil }
        let result = events
        for caller in callers.values { caller.killNoWait() }
        try pool.close(timeout: .zero)
        return result
    }

    private func say(_ what: String) {
        let microseconds = Int(((Hub.current.clock.now - start) / .microseconds(1)).rounded())
        precondition(microseconds % 1000 == 0, "between two ticks")
        events.append("\(microseconds / 1000) \(what)")
    }

    private static func type(of name: String) -> any Error.Type {
        switch name {
        case "socket": SocketError.self
        case "subclass": Subclass.self
        case "listed": Listed.self
        default: Other.self
        }
    }

    private static func error(_ name: String) -> any Error {
        switch name {
        case "socket": SocketError("made up")
        case "subclass": Subclass("made up")
        case "listed": Listed()
        default: Other()
        }
    }

    private static func name(of error: any Error) -> String {
        switch error {
        case is Timeout: "timeout"
        case is GreenletExit: "killed"
        case is Subclass: "subclass"
        case is SocketError: "socket"
        case is Listed: "listed"
        case is Other: "other"
        default: "\(error)"
        }
    }

    // MARK: Hooks

    @available(*, noasync)
    private func outcome(_ outcome: TraceScenario.Outcome?, _ what: String) throws -> String {
        if let time = outcome?.takes { try sleep(for: .milliseconds(time)) }
        let gives = outcome?.gives ?? "ok"
        if gives != "ok" { say("\(what): \(gives)") }
        if !["ok", "none", "empty"].contains(gives) { throw Self.error(gives) }
        return gives
    }

    @available(*, noasync)
    private func connect() throws -> Connection? {
        made += 1
        let number = made
        say("connect \(number)")
        let next = connects.isEmpty ? nil : connects.removeFirst()
        return try outcome(next, "connect \(number)") == "none" ? nil : Connection(number)
    }

    @available(*, noasync)
    private func keepalive(_ connection: Connection) throws {
        say("keepalive \(connection.number)")
        let next = keepalives.isEmpty ? nil : keepalives.removeFirst()
        _ = try outcome(next, "keepalive \(connection.number)")
    }

    // MARK: Callers

    private func call(_ caller: TraceScenario.Caller) {
        do {
            try perform(caller.name, caller.does, nil)
            say("\(caller.name) ends")
        } catch {
            say("\(caller.name) ends: \(Self.name(of: error))")
        }
    }

    @available(*, noasync)
    private func perform(_ name: String, _ steps: [TraceScenario.Step], _ connection: Connection?) throws {
        for step in steps {
            for _ in 0..<(step.times ?? 1) { try perform(name, step, connection) }
        }
    }

    @available(*, noasync)
    private func perform(_ name: String, _ step: TraceScenario.Step, _ connection: Connection?) throws {
        guard let pool else { return }
        if let steps = step.get {
            say("\(name) asks")
            let number = try pool.get { c in
                say("\(name) has \(c.number)")
                try perform(name, steps, c)
                return c.number
            }
            say("\(name) is through with \(number)")
        } else if let time = step.sleep {
            try sleep(for: .milliseconds(time))
        } else if let error = step.raise {
            if let id = step.id, let first = step.first {
                raised[id, default: 0] += 1
                if raised[id, default: 0] > first { return }
            }
            throw Self.error(error)
        } else if let request = step.request {
            connection?.replies.append(request)
        } else if step.answer != nil, let connection {
            say("\(name) is answered \(connection.replies.removeFirst())")
        } else if let time = step.within {
            try withTimeout(.milliseconds(time)) { try perform(name, step.do ?? [], connection) }
        } else if let victim = step.kill {
            try callers[victim]?.kill()
        } else if let steps = step.catch {
            do {
                try perform(name, steps, connection)
            } catch {
                try rethrowInterruption(error)
                say("\(name) catches \(Self.name(of: error))")
            }
        } else if let steps = step.retry {
            let attempt = retry(
                on: step.on?.map(Self.type(of:)) ?? defaultErrorTypes, maxFailures: step.failures,
                interval: .milliseconds(step.interval ?? 0)
            ) { [self] in
                say("\(name) tries")
                try perform(name, steps, connection)
            }
            try attempt()
        }
    }
}
