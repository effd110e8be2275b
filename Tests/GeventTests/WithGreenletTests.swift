import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A greenlet with a scope` {
    // Conformance 41: the scoped form
    @Test func `is waited for when the scope ends well`() throws {
        let g = spawn {
            try sleep(for: .seconds(3))
            return 5
        }
        let took = try Hub.current.clock.measure { () throws in
            #expect(try withGreenlet(g) { inner in inner === g })
            #expect(g.value == 5)
        }
        #expect(took == .seconds(3))
    }

    // Conformance 41: the scoped form
    @Test func `is killed with the error of the scope, which passes on when its clean-up is done`() throws {
        let reports = Reports()
        let error = Broken()
        var isClean = false
        let g = spawn {
            defer {
                try? sleep(for: .seconds(1))
                isClean = true
            }
            try sleep(for: .seconds(3))
        }
        let caught = thrown {
            try withGreenlet(g) { _ in
                try sleep(for: .seconds(1))
                throw error
            }
        }
        #expect(same(caught, error))
        #expect(g.isReady && isClean)
        #expect(same(g.error, error) && reports.errors.count == 1)
    }

    // Conformance 41: the scoped form
    @Test func `is killed when the wait for it is interrupted, which is no failure, and keeps its own error`() throws {
        let reports = Reports()
        let g = spawn { try sleep(for: .seconds(30)) }
        let timeout = Timeout.started(after: .seconds(1))
        #expect(same(thrown { try withGreenlet(g) { _ in } }, timeout))
        #expect(g.isReady && g.isSuccessful && reports.errors.isEmpty)
        let failing = spawn { throw Broken() }
        try withGreenlet(failing) { _ in }
        #expect(failing.error is Broken)
    }
}
