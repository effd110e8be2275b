import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `An Event` {
    // Conformance 93: set wakes all, in order
    @Test func `setting it does not switch, and its waiters wake in order`() throws {
        let event = Event()
        var order: [Int] = []
        for i in 0..<10 {
            spawn {
                try event.wait()
                order.append(i)
            }
        }
        try yield()
        event.set()
        #expect(order.isEmpty)
        try sleep(for: .milliseconds(1))
        #expect(order == Array(0..<10))
    }

    // Conformance 94: set, then clear
    @Test func `that is set and cleared at once wakes every waiter with true`() throws {
        let event = Event()
        let waiters = (0..<1_000).map { _ in spawn { try event.wait() } }
        try yield()
        event.set()
        event.clear()
        try joinAll(waiters)
        #expect(waiters.allSatisfy { $0.value == true })
    }

    // Conformance 95: waiting for what is set
    @Test func `that is set lets a wait go on without switching`() throws {
        let event = Event()
        event.set()
        var ran = false
        spawn { ran = true }
        #expect(try event.wait())
        #expect(!ran)
    }

    // Conformance 95: waiting for what is set
    @Test func `a wait during a notification queues behind the blocked waiters`() throws {
        let event = Event()
        var order: [String] = []
        spawn {
            try event.wait()
            order.append("a")
            try event.wait()
            order.append("a again")
        }
        spawn {
            try event.wait()
            order.append("b")
        }
        try yield()
        event.set()
        try sleep(for: .milliseconds(1))
        #expect(order == ["a", "b", "a again"])
    }

    // Conformance 96: waiting again in a notification
    @Test func `one that waits again after clear is not woken again`() throws {
        let event = Event()
        var wakes = 0
        let g = spawn {
            while true {
                try event.wait()
                wakes += 1
                event.clear()
            }
        }
        try yield()
        event.set()
        try sleep(for: .seconds(1))
        #expect(wakes == 1)
        event.set()
        try sleep(for: .seconds(1))
        #expect(wakes == 2)
        try g.kill()
    }

    // Conformance 97: a wait's own timeout
    @Test func `a wait tells whether it was set and never throws its own timeout`() throws {
        let event = Event()
        #expect(try !event.wait(timeout: .seconds(1)))
        #expect(try !event.wait(timeout: .zero))
        spawn(after: .seconds(1)) { event.set() }
        #expect(try event.wait(timeout: .seconds(2)))
    }

    // Conformance 97: a wait's own timeout
    @Test func `waiters that were killed or timed out are forgotten`() throws {
        let event = Event()
        let killed = spawn { try event.wait() }
        let late = spawn { try event.wait(timeout: .seconds(1)) }
        let stays = spawn { try event.wait() }
        try yield()
        try killed.kill()
        try late.join()
        event.set()
        #expect(try stays.get())
        #expect(late.value == false)
        #expect(killed.value == nil)
    }
}

@Suite(.virtualTime)
struct `An AsyncResult` {
    // Conformance 98: an AsyncResult's get and wait
    @Test func `get waits for the value`() throws {
        let result = AsyncResult<Int>()
        #expect(!result.isReady && !result.isSuccessful && result.value == nil && result.error == nil)
        spawn(after: .seconds(1)) { result.set(6) }
        #expect(try result.get() == 6)
        #expect(result.isReady && result.isSuccessful && result.value == 6)
        #expect(try result.getNoWait() == 6)
    }

    // Conformance 98: an AsyncResult's get and wait
    @Test func `get throws the error that was set`() throws {
        let result = AsyncResult<Int>()
        let error = Broken()
        spawn(after: .seconds(1)) { result.setError(error) }
        #expect(same(thrown { _ = try result.get() }, error))
        #expect(result.isReady && !result.isSuccessful)
        #expect(same(thrown { _ = try result.getNoWait() }, error))
    }

    // Conformance 98: an AsyncResult's get and wait
    @Test func `get throws a Timeout when its time is over, and at once if it may not wait`() throws {
        let result = AsyncResult<Int>()
        let timeout = #expect(throws: Timeout.self) { try result.get(timeout: .seconds(1)) }
        #expect(timeout.map { "\($0)" } == "1 second")
        #expect(throws: Timeout.self) { try result.getNoWait() }
    }

    // Conformance 8: timers before Timeouts of their moment
    @Test func `set in the moment in which a get's time is over, it gives its value`() throws {
        let result = AsyncResult<Int>()
        spawn(after: .seconds(1)) { result.set(1) }
        #expect(try result.get(timeout: .seconds(1)) == 1)
        let semaphore = CountingSemaphore(0)
        spawn(after: .seconds(1)) { semaphore.release() }
        #expect(try semaphore.acquire(timeout: .seconds(1)))
        let event = Event()
        spawn(after: .seconds(1)) { event.set() }
        #expect(try !event.wait(timeout: .seconds(1)) && event.isSet)
    }

    // Conformance 98: an AsyncResult's get and wait
    @Test func `wait gives the value, or nil for an error and when time is over`() throws {
        let result = AsyncResult<Int>()
        #expect(try result.wait(timeout: .seconds(1)) == nil)
        result.setError(Broken())
        #expect(try result.wait() == nil)
        let other = AsyncResult<Int>()
        other.set(1)
        #expect(try other.wait() == 1)
    }

    // Conformance 99: set again
    @Test func `of nothing is ready once set`() throws {
        let result = AsyncResult<Void>()
        result.set()
        #expect(result.isReady)
        try result.get()
    }

    // Conformance 99: set again
    @Test func `takes a later value, which wins over an error`() throws {
        let result = AsyncResult<Int>()
        result.set(1)
        result.set(2)
        #expect(try result.get() == 2)
        let error = Broken()
        result.setError(error)
        #expect(try result.get() == 2)
        #expect(same(result.error, error))
        let other = AsyncResult<Int?>()
        other.setError(error)
        other.set(nil)
        #expect(try other.get() == nil)
    }

    // Conformance 93: set wakes all, in order
    @Test func `wakes all that wait, in order`() throws {
        let result = AsyncResult<Int>()
        var order: [Int] = []
        let waiters = (0..<10).map { i in
            spawn {
                let value = try result.get()
                order.append(i)
                return value
            }
        }
        try yield()
        result.set(3)
        try joinAll(waiters)
        #expect(order == Array(0..<10))
        #expect(waiters.allSatisfy { $0.value == 3 })
    }
}
