import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.virtualTime)
struct `A hub with nothing left to wake it` {
    // Conformance 15: LoopExit
    @Test func `throws LoopExit into the main greenlet where it waits`() throws {
        let error = #expect(throws: LoopExit.self) { try Event().wait() }
        #expect(error.map { "\($0)".hasPrefix("This operation would block forever") } == true)
    }

    // Conformance 15: LoopExit
    @Test func `leaves the other greenlets blocked and killable`() throws {
        let event = Event()
        var woken = 0
        let others = (0..<3).map { _ in
            spawn {
                try event.wait()
                woken += 1
            }
        }
        #expect(throws: LoopExit.self) { try others[0].join() }
        #expect(others.allSatisfy { !$0.isDead })
        try others[0].kill()
        #expect(others[0].isDead)
        event.set()
        try joinAll(others)
        #expect(woken == 2)
    }

    // Conformance 15: LoopExit
    @Test func `names who is blocked`() throws {
        let waiter = spawn { try Event().wait() }
        waiter.name = "waits-for-nothing"
        let error = #expect(throws: LoopExit.self) { try waiter.join() }
        #expect(error?.blocked.contains { $0.contains("waits-for-nothing") && $0.contains("an Event") } == true)
        try waiter.kill()
    }

    // Conformance 15: LoopExit
    @Test func `is not thrown while a post that may wake somebody is still to run`() throws {
        let event = HubBound(Event())
        Hub.current.handle.post { event.value.set() }
        try event.value.wait()
        #expect(event.value.isSet)
    }

    // Conformance 16: after LoopExit, and what prevents it
    @Test func `is usable again afterwards`() throws {
        for _ in 0..<3 {
            #expect(throws: LoopExit.self) { try Event().wait() }
            #expect(try spawn { 5 }.get() == 5)
            try sleep(for: .seconds(1))
        }
    }

    // Conformance 16: after LoopExit, and what prevents it
    @Test func `is not dry while the wait has a timeout`() throws {
        #expect(try !Event().wait(timeout: .seconds(3)))
        #expect(throws: Timeout.self) { try withTimeout(.seconds(1)) { try Event().wait() } }
    }

    // Conformance 16: after LoopExit, and what prevents it
    @Test func `is dry though it waits for a signal`() throws {
        let handler = onSignal(40) {}
        defer { handler.cancel() }
        #expect(throws: LoopExit.self) { try Event().wait() }
    }

    // Conformance 37: joining oneself
    @Test func `a greenlet that joins itself never returns`() throws {
        var own: Greenlet<Void>?
        own = spawn { try own?.join() }
        #expect(throws: LoopExit.self) { try own?.join() }
        try own?.kill()
        own = nil
    }
}

@Suite(.virtualTime)
struct `Joining the hub` {
    // Conformance 17: joining the hub
    @Test func `is true when the loop has run dry`() throws {
        var done = 0
        for i in 1...3 {
            spawn {
                try sleep(for: .seconds(i))
                done += 1
            }
        }
        #expect(try Hub.current.join())
        #expect(done == 3)
        #expect(try Hub.current.join())
        #expect(try spawn { 1 }.get() == 1)
    }

    // Conformance 17: joining the hub
    @Test func `is false when the time is over`() throws {
        let sleeper = spawn { try sleep(for: .seconds(10)) }
        let took = try Hub.current.clock.measure { () throws in #expect(try !Hub.current.join(timeout: .seconds(2))) }
        #expect(took == .seconds(2))
        #expect(!sleeper.isReady)
        #expect(try Hub.current.join(timeout: .seconds(20)))
        #expect(sleeper.isReady)
    }

    // Conformance 14: waits that keep no hub alive
    @Test func `its own time limit does not keep the hub alive`() throws {
        let took = try Hub.current.clock.measure { () throws in #expect(try Hub.current.join(timeout: .seconds(1_000)))
        }
        #expect(took < .seconds(1_000))
    }

    // Conformance 17: joining the hub
    @Test func `is refused off the main greenlet`() throws {
        let greenlet = spawn { try Hub.current.join() }
        _ = Reports()
        #expect(throws: InvalidThreadUseError.self) { try greenlet.get() }
    }

    @Test func `ends dry although a greenlet is blocked for ever`() throws {
        let blocked = spawn { try Event().wait() }
        #expect(try Hub.current.join())
        #expect(!blocked.isReady)
    }
}
