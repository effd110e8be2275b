import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `The virtual time trait` {
    @Test func `gives each test a hub whose time is virtual`() throws {
        let clock = Hub.current.clock
        #expect(clock.isVirtual)
        let start = clock.now
        try sleep(for: .seconds(86_400))
        #expect(clock.now - start == .seconds(86_400))
    }

    @Test(arguments: [1, 2, 3]) func `runs each argument on a hub of its own`(count: Int) throws {
        let jobs = (0..<count).map { n in
            spawn {
                try sleep(for: .seconds(n))
                return n
            }
        }
        #expect(try joinAll(jobs).compactMap(\.value) == Array(0..<count))
    }

    @Test func `attributes an expectation in a greenlet to its test`() throws {
        withKnownIssue {
            try spawn { #expect(Bool(false)) }.get()
        }
    }

    @Test func `serves an asynchronous test between its awaits`() async throws {
        await Task.yield()
        let took = try sleepOneHour()
        #expect(took == .seconds(3600))
        await Task.yield()
        #expect(try sleepOneHour() == .seconds(3600))
    }

    private func sleepOneHour() throws -> Duration {
        try Hub.current.clock.measure { try sleep(for: .seconds(3600)) }
    }
}

@Suite(.hub)
struct `The hub trait` {
    @Test func `gives each test a hub whose time is real`() throws {
        #expect(!Hub.current.clock.isVirtual)
        #expect(try spawn { 1 }.get() == 1)
    }
}
