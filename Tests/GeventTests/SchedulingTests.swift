import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Scheduling` {
    // Conformance 1: nothing switches that need not wait
    @Test func `what can finish at once does not switch`() throws {
        var ran = false
        spawn { ran = true }
        let semaphore = CountingSemaphore()
        let event = Event()
        let result = AsyncResult<Int>()
        let queue = Queue<Int>()
        event.set()
        result.set(1)
        try semaphore.acquire()
        semaphore.release()
        try event.wait()
        #expect(try result.get() == 1)
        try queue.put(2)
        #expect(try queue.get() == 2)
        #expect(!ran)
        try yield()
        #expect(ran)
    }

    // Conformance 5: fifty entries between looks at the clock
    @Test func `a turn runs fifty entries between two looks at the clock`() throws {
        let hub = Hub.current
        var perTurn: [UInt64: Int] = [:]
        let done = Event()
        try sleep(for: .milliseconds(1))
        for i in 0..<220 {
            spawn {
                perTurn[hub.statistics.turns, default: 0] += 1
                burn(.microseconds(200))
                if i == 219 { done.set() }
            }
        }
        try done.wait()
        let counts = perTurn.sorted { $0.key < $1.key }.map(\.value)
        #expect(counts.reduce(0, +) == 220)
        // Fifty of them take longer than the slice. The main greenlet was the first turn's first entry.
        #expect(counts == [49, 50, 50, 50, 21])
    }

    // Conformance 5: fifty entries between looks at the clock
    @Test func `the time slice is the hub's own`() throws {
        #expect(try turnsForYields(1_000, slice: .seconds(100)) == 0)
        #expect(try turnsForYields(1_000, slice: .zero) >= 20)
    }

    private func turnsForYields(_ count: Int, slice: Duration) throws -> UInt64 {
        try Hub.withVirtualTime(configuration: .init { $0.timeSlice = slice }) { _ in
            let before = Hub.current.statistics.turns
            for _ in 0..<count { try yield() }
            return Hub.current.statistics.turns - before
        }
    }

    // Conformance 6: order within a turn
    // Conformance 30: starting later
    @Test func `what is runnable runs before a timer that is due`() throws {
        var order: [String] = []
        let timed = spawn(after: .zero) { order.append("timer") }
        spawn { order.append("spawned") }
        Hub.current.runCallback { order.append("callback") }
        try timed.join()
        #expect(order == ["spawned", "callback", "timer"])
    }

    // Conformance 8: timers before Timeouts of their moment
    @Test func `a sleep that ends with a Timeout wins`() throws {
        try withTimeout(.seconds(1)) { try sleep(for: .seconds(1)) }
        let value = try withTimeout(.seconds(1), default: "late") {
            try sleep(for: .milliseconds(500))
            try sleep(for: .milliseconds(500))
            return "in time"
        }
        #expect(value == "in time")
        try sleep(for: .seconds(5))
    }

    // Conformance 8: timers before Timeouts of their moment
    @Test func `an Event that a timer sets loses to a Timeout of the same moment`() throws {
        let event = Event()
        spawn(after: .seconds(1)) { event.set() }
        #expect(throws: Timeout.self) { try withTimeout(.seconds(1)) { try event.wait() } }
        #expect(event.isSet)
    }

    // Conformance 9: timers by deadline, then by start
    @Test func `timers of one deadline fire in the order of their start`() throws {
        var order: [Int] = []
        for i in 0..<20 { spawn(after: .seconds(1)) { order.append(i) } }
        try sleep(for: .seconds(2))
        #expect(order == Array(0..<20))
    }

    // Conformance 9: timers by deadline, then by start
    @Test func `timers fire in the order of their deadlines`() throws {
        var order: [Int] = []
        for i in [5, 3, 9, 1, 7, 2, 8, 4, 6] { spawn(after: .seconds(i)) { order.append(i) } }
        try sleep(for: .seconds(10))
        #expect(order == Array(1...9))
    }

    // Conformance 9: timers by deadline, then by start
    @Test func `a negative delay counts as zero`() throws {
        var order: [Int] = []
        for (i, delay) in [0, -5, 0, -1].enumerated() { spawn(after: .seconds(delay)) { order.append(i) } }
        try sleep(for: .seconds(1))
        #expect(order == [0, 1, 2, 3])
    }

    // Conformance 11: a sleep of zero
    @Test(arguments: [Duration.zero, .seconds(-1)])
    func `a sleep of zero or less is one trip through the run queue`(duration: Duration) throws {
        var order: [String] = []
        let turns = Hub.current.statistics.turns
        spawn(after: .zero) { order.append("timer") }
        spawn {
            order.append("a")
            try yield()
            order.append("c")
        }
        spawn { order.append("b") }
        try sleep(for: duration)
        #expect(order == ["a", "b"])
        try sleep(for: duration)
        #expect(order == ["a", "b", "c"])
        for _ in 0..<10 { try sleep(for: duration) }
        #expect(order == ["a", "b", "c"])
        #expect(Hub.current.statistics.turns == turns)
    }

    // Conformance 12: yields do not starve timers
    @Test func `a loop of yields does not starve a timer`() throws {
        try Hub.withVirtualTime(configuration: .init { $0.timeSlice = .zero }) { _ in
            // The hub's stack begins with its first turn.
            try sleep(for: .milliseconds(1))
            var fired = false
            spawn(after: .zero) { fired = true }
            var yields = 0
            while !fired {
                try yield()
                yields += 1
            }
            #expect(yields <= 51)
        }
    }

    // Conformance 12: yields do not starve timers
    @Test func `a loop of yields and one of events do not starve a timer in real time`() throws {
        var fired = 0
        spawn(after: .zero) { fired += 1 }
        let semaphore = CountingSemaphore(0)
        let other = spawn { while fired < 1 { try semaphore.acquire() } }
        while fired < 1 {
            semaphore.release()
            try yield()
        }
        semaphore.release()
        try other.join()
    }

    // Conformance 13: idle
    @Test func `idle returns after all that was to do`() throws {
        var order: [String] = []
        spawn {
            for i in 1...5 {
                try yield()
                order.append("\(i)")
            }
        }
        spawn(after: .zero) { order.append("timer") }
        try idle()
        #expect(Set(order) == ["1", "2", "3", "4", "5", "timer"])
    }

    // Conformance 26: spawn only schedules
    @Test func `spawning only schedules`() throws {
        var order: [String] = []
        spawn {
            order.append("a")
            spawn { order.append("c") }
            order.append("a2")
        }
        spawn { order.append("b") }
        #expect(order.isEmpty)
        try sleep(for: .milliseconds(1))
        #expect(order == ["a", "a2", "b", "c"])
    }

    @Test func `a thousand greenlets take their turns in order`() throws {
        var order: [Int] = []
        let all = (0..<1_000).map { i in
            spawn {
                for round in 0..<3 {
                    order.append(round * 1_000 + i)
                    try yield()
                }
            }
        }
        try joinAll(all)
        #expect(order == Array(0..<3_000))
    }
}

@Suite(.hub)
struct `Sleeping in real time` {
    // Conformance 10: a sleep is never too short
    @Test func `time that was computed away is not deducted`() throws {
        try sleep(for: .microseconds(100))
        burn(.milliseconds(30))
        let clock = ContinuousClock()
        let start = clock.now
        try sleep(for: .milliseconds(10))
        #expect(clock.now - start >= .milliseconds(10))
    }

    // Conformance 10: a sleep is never too short
    @Test(arguments: [50, 300, 1_500, 3_200])
    func `a sleep is never too short`(microseconds: Int) throws {
        let clock = ContinuousClock()
        for _ in 0..<5 {
            let start = clock.now
            try sleep(for: .microseconds(microseconds))
            #expect(clock.now - start >= .microseconds(microseconds))
        }
    }
}

@Suite(.virtualTime)
struct `A sleep in seconds` {
    // The two throw, so that `sleep(1)` without `try` does not become libc's, which blocks the hub.
    @Test func `parks, also where libc's sleep is imported`() throws {
        let clock = Hub.current.clock
        #expect(try clock.measure { () throws in try sleep(2) } == .seconds(2))
        #expect(try clock.measure { () throws in try sleep(0.5) } == .milliseconds(500))
    }
}
