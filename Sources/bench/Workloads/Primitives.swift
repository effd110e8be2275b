import Gevent

extension Workload {
    /// 100 greenlets share ten permits and yield while they have one.
    static let semaphore = Workload(
        name: "semaphore", summary: "100 greenlets, CountingSemaphore(10), a yield inside, a pair"
    ) {
        let semaphore = CountingSemaphore(10)
        let rounds = Scale.of(10_000)
        return Round {
            let greenlets = (0..<100).map { _ in
                spawn {
                    for _ in 0..<rounds {
                        try semaphore.acquire()
                        try yield()
                        semaphore.release()
                    }
                }
            }
            try joinAll(greenlets)
            return 100 * rounds
        }
    }

    /// Nobody waits.
    static let semaphoreFree = Workload(
        name: "semaphore-free", summary: "uncontended acquire and release, a pair"
    ) {
        let semaphore = CountingSemaphore(10)
        let count = Scale.of(5_000_000)
        return Round {
            for _ in 0..<count {
                try semaphore.acquire()
                semaphore.release()
            }
            return count
        }
    }

    /// One producer, one consumer.
    static let queue = Workload(name: "queue", summary: "bounded queue of 100, one producer, one consumer, an item") {
        let count = Scale.of(1_000_000)
        return Round {
            let queue = Queue<Int>(maxSize: 100)
            let producer = spawn { for number in 0..<count { try queue.put(number) } }
            let consumer = spawn {
                var sum = 0
                for _ in 0..<count { sum &+= try queue.get() }
                return sum
            }
            try producer.join()
            guard try consumer.get() == count * (count - 1) / 2 else { throw SocketError("items were lost") }
            return count
        }
    }

    /// Two greenlets hand a number to and fro.
    static let channel = Workload(name: "channel", summary: "rendezvous ping-pong, a message") {
        let count = Scale.of(200_000)
        return Round {
            let there = Gevent.Channel<Int>()
            let back = Gevent.Channel<Int>()
            let player = spawn { for _ in 0..<count { try back.put(there.get()) } }
            for number in 0..<count {
                try there.put(number)
                _ = try back.get()
            }
            try player.join()
            return 2 * count
        }
    }

    /// Many sleepers; the figure is for all of them.
    static let timers = Workload(
        name: "timers", summary: "100,000 sleepers of 0 to 1 s, all of them", unit: .seconds
    ) {
        let count = Scale.of(100_000)
        return Round {
            // Spread evenly, in an order that is not the timers'.
            let greenlets = (0..<count).map { number in
                spawn { try sleep(for: .microseconds(number * 7_919 % 100_000 * 10)) }
            }
            try joinAll(greenlets)
            return 1
        }
    }

    /// A timeout that never fires, alone and among many.
    static let timeout = Workload(
        name: "timeout", summary: "withTimeout(10 s) around nothing, alone and among 100,000 timers",
        unit: Unit.nanoseconds.rawValue
    ) { repetitions in
        let count = Scale.of(2_000_000)
        let round = Round {
            for _ in 0..<count { try withTimeout(.seconds(10)) {} }
            return count
        }
        let alone = try time("timeout", .nanoseconds, repetitions) { round }
        let others = (0..<100_000).map { Timeout.started(after: .seconds(1_000 + $0 % 1_000)) }
        let among = try time("timeout-among-100000", .nanoseconds, repetitions) { round }
        for other in others { other.cancel() }
        return [alone, among]
    }

    /// How late a short sleep is on an otherwise idle hub.
    static let sleepPrecision = Workload(
        name: "sleep-precision", summary: "sleep 100 us: late by", unit: Unit.microseconds.rawValue
    ) { repetitions in
        let clock = Hub.current.clock
        let samples = try (0..<max(200, repetitions)).map { _ in
            let slept = try clock.measure { try sleep(for: .microseconds(100)) }
            return (slept - .microseconds(100)) / .microseconds(1)
        }
        return [Figure(name: "sleep-precision", unit: Unit.microseconds.rawValue, samples: samples)]
    }

    /// A closure on another thread's hub, one after the other.
    static let bridge = Workload(
        name: "bridge", summary: "await thread.run { } from another thread, a call, wall time",
        unit: Unit.microseconds.rawValue, isOnOneProcessor: true
    ) { repetitions in
        let thread = HubThread(name: "bridge")
        defer { try? awaitTask { await thread.stop() } }
        // So that all of the threads are there.
        try awaitTask { try await thread.run {} }
        try Processors.pinAll(to: 0)
        defer { try? Processors.unpin() }
        let count = 5_000
        let samples = try (0..<repetitions).map { _ in
            let start = Stopwatch()
            try awaitTask { for _ in 0..<count { try await thread.run {} } }
            return start.elapsed.wall / Double(count) / 1e3
        }
        return [Figure(name: "bridge", unit: Unit.microseconds.rawValue, samples: samples)]
    }
}
