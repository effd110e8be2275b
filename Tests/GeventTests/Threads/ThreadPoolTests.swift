import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct ThreadPoolTests {
    struct Failure: Error, Equatable { let number: Int }

    @Test func `a function runs on another thread and its result comes back`() throws {
        let pool = ThreadPool(size: 2)
        let here = UInt(pthread_self())
        #expect(try pool.apply { UInt(pthread_self()) } != here)
        #expect(try pool.apply { 6 * 7 } == 42)
        #expect(pool.size == 2)
    }

    // Conformance 144: ThreadPool
    @Test func `spawn gives an AsyncResult`() throws {
        let pool = ThreadPool(size: 2)
        let result = pool.spawn { "done" }
        #expect(!result.isReady)
        #expect(try result.get() == "done")
    }

    // Conformance 144: ThreadPool
    @Test func `an error is reported and thrown, both`() throws {
        let pool = ThreadPool(size: 1)
        var reports: [any Error] = []
        Hub.current.onUnhandledError = { _, error in reports.append(error) }
        #expect(throws: Failure(number: 1)) { try pool.apply { throw Failure(number: 1) } }
        let result = pool.spawn { throw Failure(number: 2) }
        #expect(throws: Failure(number: 2)) { _ = try result.get() }
        #expect(reports.compactMap { ($0 as? Failure)?.number } == [1, 2])
    }

    @Test func `others run meanwhile and as many at once as there are threads`() throws {
        let pool = ThreadPool(size: 3)
        let gate = Gate()
        let running = Counter()
        let peak = Counter()
        let jobs = (0..<6).map { number in
            spawn {
                try pool.apply {
                    let now = running.add(1)
                    peak.raise(to: now)
                    gate.wait()
                    running.add(-1)
                    return number
                }
            }
        }
        while running.value < 3 { try sleep(for: .milliseconds(1)) }
        #expect(pool.unfinishedCount == 6)
        for _ in 0..<6 { gate.open() }
        #expect(try jobs.map { try $0.get() } == Array(0..<6))
        #expect(peak.value == 3)
    }

    // Conformance 143: resolving names
    @Test func `a Timeout abandons the wait and the thread goes on`() throws {
        let pool = ThreadPool(size: 1)
        let gate = Gate()
        let finished = Counter()
        #expect(throws: Timeout.self) {
            try withTimeout(.milliseconds(5)) {
                try pool.apply {
                    gate.wait()
                    finished.add(1)
                }
            }
        }
        #expect(finished.value == 0)
        #expect(try !pool.join(timeout: .milliseconds(5)))
        gate.open()
        #expect(try pool.join())
        #expect(finished.value == 1)
        #expect(pool.unfinishedCount == 0)
    }

    @Test func `a killed waiter leaves and its result is dropped`() throws {
        let pool = ThreadPool(size: 1)
        let gate = Gate()
        let waiting = spawn { try pool.apply { gate.wait() } }
        try sleep(for: .milliseconds(1))
        try waiting.kill()
        gate.open()
        try pool.join()
        #expect(try pool.apply { 1 } == 1)
    }

    @Test func `many short jobs all come back`() throws {
        let pool = ThreadPool(size: 4)
        let results = (0..<2000).map { number in pool.spawn { number } }
        #expect(try results.map { try $0.get() } == Array(0..<2000))
        #expect(try pool.join(timeout: .zero))
    }

    @Test func `outstanding work keeps the hub from running dry`() throws {
        let pool = ThreadPool(size: 1)
        // With nothing else to wait for, this would be a LoopExit.
        #expect(
            try pool.apply {
                usleep(5000)
                return true
            })
    }

    @Test func `a hub has a pool of its own, which ends with it`() throws {
        let pool = Hub.current.threadPool
        #expect(pool === Hub.current.threadPool)
        #expect(pool.size == 10)
        #expect(try pool.apply { true })
    }

    @Test func `the threads of a pool that is gone end`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                // Of all the process's threads, the runtime's included, those that are named so.
                func workers() -> Int {
                    guard let directory = opendir("/proc/self/task") else { return -1 }
                    defer { closedir(directory) }
                    var count = 0
                    while let entry = readdir(directory) {
                        let number = withUnsafePointer(to: &entry.pointee.d_name) {
                            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                        }
                        guard let file = fopen("/proc/self/task/\(number)/comm", "re") else { continue }
                        defer { fclose(file) }
                        var name = [CChar](repeating: 0, count: 32)
                        if fgets(&name, 32, file) != nil, strcmp(name, "gevent-worker\n") == 0 { count += 1 }
                    }
                    return count
                }
                for _ in 0..<5 {
                    let pool = ThreadPool(size: 4)
                    let results = (0..<4).map { _ in pool.spawn { usleep(1000) } }
                    for result in results { _ = try result.get() }
                    guard workers() > 0 else { return false }
                }
                while workers() > 0 { try sleep(for: .milliseconds(10)) }
                return true
            }
        }
    }

    // Conformance 144: spawn from another thread
    @Test func `on another thread it gives an InvalidThreadUseError`() throws {
        nonisolated(unsafe) let pool = ThreadPool(size: 1)
        let errors = Locked<[String]>([])
        BareThread {
            let result = pool.spawn { 1 }
            let messages = [
                thrown { _ = try result.get() }, thrown { _ = try pool.apply { 1 } },
            ].map { $0 is InvalidThreadUseError ? "right" : "\(String(describing: $0))" }
            errors.set(messages)
        }.join()
        #expect(errors.value == ["right", "right"])
        #expect(pool.unfinishedCount == 0)
        #expect(try pool.apply { 2 } == 2)
    }

    @Test func `map gives the results in order and throws the first error by place`() throws {
        let pool = ThreadPool(size: 3)
        #expect(try pool.map(0..<20) { $0 * $0 } == (0..<20).map { $0 * $0 })
        Hub.current.onUnhandledError = { _, _ in }
        #expect(throws: Failure(number: 3)) {
            try pool.map(0..<10) { if $0 >= 3 { throw Failure(number: $0) } }
        }
    }

    @Test func `lazyMap gives them as their turn comes and goes on after a failure`() throws {
        let pool = ThreadPool(size: 2)
        var reports = 0
        Hub.current.onUnhandledError = { _, _ in reports += 1 }
        let results = pool.lazyMap(0..<4, maxSize: 2) { number in
            if number == 1 { throw Failure(number: number) }
            return number
        }
        #expect(try results.next() == 0)
        #expect(throws: Failure(number: 1)) { try results.next() }
        #expect(try results.next() == 2)
        #expect(try results.next() == 3)
        #expect(try results.next() == nil)
        #expect(reports == 1)
    }

    @Test func `lazyMapUnordered gives each as it comes`() throws {
        let pool = ThreadPool(size: 2)
        let gate = Gate()
        let results = pool.lazyMapUnordered([0, 1]) { number in
            if number == 0 { gate.wait() }
            return number
        }
        #expect(try results.next() == 1)
        gate.open()
        #expect(try results.next() == 0)
        #expect(try results.next() == nil)
    }

    @Test func `applyAsync calls back with the value`() throws {
        let pool = ThreadPool(size: 1)
        let value = AsyncResult<Int>()
        pool.applyAsync {
            5
        } callback: {
            value.set($0)
        }
        #expect(try value.get() == 5)
    }

    @Test func `a kill drops what has not begun and waits for what runs`() throws {
        let pool = ThreadPool(size: 1)
        let gate = Gate()
        let begun = Counter()
        let running = pool.spawn {
            begun.add(1)
            gate.wait()
            return 1
        }
        while begun.value == 0 { try sleep(for: .milliseconds(1)) }
        let waiting = pool.spawn { 2 }
        #expect(try !pool.kill(timeout: .milliseconds(2)))
        #expect(throws: ThreadPoolKilled.self) { try waiting.get() }
        #expect(!running.isReady && pool.threadCount == 1)
        gate.open()
        #expect(try pool.kill())
        #expect(try running.get() == 1)
        #expect(pool.threadCount == 0 && pool.unfinishedCount == 0)
        #expect(throws: ThreadPoolKilled.self) { try pool.apply { 3 } }
        #expect(throws: ThreadPoolKilled.self) { try pool.spawn { 3 }.get() }
    }

    @Test func `its size can be changed while it works`() throws {
        let pool = ThreadPool(size: 1)
        let gate = Gate()
        let running = Counter()
        let jobs = (0..<3).map { _ in
            pool.spawn {
                running.add(1)
                gate.wait()
            }
        }
        while running.value < 1 { try sleep(for: .milliseconds(1)) }
        #expect(pool.threadCount == 1)
        pool.size = 3
        while running.value < 3 { try sleep(for: .milliseconds(1)) }
        pool.size = 1
        for _ in jobs { gate.open() }
        for job in jobs { try job.get() }
        while pool.threadCount > 1 { try sleep(for: .milliseconds(1)) }
        #expect(try pool.apply { 4 } == 4)
    }

    @Test func `a thread with nothing to do ends after a while and another one starts when needed`() throws {
        let pool = ThreadPool(size: 2, idleTimeout: .milliseconds(5))
        for round in 0..<3 {
            #expect(try pool.apply { round } == round)
            while pool.threadCount > 0 { try sleep(for: .milliseconds(1)) }
        }
    }

    // Conformance 143: other greenlets run meanwhile
    @Test func `a name is looked up on the hub's threads`() throws {
        #expect(Hub.current.threadPool.threadCount == 0)
        let lookUp = spawn { try? Socket.connect(host: "localhost", port: 1, timeout: .seconds(600)) }
        var turns = 0
        while !lookUp.isReady {
            turns += 1
            try yield()
        }
        #expect(turns > 1)
        #expect(Hub.current.threadPool.threadCount >= 1)
    }

    @Test func `a pool of no threads stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = ThreadPool(size: 0) }
    }
}
