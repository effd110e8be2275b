import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Waiting for several` {
    // Conformance 130: waiting for several
    @Test func `gives objects of all kinds in the order in which they became ready`() throws {
        let event = Event()
        let result = AsyncResult<Int>()
        let semaphore = CountingSemaphore(0)
        let greenlet = spawn { try sleep(for: .seconds(3)) }
        spawn(after: .seconds(4)) { event.set() }
        spawn(after: .seconds(1)) { result.set(1) }
        spawn(after: .seconds(2)) { semaphore.release() }
        let ready = try wait(for: [event, greenlet, semaphore, result])
        let expected: [any Waitable] = [result, semaphore, greenlet, event]
        #expect(ready.map { ObjectIdentifier($0) } == expected.map { ObjectIdentifier($0) })
        #expect(semaphore.counter == 1)
    }

    // Conformance 131: count, time, duplicates
    @Test func `stops at its count`() throws {
        let all = (1...5).map { i in spawn { try sleep(for: .seconds(i)) } }
        #expect(try wait(for: all, count: 2).count == 2)
        #expect(all.map(\.isReady) == [true, true, false, false, false])
        #expect(try wait(for: all, count: 99).count == 5)
    }

    // Conformance 131: count, time, duplicates
    @Test func `gives those that are ready when the time is over`() throws {
        let all = (1...5).map { i in spawn { try sleep(for: .seconds(i)) } }
        let took = try Hub.current.clock.measure { () throws in
            #expect(try wait(for: all, timeout: .milliseconds(2_500)).count == 2)
        }
        #expect(took == .milliseconds(2_500))
    }

    // Conformance 131: count, time, duplicates
    @Test func `of nothing returns at once`() throws {
        var ran = false
        spawn { ran = true }
        #expect(try wait(for: []).isEmpty)
        #expect(!ran)
    }

    // Conformance 131: count, time, duplicates
    @Test func `counts duplicates separately`() throws {
        let g = spawn { 1 }
        #expect(try wait(for: [g, g]).count == 2)
        let event = Event()
        spawn(after: .seconds(1)) { event.set() }
        #expect(try wait(for: [event, event, event]).count == 3)
    }

    // Conformance 132: joinAll
    @Test func `joinAll throws the first error in time and leaves the others`() throws {
        _ = Reports()
        let (first, second) = (Broken(), Broken())
        let all = [
            spawn { try sleep(for: .seconds(9)) },
            spawn {
                try sleep(for: .seconds(2))
                throw second
            },
            spawn {
                try sleep(for: .seconds(1))
                throw first
            },
        ]
        let took = try Hub.current.clock.measure {
            #expect(same(thrown { try joinAll(all, raisingErrors: true) }, first))
        }
        #expect(took == .seconds(1))
        #expect(!all[0].isReady && !all[1].isReady)
    }

    // Conformance 132: joinAll
    @Test func `joinAll leaves errors in the greenlets`() throws {
        _ = Reports()
        let all = [spawn { throw Broken() }, spawn {}]
        #expect(try joinAll(all).count == 2)
        #expect(all[0].error is Broken)
    }

    @Test(arguments: [false, true])
    func `joinAll gives the greenlets in the order in which they ended`(isLimited: Bool) throws {
        let all = [3, 1, 2].map { i in
            spawn {
                try sleep(for: .seconds(i))
                return i
            }
        }
        let ended = try joinAll(all, timeout: isLimited ? .seconds(10) : nil)
        #expect(ended.compactMap(\.value) == [1, 2, 3])
        #expect(try joinAll(all, timeout: isLimited ? .seconds(10) : nil).count == 3)
    }

    // Conformance 131: count, time, duplicates
    @Test func `joinAll gives those that have ended when the time is over`() throws {
        let all = (1...4).map { i in spawn { try sleep(for: .seconds(i)) } }
        #expect(try joinAll(all, timeout: .milliseconds(2_500)).count == 2)
        #expect(try joinAll(all, count: 3).count == 3)
    }

    // Conformance 133: iterateReady
    @Test func `an iteration survives switches between its items`() throws {
        let all = (1...3).map { i in
            spawn {
                try sleep(for: .seconds(i))
                return i
            }
        }
        let results = iterateReady(all)
        var seen: [Int?] = []
        while let next = try results.next() {
            seen.append((next as? Greenlet<Int>)?.value)
            try sleep(for: .seconds(2))
        }
        #expect(seen == [1, 2, 3])
    }

    // Conformance 133: iterateReady
    @Test func `an iteration that is closed leaves nothing behind`() throws {
        let event = Event()
        let results = iterateReady([event, event])
        results.close()
        event.set()
        #expect(try results.next() == nil)
        results.close()
    }

    // Conformance 131: count, time, duplicates
    @Test func `an iteration ends at its count and when its time is over`() throws {
        let all = (1...5).map { i in spawn { try sleep(for: .seconds(i)) } }
        let counted = iterateReady(all, count: 2)
        #expect(try counted.next() != nil)
        #expect(try counted.next() != nil)
        #expect(try counted.next() == nil)
        let timed = iterateReady(Array(all[2...]), timeout: .milliseconds(1_500))
        #expect(try timed.next() != nil)
        #expect(try timed.next() == nil)
    }

    @Test func `an iteration throws a Timeout for one item and can go on`() throws {
        let g = spawn { try sleep(for: .seconds(3)) }
        let results = iterateReady([g])
        #expect(throws: Timeout.self) { try results.next(timeout: .seconds(1)) }
        #expect(try results.next() != nil)
        #expect(try results.next() == nil)
    }

    @Test func `a killed waiter leaves nothing behind`() throws {
        let events = (0..<3).map { _ in Event() }
        let waiter = spawn { try wait(for: events) }
        try yield()
        try waiter.kill()
        for event in events { event.set() }
        try yield()
        #expect(try wait(for: events).count == 3)
    }
}
