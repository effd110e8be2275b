import Gevent
import GeventTesting
import Testing

/// Who is told first. What gevent does was observed; `Tests/Differential` compares thousands of random programs.
@Suite(.virtualTime)
struct `A notification` {
    private var order: [String] { log.lines }
    private let log = Log()

    final class Log {
        var lines: [String] = []
        func note(_ line: String) { lines.append(line) }
    }

    @Test func `has run a link by the time a join that came later is over`() throws {
        let g = spawn { 7 }
        g.link { log.note("link \($0.value ?? 0)") }
        try g.join()
        #expect(order == ["link 7"])
    }

    @Test func `runs links of all of several greenlets before joinAll is over`() throws {
        let all = (0..<3).map { number in spawn { number } }
        for g in all { g.link { log.note("link \($0.value ?? -1)") } }
        try joinAll(all)
        #expect(order == ["link 0", "link 1", "link 2"])
    }

    @Test func `tells links and waits in the order in which they began`() throws {
        let g = spawn { try sleep(for: .seconds(1)) }
        let first = spawn {
            try g.join()
            log.note("join 1")
        }
        try yield()
        g.link { _ in log.note("link 2") }
        let third = spawn {
            try g.join()
            log.note("join 3")
        }
        try yield()
        g.rawLink { _ in log.note("link 4") }
        try joinAll([first, third])
        try yield()
        #expect(order == ["join 1", "link 2", "join 3", "link 4"])
    }

    @Test func `of an end takes a link along that came before its turn`() throws {
        var g: Greenlet<Void>?
        let waiter = spawn {
            try g?.join()
            log.note("join")
        }
        g = spawn {
            let short = spawn {}
            spawn { g?.rawLink { _ in log.note("late link") } }
            short.link { _ in log.note("link of another") }
        }
        try waiter.join()
        try sleep(for: .seconds(1))
        #expect(order == ["join", "late link", "link of another"])
    }

    @Test func `lets who was woken and waits again wait for the next one`() throws {
        let event = Event()
        spawn {
            try event.wait()
            log.note("first")
        }
        try yield()
        spawn {
            for round in 1...2 {
                try event.wait()
                log.note("second \(round)")
            }
        }
        event.set()
        spawn { log.note("other") }
        try sleep(for: .seconds(1))
        #expect(order == ["first", "second 1", "other", "second 2"])
    }

    @Test func `runs a link of an error before get throws it`() throws {
        Hub.current.errorStream = .silent
        let g = spawn { throw Broken() }
        g.linkError { _ in log.note("link") }
        #expect(throws: Broken.self) { try g.get() }
        #expect(order == ["link"])
    }

    @Test func `does not run a link that an earlier one took away`() throws {
        let g = spawn {}
        var second: Link?
        g.link { _ in second?.cancel() }
        second = g.link { _ in log.note("second") }
        try g.join()
        try sleep(for: .seconds(1))
        #expect(order.isEmpty)
    }

    @Test func `takes a link along that the greenlet it woke has added`() throws {
        let g = spawn { try sleep(for: .seconds(1)) }
        let other = spawn { try g.join() }
        other.link { _ in log.note("other's") }
        try g.join()
        g.link { _ in log.note("g's") }
        try sleep(for: .seconds(1))
        #expect(order == ["g's", "other's"])
    }

    @Test func `of an event is not overtaken by a wait that begins after it was set`() throws {
        let event = Event()
        let waiters = (1...2).map { number in
            spawn {
                try event.wait()
                log.note("\(number)")
            }
        }
        try yield()
        event.set()
        try event.wait()
        log.note("3")
        try joinAll(waiters)
        #expect(order == ["1", "2", "3"])
    }

    @Test func `of a result is not overtaken by a wait that begins after it was set`() throws {
        let result = AsyncResult<Int>()
        let waiter = spawn {
            _ = try result.get()
            log.note("1")
        }
        try yield()
        result.set(1)
        _ = try result.wait()
        log.note("2")
        try waiter.join()
        #expect(order == ["1", "2"])
    }

    @Test func `lets a wait go on although all before it were killed`() throws {
        let event = Event()
        let waiter = spawn { try event.wait() }
        try yield()
        event.set()
        waiter.killNoWait()
        let late = spawn { try event.wait() }
        #expect(try late.get(timeout: .seconds(1)))
    }

    @Test func `does not reach a wait that begins once the event is cleared`() throws {
        let event = Event()
        let first = spawn { try event.wait(timeout: .seconds(1)) }
        try yield()
        event.set()
        event.clear()
        let second = spawn { try event.wait(timeout: .seconds(1)) }
        #expect(try first.get())
        #expect(try !second.get())
    }
}

@Suite(.virtualTime)
struct `A kill` {
    @Test func `reaches a greenlet that yields at once, not behind those that come before it`() throws {
        var turns = 0
        var turnsAtKill = 0
        let other = spawn {
            while true {
                turns += 1
                try yield()
            }
        }
        let g = spawn {
            do { while true { try yield() } } catch {
                turnsAtKill = turns
                throw error
            }
        }
        try yield()
        try g.kill()
        // The other's first turn, and the one that was due before the kill.
        #expect(g.isDead && turnsAtKill == 2)
        try other.kill()
    }

    @Test func `is over for the killer before the killed one's links are told`() throws {
        var order: [String] = []
        let g = spawn { try sleep(for: .seconds(100)) }
        try yield()
        g.rawLink { _ in order.append("link") }
        try g.kill()
        order.append("killer")
        try yield()
        #expect(order == ["killer", "link"])
    }

    @Test func `of a group's member that is being killed already does not wait`() throws {
        let group = Group()
        let survivor = group.spawn {
            for _ in 0..<2 { do { try sleep(for: .seconds(100)) } catch {} }
        }
        try yield()
        group.killNoWait()
        try group.kill(survivor)
        #expect(!survivor.isReady)
        try survivor.kill()
    }
}
