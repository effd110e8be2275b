import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A greenlet` {
    /// Where it stands in gevent's table.
    private func expect(
        _ g: Greenlet<Int>, started: Bool, dead: Bool, ready: Bool, successful: Bool, value: Int? = nil,
        error: Broken? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(g.isStarted == started, sourceLocation: sourceLocation)
        #expect(g.isDead == dead, sourceLocation: sourceLocation)
        #expect(g.isReady == ready, sourceLocation: sourceLocation)
        #expect(g.isSuccessful == successful, sourceLocation: sourceLocation)
        #expect(g.value == value, sourceLocation: sourceLocation)
        #expect((g.error as? Broken) === error, sourceLocation: sourceLocation)
    }

    // Conformance 27: the table of states
    @Test func `is what gevent's table says when it ends well`() throws {
        let g = Greenlet {
            try yield()
            return 3
        }
        expect(g, started: false, dead: false, ready: false, successful: false)
        g.start()
        expect(g, started: true, dead: false, ready: false, successful: false)
        try yield()
        expect(g, started: true, dead: false, ready: false, successful: false)
        try g.join()
        expect(g, started: true, dead: true, ready: true, successful: true, value: 3)
    }

    // Conformance 27: the table of states
    @Test func `is what gevent's table says when it fails`() throws {
        _ = Reports()
        let error = Broken()
        let g = Greenlet<Int> { throw error }
        g.start()
        expect(g, started: true, dead: false, ready: false, successful: false)
        try g.join()
        expect(g, started: true, dead: true, ready: true, successful: false, error: error)
    }

    // Conformance 28: the running one is not dead
    @Test func `is not dead while it runs`() throws {
        var dead: Bool?
        var own: Greenlet<Void>?
        own = spawn { dead = own?.isDead }
        try own?.join()
        #expect(dead == false)
        own = nil
    }

    // Conformance 29: starting twice
    @Test func `starts once`() throws {
        var runs = 0
        let g = Greenlet { runs += 1 }
        g.start()
        g.start()
        g.start(after: .seconds(1))
        try g.join()
        g.start()
        try sleep(for: .seconds(5))
        #expect(runs == 1)
    }

    // Conformance 29: starting twice
    @Test func `does not start after a kill`() throws {
        var runs = 0
        let g = Greenlet { runs += 1 }
        g.killNoWait()
        g.start()
        try yield()
        #expect(runs == 0)
        #expect(g.isDead)
    }

    // Conformance 30: starting later
    @Test func `spawned for later runs after those spawned now`() throws {
        var order: [String] = []
        spawn(after: .zero) { order.append("later") }
        spawn { order.append("now") }
        try sleep(for: .milliseconds(1))
        #expect(order == ["now", "later"])
    }

    // Conformance 30: starting later
    @Test func `spawned for later and killed never runs`() throws {
        var ran = false
        let g = spawn(after: .seconds(1)) { ran = true }
        try g.kill()
        #expect(g.isDead && g.isSuccessful)
        try sleep(for: .seconds(2))
        #expect(!ran)
    }

    // Conformance 31: closures are released
    @Test func `lets go of its closure when it has ended`() throws {
        final class Held {}
        weak var held: Held?
        let g: Greenlet<Void>
        do {
            let object = Held()
            held = object
            g = spawn { withExtendedLifetime(object) {} }
        }
        #expect(held != nil)
        try g.join()
        #expect(held == nil)
        #expect(g.isReady)
    }

    // Conformance 31: closures are released
    @Test func `lets go of its closure when it never ran`() throws {
        final class Held {}
        weak var held: Held?
        let g: Greenlet<Void>
        do {
            let object = Held()
            held = object
            g = spawn { withExtendedLifetime(object) {} }
        }
        g.killNoWait()
        #expect(held == nil)
    }

    // Conformance 32: one error instance
    @Test func `throws the same error instance from every get, and none from join`() throws {
        _ = Reports()
        let error = Broken()
        let g = spawn { throw error }
        #expect(try g.join())
        for _ in 0..<3 { #expect(same(thrown { try g.get() }, error)) }
        #expect(same(thrown { try g.getNoWait() }, error))
    }

    // Conformance 33: join and get, timed out
    @Test func `join tells whether it has ended when the time is over`() throws {
        let g = spawn { try sleep(for: .seconds(10)) }
        #expect(try !g.join(timeout: .milliseconds(10)))
        #expect(!g.isReady)
        #expect(try g.join(timeout: .seconds(20)))
    }

    // Conformance 33: join and get, timed out
    @Test func `get throws a Timeout that says how long it waited`() throws {
        let g = spawn { try sleep(for: .seconds(10)) }
        let timeout = #expect(throws: Timeout.self) { try g.get(timeout: .milliseconds(10)) }
        #expect(timeout.map { "\($0)" } == "0.01 seconds")
        let empty = #expect(throws: Timeout.self) { try g.getNoWait() }
        #expect(empty.map { "\($0)" } == "")
    }

    // Conformance 35: a timeout of zero
    @Test func `a timeout of zero lets what is runnable run`() throws {
        #expect(try spawn { 1 }.get(timeout: .zero) == 1)
        #expect(try spawn { 1 }.join(timeout: .zero))
        let event = Event()
        spawn { event.set() }
        #expect(try event.wait(timeout: .zero))
        let semaphore = CountingSemaphore(0)
        spawn { semaphore.release() }
        #expect(try semaphore.acquire(timeout: .zero))
        let result = AsyncResult<Int>()
        spawn { result.set(4) }
        #expect(try result.get(timeout: .zero) == 4)
        let queue = Queue<Int>()
        spawn { try queue.put(5) }
        #expect(try queue.get(timeout: .zero) == 5)
    }

    // Conformance 35: a timeout of zero
    @Test func `what does not wait does not let others run`() throws {
        var ran = false
        let g = spawn { ran = true }
        #expect(throws: Timeout.self) { try g.getNoWait() }
        #expect(!CountingSemaphore(0).acquireNoWait())
        #expect(throws: Timeout.self) { try AsyncResult<Int>().getNoWait() }
        #expect(!ran)
    }

    // Conformance 36: an outer Timeout
    @Test(arguments: ["join", "get", "event", "semaphore", "wait"])
    func `an outer Timeout passes through a wait as itself`(call: String) throws {
        let sleeper = spawn { try sleep(for: .seconds(100)) }
        let outer = Timeout.started(after: .seconds(1))
        defer { outer.close() }
        let error = thrown {
            switch call {
            case "join": try sleeper.join(timeout: .seconds(5))
            case "get": try sleeper.get(timeout: .seconds(5))
            case "event": try Event().wait(timeout: .seconds(5))
            case "semaphore": _ = try CountingSemaphore(0).acquire(timeout: .seconds(5))
            default: try wait(for: [sleeper], timeout: .seconds(5))
            }
        }
        #expect(same(error, outer))
    }

    // Conformance 38: joiners in order
    @Test func `wakes its joiners in the order in which they joined`() throws {
        let g = spawn { try sleep(for: .seconds(1)) }
        var order: [Int] = []
        let joiners = (0..<5).map { i in
            spawn {
                try g.join()
                order.append(i)
            }
        }
        try joinAll(joiners)
        #expect(order == [0, 1, 2, 3, 4])
    }

    // Conformance 39: GreenletExit is success
    @Test func `counts as successful when a GreenletExit ends it`() throws {
        final class Subclass: GreenletExit, @unchecked Sendable {}
        let reports = Reports()
        let exit = Subclass("enough")
        let g = spawn { throw exit }
        var linked = false
        g.linkValue { _ in linked = true }
        try g.join()
        #expect(g.isSuccessful)
        #expect(g.error == nil)
        #expect(same(thrown { try g.get() }, exit))
        try yield()
        try yield()
        #expect(linked)
        #expect(reports.errors.isEmpty)
    }

    // Conformance 40: an escaped Timeout is a failure
    @Test func `fails when a Timeout escapes`() throws {
        let reports = Reports()
        let g = spawn { try withTimeout(.seconds(1)) { try sleep(for: .seconds(2)) } }
        try g.join()
        #expect(!g.isSuccessful)
        #expect(g.error is Timeout)
        #expect(reports.errors.first is Timeout)
    }

    // Conformance 42: how a greenlet prints
    @Test func `shows its name only once it has one`() throws {
        let g = spawn { 1 }
        #expect("\(g)".hasPrefix("<Greenlet<Int> at 0x"))
        g.name = "worker-7"
        #expect("\(g)".hasPrefix("<Greenlet<Int> \"worker-7\" at 0x"))
        #expect("\(g)".contains("spawned at GeventTests/GreenletTests.swift:"))
        try g.join()
        let other = spawn { 1 }
        let name = other.name
        #expect("\(other)".contains("\"\(name)\""))
    }

    // Conformance 43: names and identifiers
    @Test func `is called after the smallest number that is free`() throws {
        let first = Greenlet { 1 }
        var second: Greenlet? = Greenlet { 2 }
        let third = Greenlet { 3 }
        #expect([first.name, second?.name, third.name] == ["Greenlet-0", "Greenlet-1", "Greenlet-2"])
        second = nil
        #expect(Greenlet { 4 }.name == "Greenlet-1")
    }

    // Conformance 45: raw greenlets
    @Test func `a raw one reports its error as a callback's`() throws {
        let reports = Reports()
        let error = Broken()
        spawnRaw { throw error }
        try yield()
        #expect(same(reports.errors.first, error))
        guard case .callback = reports.contexts.first else {
            Issue.record("reported as \(reports.contexts)")
            return
        }
    }

    @Test func `a subclass with defaults is made with a closure too`() throws {
        final class Named: Greenlet<Int> { var title = "none" }
        let g = Named { 3 }
        g.start(after: .seconds(1))
        #expect(try g.get() == 3)
        #expect(g.title == "none")
    }

    @Test func `runs what its subclass overrides`() throws {
        final class Doubling: Greenlet<Int> {
            let number: Int
            init(_ number: Int) { self.number = number }
            override func run() throws -> Int {
                try yield()
                return number * 2
            }
        }
        #expect(try Doubling(21).start().get() == 42)
    }

    @Test func `knows who spawned it`() throws {
        var inner: Greenlet<Void>?
        let outer = spawn {
            inner = spawn {}
            try inner?.join()
        }
        try yield()
        #expect(inner?.spawner === outer)
        #expect(outer.spawner == nil)
        try outer.join()
    }

    @Test func `current is the one that runs`() throws {
        let main = AnyGreenlet.current
        var seen: AnyGreenlet?
        let g = spawn { seen = .current }
        try g.join()
        #expect(seen === g)
        #expect(AnyGreenlet.current === main)
    }

    @Test func `lives on unheld until it ends`() throws {
        var steps = 0
        spawn {
            for _ in 0..<3 {
                try sleep(for: .seconds(1))
                steps += 1
            }
        }
        try sleep(for: .seconds(4))
        #expect(steps == 3)
    }

    @Test func `fails cleanly when all stacks are in use`() throws {
        try Hub.withVirtualTime(configuration: .init { $0.maximumGreenlets = 64 }) { _ in
            let reports = Reports()
            let gate = Event()
            let limit = Hub.current.statistics.maximumStacks - 1
            let waiting = (0..<limit).map { _ in spawn { try gate.wait() } }
            try yield()
            let surplus = spawn { 1 }
            #expect(throws: TooManyGreenlets.self) { try surplus.get() }
            #expect(reports.errors.count == 1)
            gate.set()
            try joinAll(waiting)
            #expect(try spawn { 2 }.get() == 2)
        }
    }
}
