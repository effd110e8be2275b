import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Killing` {
    enum Unborn: CaseIterable { case unstarted, scheduled, delayed }

    private func make(_ state: Unborn, _ body: @escaping () throws -> Void) -> Greenlet<Void> {
        let g = Greenlet(body)
        switch state {
        case .unstarted: break
        case .scheduled: g.start()
        case .delayed: g.start(after: .seconds(1))
        }
        return g
    }

    // Conformance 46: killing what never ran
    @Test(arguments: Unborn.allCases)
    func `one that never ran ends it at once, without a switch`(state: Unborn) throws {
        var ran = false
        var other = false
        var linked = false
        let g = make(state) { ran = true }
        g.rawLink { _ in linked = true }
        spawn { other = true }
        try g.kill()
        #expect(g.isDead && g.isSuccessful)
        #expect(!other)
        #expect(!linked)
        #expect(throws: GreenletExit.self) { try g.get() }
        try sleep(for: .seconds(2))
        #expect(linked)
        #expect(!ran)
    }

    // Conformance 46: killing what never ran
    @Test(arguments: Unborn.allCases)
    func `one that never ran with an error of one's own makes it fail`(state: Unborn) throws {
        let reports = Reports()
        let error = Broken()
        let g = make(state) {}
        try g.kill(throwing: error)
        #expect(!g.isSuccessful)
        #expect(same(g.error, error))
        #expect(same(reports.errors.first, error))
        try sleep(for: .seconds(2))
    }

    // Conformance 47: killing the dead
    @Test func `a dead one changes nothing and does not switch`() throws {
        let g = spawn { 5 }
        try g.join()
        var other = false
        spawn { other = true }
        try g.kill()
        g.killNoWait(throwing: Broken())
        #expect(!other)
        #expect(g.value == 5)
        try yield()
        #expect(try g.get() == 5)
    }

    // Conformance 48: kill waits for the end
    // Conformance 58: a clean-up that parks
    @Test func `waits until the target's cleanup is through`() throws {
        var log: [String] = []
        let g = spawn {
            do {
                try sleep(for: .seconds(100))
            } catch {
                log.append("caught")
                try sleep(for: .seconds(1))
                log.append("cleaned")
            }
            try sleep(for: .seconds(1))
            log.append("tail")
        }
        try yield()
        let took = try Hub.current.clock.measure { try g.kill() }
        #expect(log == ["caught", "cleaned", "tail"])
        #expect(g.isDead)
        #expect(took == .seconds(2))
    }

    // Conformance 49: kill without waiting
    @Test func `without waiting returns at once and throws in the next turn`() throws {
        var log: [String] = []
        let g = spawn {
            do { try sleep(for: .seconds(100)) } catch { log.append("thrown") }
        }
        try yield()
        g.killNoWait()
        log.append("returned")
        #expect(!g.isDead)
        try yield()
        #expect(log == ["returned", "thrown"])
        #expect(g.isDead)
    }

    // Conformance 50: a kill's timeout
    @Test func `returns quietly when its time is over`() throws {
        let g = spawn {
            do { try sleep(for: .seconds(100)) } catch { try sleep(for: .seconds(10)) }
        }
        try yield()
        let took = try Hub.current.clock.measure { try g.kill(timeout: .seconds(1)) }
        #expect(took == .seconds(1))
        #expect(!g.isDead)
        try g.join()
    }

    // Conformance 50: a kill's timeout
    @Test func `all throws a Timeout when the time is over`() throws {
        let g = spawn {
            do { try sleep(for: .seconds(100)) } catch { try sleep(for: .seconds(10)) }
        }
        try yield()
        #expect(throws: Timeout.self) { try killAll([g], timeout: .seconds(1)) }
        #expect(!g.isDead)
        try g.join()
    }

    // Conformance 51: a kill that is swallowed
    @Test func `waits for one that swallows the error until it ends by itself`() throws {
        let g = spawn {
            _ = try? sleep(for: .seconds(100))
            try sleep(for: .seconds(7))
            return "alive"
        }
        try yield()
        let took = try Hub.current.clock.measure { try g.kill() }
        #expect(took == .seconds(7))
        #expect(g.value == "alive")
    }

    // Conformance 52: thrown where it parks
    @Test func `one that is ahead in the run queue lets it run on first`() throws {
        var log: [String] = []
        let g = spawn {
            try yield()
            log.append("ran on")
            try sleep(for: .seconds(100))
            log.append("not reached")
        }
        try yield()
        try g.kill()
        #expect(log == ["ran on"])
        let short = spawn {
            try yield()
            return "ended first"
        }
        try yield()
        try short.kill()
        #expect(short.value == "ended first")
    }

    // Conformance 53: each kill throws once
    @Test func `twice throws twice`() throws {
        var caught: [any Error] = []
        let (first, second) = (Broken(), Broken())
        let g = spawn {
            for _ in 0..<2 {
                do { try sleep(for: .seconds(100)) } catch { caught.append(error) }
            }
        }
        try yield()
        g.killNoWait(throwing: first)
        g.killNoWait(throwing: second)
        try g.join()
        #expect(caught.count == 2)
        #expect(same(caught.first, first))
        #expect(same(caught.last, second))
    }

    // Conformance 54: a kill's own error
    @Test func `with an error of one's own makes it fail with that instance`() throws {
        let reports = Reports()
        let error = Broken()
        let all = (0..<3).map { _ in spawn { try sleep(for: .seconds(100)) } }
        try yield()
        try killAll(all, throwing: error)
        for g in all { #expect(same(g.error, error)) }
        #expect(reports.errors.count == 3)
    }

    // Conformance 55: killing oneself
    @Test func `oneself throws at the call`() throws {
        var reached = false
        var after = false
        var own: Greenlet<Void>?
        own = spawn {
            reached = true
            try own?.kill()
            after = true
        }
        try own?.join()
        #expect(reached && !after)
        #expect(own?.isSuccessful == true)
        own = nil
    }

    // Conformance 55: killing oneself
    @Test func `oneself without waiting throws where one parks next`() throws {
        var log: [String] = []
        var own: Greenlet<Void>?
        own = spawn {
            own?.killNoWait()
            log.append("after")
            try sleep(for: .seconds(100))
            log.append("not reached")
        }
        try own?.join()
        #expect(log == ["after"])
        own = nil
    }

    // Conformance 57: an error of the clean-up
    @Test func `fails with what the cleanup throws`() throws {
        let reports = Reports()
        let own = Broken()
        let g = spawn {
            do { try sleep(for: .seconds(100)) } catch { throw own }
        }
        try yield()
        try g.kill()
        #expect(same(g.error, own))
        #expect(same(reports.errors.first, own))
    }

    // Conformance 59: killAll
    @Test func `all ends those that never ran first, and throws into the others in order`() throws {
        var log: [Int] = []
        let parked = (0..<3).map { i in
            spawn {
                do { try sleep(for: .seconds(100)) } catch { log.append(i) }
            }
        }
        try yield()
        let fresh = (0..<2).map { _ in spawn { log.append(100) } }
        killAllNoWait([parked[2], fresh[0], parked[0], fresh[1], parked[1]])
        #expect(fresh.allSatisfy { $0.isDead })
        #expect(log.isEmpty)
        try joinAll(parked)
        #expect(log == [2, 0, 1])
    }

    // Conformance 59: killAll
    @Test func `nobody returns at once`() throws {
        var other = false
        spawn { other = true }
        try killAll([AnyGreenlet]())
        #expect(!other)
    }

    // Conformance 60: killing main and raw greenlets
    @Test func `reaches the main greenlet`() throws {
        let main = AnyGreenlet.current
        spawn { main.killNoWait() }
        #expect(throws: GreenletExit.self) { try sleep(for: .seconds(5)) }
        try sleep(for: .seconds(1))
    }

    // Conformance 60: killing main and raw greenlets
    @Test func `reaches a raw one`() throws {
        let reports = Reports()
        var raw: AnyGreenlet?
        var caught: (any Error)?
        spawnRaw {
            raw = .current
            do { try sleep(for: .seconds(100)) } catch {
                caught = error
                throw error
            }
        }
        try yield()
        try raw?.kill()
        #expect(caught is GreenletExit && raw?.isDead == true)
        #expect(reports.errors.isEmpty)
    }

    // Conformance 62: a killed one's report
    @Test func `leaves it its name and where it was spawned, for the report`() throws {
        let reports = Reports()
        let fresh = spawn {}
        fresh.name = "never-ran"
        try fresh.kill(throwing: Broken())
        let parked = spawn { try sleep(for: .seconds(100)) }
        try yield()
        try parked.kill(throwing: Broken())
        let subjects = reports.contexts.map { "\($0)" }
        #expect(subjects.count == 2)
        #expect(subjects.allSatisfy { $0.contains("spawned at GeventTests/KillTests.swift:") })
        #expect(subjects.first?.contains("never-ran") == true)
    }

    // Conformance 63: a kill and a pending Timeout
    @Test func `passes through a Timeout that is pending`() throws {
        var caught: (any Error)?
        let g = spawn {
            do {
                try withTimeout(.seconds(10)) { try sleep(for: .seconds(100)) }
            } catch {
                caught = error
                throw error
            }
        }
        try yield()
        try g.kill()
        #expect(caught is GreenletExit)
    }

    @Test func `a waiter takes it out of what it waited for`() throws {
        let semaphore = CountingSemaphore(0)
        let event = Event()
        let waiters = [spawn { try semaphore.acquire() }, spawn { try event.wait() } as AnyGreenlet as? Greenlet<Void>]
            .compactMap { $0 }
        try yield()
        try killAll(waiters)
        let next = spawn { try semaphore.acquire() }
        try yield()
        semaphore.release()
        #expect(try next.join(timeout: .seconds(1)))
    }

    @Test func `interrupts are counted`() throws {
        var counts: [Int] = []
        let g = spawn {
            counts.append(Int(AnyGreenlet.current.interruptionCount))
            _ = try? sleep(for: .seconds(100))
            counts.append(Int(AnyGreenlet.current.interruptionCount))
        }
        try yield()
        try g.kill()
        #expect(counts == [0, 1])
    }
}
