import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub, .timeLimit(.minutes(1)))
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
                func threads() -> Int {
                    guard let directory = opendir("/proc/self/task") else { return -1 }
                    defer { closedir(directory) }
                    var count = 0
                    while readdir(directory) != nil { count += 1 }
                    return count
                }
                let before = threads()
                for _ in 0..<5 {
                    let pool = ThreadPool(size: 4)
                    let results = (0..<4).map { _ in pool.spawn { usleep(1000) } }
                    for result in results { _ = try result.get() }
                }
                for _ in 0..<500 where threads() != before { try sleep(for: .milliseconds(10)) }
                return threads() == before
            }
        }
    }

    @Test func `a pool of no threads stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = ThreadPool(size: 0) }
    }
}
