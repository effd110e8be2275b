import Gevent
import GeventConnPool
import GeventTesting
import Logging
import Testing

/// Keeps what is logged.
struct LogRecorder: LogHandler {
    final class Lines {
        var lines: [String] = []
    }
    // Safe: written by the test's own thread only.
    nonisolated(unsafe) let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.lines.append("\(event.level): \(event.message)") }

    static func logger() -> (Logger, Lines) {
        let lines = Lines()
        nonisolated(unsafe) let unchecked = lines
        return (Logger(label: "test") { _ in LogRecorder(lines: unchecked) }, lines)
    }
}

@Suite(.virtualTime)
struct `A retry` {
    @Test func `makes one attempt more than maxFailures`() throws {
        var attempts = 0
        #expect(throws: SocketError.self) {
            try withRetry(maxFailures: 3) {
                attempts += 1
                throw SocketError("failure \(attempts)")
            }
        }
        #expect(attempts == 4)
    }

    @Test func `throws the last error`() throws {
        var attempts = 0
        let error = #expect(throws: SocketError.self) {
            try withRetry(maxFailures: 2) {
                attempts += 1
                throw SocketError("failure \(attempts)")
            }
        }
        #expect(error?.message == "failure 3")
    }

    @Test func `goes on for ever by default`() throws {
        var attempts = 0
        let result = try withRetry {
            attempts += 1
            if attempts < 1000 { throw SocketError("x") }
            return attempts
        }
        #expect(result == 1000)
    }

    @Test func `passes on what is not listed, at once`() throws {
        var attempts = 0
        #expect(throws: OtherError.self) {
            try withRetry {
                attempts += 1
                throw OtherError()
            }
        }
        #expect(attempts == 1)
    }

    @Test func `waits the interval between attempts, and not after the last`() throws {
        let took = try Hub.current.clock.measure {
            #expect(throws: SocketError.self) {
                try withRetry(maxFailures: 3, interval: .seconds(2)) { throw SocketError("x") }
            }
        }
        #expect(took == .seconds(6))
    }

    @Test func `logs as the original words it`() throws {
        let (logger, lines) = LogRecorder.logger()
        let fetch = retry(logger: logger, maxFailures: 1, name: "fetch") { (n: Int) in
            throw SocketError("no \(n)")
        }
        #expect(throws: SocketError.self) { try fetch(7) }
        #expect(
            lines.lines == [
                "info: Connection broken in 'fetch' (error: 'no 7'); retrying with new connection.",
                "info: Connection broken in 'fetch' (error: 'no 7'); retrying with new connection.",
                "error: Max retries reached for 'fetch'. Aborting.",
            ])
    }

    @Test func `logs messages and levels of the user's`() throws {
        let (logger, lines) = LogRecorder.logger()
        #expect(throws: SocketError.self) {
            try withRetry(
                logger: logger, retryLogLevel: .debug, retryLogMessage: "{f}: {e} {x}", maxFailures: 0,
                maxFailureLogLevel: .critical, maxFailureLogMessage: "{f} ends: {e}", name: "f"
            ) { throw SocketError("{f}") }
        }
        #expect(lines.lines == ["debug: f: {f} {x}", "critical: f ends: {f}"])
    }

    @Test func `is called by the name of its function unless told otherwise`() throws {
        let (logger, lines) = LogRecorder.logger()
        func send() throws { try withRetry(logger: logger, maxFailures: 0) { throw SocketError("x") } }
        #expect(throws: SocketError.self) { try send() }
        #expect(lines.lines.last == "error: Max retries reached for 'send()'. Aborting.")
    }

    @Test func `stops at a kill`() throws {
        var attempts = 0
        let retrying = spawn {
            try withRetry(on: [(any Error).self], interval: .seconds(1)) {
                attempts += 1
                throw OtherError()
            }
        }
        try sleep(for: .seconds(2.5))
        try retrying.kill()
        #expect(attempts == 3)
        try sleep(for: .seconds(10))
        #expect(attempts == 3)
    }

    @Test func `never swallows an interruption, whatever is listed`() throws {
        var attempts = 0
        let policy = RetryPolicy(on: [(any Error).self, GreenletExit.self, Timeout.self], isRetryable: { _ in true })
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) {
                try withRetry(policy) {
                    attempts += 1
                    try sleep(for: .seconds(9))
                }
            }
        }
        #expect(attempts == 1)
    }

    @Test func `goes on after a timeout with an error of the user's own`() throws {
        var attempts = 0
        #expect(throws: OtherError.self) {
            try withRetry(on: [OtherError.self], maxFailures: 2) {
                attempts += 1
                try withTimeout(.seconds(1), throwing: OtherError()) { try sleep(for: .seconds(9)) }
            }
        }
        #expect(attempts == 3)
    }

    @Test func `backs off if told so`() throws {
        let policy = RetryPolicy(maxFailures: 4, backOff: .init(initial: .seconds(1), limit: .seconds(4)))
        let took = try Hub.current.clock.measure {
            #expect(throws: SocketError.self) { try withRetry(policy) { throw SocketError("x") } }
        }
        #expect(took == .seconds(1 + 2 + 4 + 4))
    }

    @Test func `begins no attempt after the deadline`() throws {
        var attempts = 0
        let policy = RetryPolicy(interval: .seconds(2), deadline: .seconds(7))
        let took = try Hub.current.clock.measure {
            #expect(throws: SocketError.self) {
                try withRetry(policy) {
                    attempts += 1
                    throw SocketError("x")
                }
            }
        }
        #expect(attempts == 4)
        #expect(took == .seconds(6))
    }

    @Test func `asks its predicate in place of the types`() throws {
        var attempts = 0
        let policy = RetryPolicy(on: [SocketError.self], maxFailures: 5, isRetryable: { $0 is OtherError })
        #expect(throws: SocketError.self) {
            try withRetry(policy) {
                attempts += 1
                if attempts < 3 { throw OtherError() }
                throw SocketError("x")
            }
        }
        #expect(attempts == 3)
    }

    @Test func `wraps functions of any arguments`() throws {
        let policy = RetryPolicy(maxFailures: 1)
        let none = retry { 1 }
        let two = retry(policy) { (a: Int, b: String) in "\(a)\(b)" }
        #expect(try none() == 1)
        #expect(try two(1, "x") == "1x")
    }

    @Test func `uses another connection, and none while it waits`() throws {
        let server = FakeServer()
        let pool = FakePool(2, server) { $0.idleOrder = .lifo }
        try pool.waitUntilReady()
        var used: [Int] = []
        try withRetry(interval: .seconds(1)) {
            #expect(pool.statistics.leased == 0)
            try pool.get { c in
                used.append(c.number)
                if used.count < 3 { throw SocketError("x") }
            }
        }
        #expect(used == [2, 1, 3])
    }
}
