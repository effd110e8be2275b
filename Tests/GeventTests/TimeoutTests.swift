import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A Timeout` {
    // Conformance 81: whom a Timeout reaches
    @Test func `is thrown into the greenlet that started it`() throws {
        var caught: (any Error)?
        let g = spawn {
            let timeout = Timeout.started(after: .seconds(1))
            do { try sleep(for: .seconds(5)) } catch { caught = error }
            #expect(same(caught, timeout))
        }
        try sleep(for: .seconds(3))
        #expect(caught != nil)
        #expect(g.isSuccessful)
    }

    // Conformance 81: whom a Timeout reaches
    @Test func `has no power over code that does not park`() throws {
        try Hub.withVirtualTime { clock in
            try withTimeout(.milliseconds(1)) { burn(.milliseconds(5)) }
            try clock.advance(by: .seconds(1))
        }
    }

    // Conformance 81: whom a Timeout reaches
    @Test func `is let in by yields, within a time slice`() throws {
        var yields = 0
        #expect(throws: Timeout.self) {
            try withTimeout(.zero) {
                while true {
                    try yield()
                    yields += 1
                }
            }
        }
        #expect(yields > 0)
    }

    // Conformance 82: what a Timeout throws
    @Test func `throws itself, or the error it was given`() throws {
        let timeout = Timeout.started(after: .seconds(1))
        #expect(same(thrown { try sleep(for: .seconds(2)) }, timeout))
        let error = Broken()
        let other = Timeout.started(after: .seconds(1), throwing: error)
        #expect(same(thrown { try sleep(for: .seconds(2)) }, error))
        #expect(!other.isPending)
        #expect(same(thrown { try withTimeout(.seconds(1), throwing: error) { try sleep(for: .seconds(2)) } }, error))
    }

    @Test func `that was thrown is not the one of a later block`() throws {
        let first = try #require(thrown { try withTimeout(.seconds(1)) { try sleep(for: .seconds(2)) } } as? Timeout)
        try withTimeout(.seconds(2), throwing: Broken()) {}
        let second = try #require(thrown { try withTimeout(.seconds(3)) { try sleep(for: .seconds(4)) } } as? Timeout)
        #expect(first !== second)
        #expect(first.delay == .seconds(1) && second.delay == .seconds(3))
        #expect(!first.isPending && !second.isPending)
    }

    @Test func `of a block that has ended keeps nothing alive`() throws {
        final class Held: Error, @unchecked Sendable {}
        weak var error: Held?
        do {
            let made = Held()
            error = made
            try withTimeout(.seconds(1), throwing: made) {}
        }
        #expect(error == nil)
        weak var greenlet: Greenlet<Void>?
        do {
            let made = spawn { try withTimeout(.seconds(1)) { try yield() } }
            greenlet = made
            try made.join()
        }
        try yield()
        #expect(greenlet == nil)
    }

    // Conformance 83: silent Timeouts
    @Test func `that is silent gives nil for itself only`() throws {
        let nothing: Int? = try withTimeout(.seconds(1), silently: true) {
            try sleep(for: .seconds(2))
            return 1
        }
        #expect(nothing == nil)
        let value: Int? = try withTimeout(.seconds(3), silently: true) {
            try sleep(for: .seconds(2))
            return 1
        }
        #expect(value == 1)
        let outer = Timeout.started(after: .seconds(1))
        let error = thrown {
            let _: Int? = try withTimeout(.seconds(5), silently: true) {
                try sleep(for: .seconds(9))
                return 1
            }
        }
        #expect(same(error, outer))
    }

    // Conformance 83: silent Timeouts
    @Test func `that is not silent is thrown`() throws {
        #expect(throws: Timeout.self) {
            let _: Int? = try withTimeout(.seconds(1), silently: false) {
                try sleep(for: .seconds(2))
                return 1
            }
        }
    }

    // Conformance 84: a Timeout's text
    @Test(
        arguments: [
            (Timeout(after: nil), ""), (Timeout(after: .seconds(1)), "1 second"),
            (Timeout(after: .milliseconds(10)), "0.01 seconds"), (Timeout(after: .seconds(2)), "2 seconds"),
            (Timeout(after: .milliseconds(10), message: "msg"), "0.01 seconds: msg"),
            (Timeout(after: nil, message: "msg"), "msg"),
        ])
    func `is described as in gevent`(timeout: Timeout, text: String) {
        #expect("\(timeout)" == text)
    }

    // Conformance 85: no delay, zero, negative
    @Test func `without a delay never fires`() throws {
        let timers = Hub.current.statistics.timers
        let timeout = Timeout.started(after: nil)
        #expect(!timeout.isPending)
        #expect(Hub.current.statistics.timers == timers)
        try withTimeout(nil) { try sleep(for: .seconds(1_000)) }
        timeout.start()
    }

    // Conformance 85: no delay, zero, negative
    @Test(arguments: [Duration.zero, .seconds(-3)])
    func `of zero or less fires after what is runnable`(delay: Duration) throws {
        var ran = false
        spawn { ran = true }
        #expect(throws: Timeout.self) { try withTimeout(delay) { try Event().wait() } }
        #expect(ran)
        try withTimeout(delay) {}
        try sleep(for: .seconds(1))
    }

    // Conformance 86: started twice, cancelled, closed
    @Test func `that is cancelled may be started again`() throws {
        let timeout = Timeout.started(after: .seconds(1))
        #expect(timeout.isPending)
        timeout.cancel()
        timeout.cancel()
        #expect(!timeout.isPending)
        try sleep(for: .seconds(2))
        timeout.start()
        #expect(same(thrown { try sleep(for: .seconds(2)) }, timeout))
        #expect(!timeout.isPending)
        timeout.start()
        #expect(same(thrown { try sleep(for: .seconds(2)) }, timeout))
        timeout.close()
        timeout.close()
    }

    private static func startTwice() { Timeout.started(after: .seconds(1)).start() }

    private static func startClosed() {
        let timeout = Timeout(after: .seconds(1))
        timeout.close()
        timeout.start()
    }

    // Conformance 86: started twice, cancelled, closed
    @Test func `that is pending or closed cannot be started`() async throws {
        let twice = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.startTwice()
        }
        #expect(text(twice).contains("1 second is already started; to restart it, cancel it first"))
        let closed = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.startClosed()
        }
        #expect(text(closed).contains("a closed Timeout cannot be started"))
    }

    private func text(_ result: ExitTest.Result) -> String {
        String(decoding: result.standardErrorContent, as: UTF8.self)
    }

    // Conformance 87: a scope around a started Timeout
    @Test func `that is started keeps its deadline in a scope, and is closed with it`() throws {
        let clock = Hub.current.clock
        let timeout = Timeout.started(after: .seconds(2))
        let start = clock.now
        try sleep(for: .seconds(1))
        let error = thrown {
            defer { timeout.close() }
            try sleep(for: .seconds(5))
        }
        #expect(same(error, timeout) && clock.now - start == .seconds(2))
        let other = Timeout.started(after: .seconds(2))
        do {
            defer { other.close() }
            try sleep(for: .seconds(1))
        }
        #expect(!other.isPending)
        try sleep(for: .seconds(5))
    }

    // Conformance 34: a Timeout as timeout
    @Test func `with an error of its own stands in for a timeout argument`() throws {
        let error = Broken()
        let sleeper = spawn { try sleep(for: .seconds(100)) }
        let waits: [() throws -> Void] = [
            { try sleeper.join() }, { try sleeper.get() }, { try Event().wait() }, { _ = try Queue<Int>().get() },
            { try CountingSemaphore(0).acquire() }, { try wait(for: [sleeper]) },
        ]
        for waits in waits {
            let timeout = Timeout.started(after: .seconds(1), throwing: error)
            defer { timeout.close() }
            #expect(same(thrown(waits), error))
        }
        try sleeper.kill()
    }

    // Conformance 92: comparing Timeouts
    @Test func `can be compared by its delay`() throws {
        let (short, long) = (Timeout(after: .zero), Timeout(after: .seconds(1)))
        #expect(try #require(short.delay) < #require(long.delay))
        #expect(Timeout(after: nil).delay == nil)
    }

    // Conformance 88: nested Timeouts
    @Test func `with the earliest deadline wins, and inner ones are closed`() throws {
        let error = Broken()
        var log: [String] = []
        do {
            try withTimeout(.seconds(2), throwing: error) {
                do {
                    try withTimeout(.seconds(1)) { try sleep(for: .seconds(5)) }
                } catch is Timeout {
                    log.append("inner")
                }
                try sleep(for: .seconds(5))
            }
        } catch let caught as Broken {
            #expect(caught === error)
            log.append("outer")
        }
        #expect(log == ["inner", "outer"])
        try sleep(for: .seconds(10))
    }

    // Conformance 88: nested Timeouts
    @Test(arguments: [true, false])
    func `of two with one deadline the one started first is thrown, and only it`(bySleep: Bool) throws {
        let outer = Timeout.started(after: .seconds(1))
        let error = thrown {
            try withTimeout(.seconds(1)) {
                if bySleep { try sleep(for: .seconds(5)) } else { try Event().wait() }
            }
        }
        #expect(same(error, outer))
        // The inner one was closed when its scope ended.
        try sleep(for: .seconds(5))
        try yield()
    }

    // Conformance 89: a default instead of a Timeout
    @Test func `gives its default for itself only`() throws {
        let late = try withTimeout(.seconds(1), default: "late") {
            try sleep(for: .seconds(2))
            return "in time"
        }
        #expect(late == "late")
        #expect(try withTimeout(nil, default: 1) { 2 } == 2)
        let outer = Timeout.started(after: .seconds(1))
        let error = thrown {
            _ = try withTimeout(.seconds(5), default: 0) {
                try sleep(for: .seconds(9))
                return 1
            }
        }
        #expect(same(error, outer))
    }

    // Conformance 90: the Timeout of an ended greenlet
    @Test func `of a greenlet that has ended is dropped`() throws {
        let reports = Reports()
        let timeout = Timeout(after: .seconds(1))
        let g = spawn { timeout.start() }
        try g.join()
        try sleep(for: .seconds(2))
        #expect(g.isSuccessful)
        #expect(reports.errors.isEmpty)
        #expect(!timeout.isPending)
    }

    // Conformance 91: after a Timeout
    @Test func `that was caught leaves the greenlet as it was`() throws {
        let g = spawn {
            var caught = 0
            for _ in 0..<3 {
                do {
                    try withTimeout(.seconds(1)) { try Event().wait() }
                } catch is Timeout {
                    caught += 1
                }
            }
            try sleep(for: .seconds(1))
            return caught
        }
        #expect(try g.get() == 3)
    }

    @Test func `of a block that was caught in it and started again ends with the block`() throws {
        var kept: Timeout?
        try withTimeout(.seconds(1)) {
            do { try sleep(for: .seconds(2)) } catch let timeout as Timeout {
                kept = timeout
                timeout.start()
                #expect(timeout.isPending)
                try sleep(for: .milliseconds(999))
            }
        }
        let timeout = try #require(kept)
        #expect(!timeout.isPending)
        // And is its owner's from then on, whatever other blocks use meanwhile.
        let g = spawn {
            thrown {
                timeout.start()
                try withTimeout(.seconds(3)) { try sleep(for: .seconds(2)) }
            }
        }
        #expect(same(try g.get(), timeout))
    }

    @Test func `of a block inside of another one's is not taken for it`() throws {
        for _ in 0..<3 {
            let outcome = try withTimeout(.seconds(2), default: "outer") {
                try withTimeout(.seconds(1), default: "inner") {
                    try withTimeout(.seconds(3)) { try sleep(for: .seconds(4)) }
                    return "none"
                }
            }
            #expect(outcome == "inner")
        }
    }

    // Conformance 91: after a Timeout
    @Test func `is an interruption that general handlers let pass`() throws {
        var handled = false
        #expect(throws: Timeout.self) {
            try withTimeout(.seconds(1)) {
                do { try sleep(for: .seconds(2)) } catch {
                    try rethrowInterruption(error)
                    handled = true
                }
            }
        }
        #expect(!handled)
    }

    @Test func `may be cancelled by another greenlet`() throws {
        let timeout = Timeout(after: .seconds(2))
        let g = spawn {
            timeout.start()
            try sleep(for: .seconds(3))
        }
        try sleep(for: .seconds(1))
        timeout.cancel()
        try g.get()
    }

    @Test func `that fires when its greenlet is killed is not thrown after its scope`() throws {
        try Hub.withVirtualTime(configuration: .init { $0.timeSlice = .zero }) { _ in
            // However the end of a time slice falls between the kill and the greenlet's turn.
            for filler in 0..<60 {
                var later: (any Error)?
                let g = spawn {
                    _ = try? withTimeout(.zero) { try Event().wait() }
                    later = thrown { try sleep(for: .seconds(5)) }
                }
                for _ in 0..<filler { spawn {} }
                spawn { g.killNoWait() }
                try g.join()
                #expect(!(later is Timeout))
            }
        }
    }
}
