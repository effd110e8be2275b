import Gevent
import GeventTesting
import Testing

/// The kinds of semaphore that count.
enum SemaphoreKind: CaseIterable {
    case counting, bounded

    /// One with `value` permits, `taken` of which are taken.
    func make(_ value: Int, taken: Int = 0) throws -> CountingSemaphore {
        let semaphore =
            switch self {
            case .counting: CountingSemaphore(value)
            case .bounded: BoundedSemaphore(value)
            }
        for _ in 0..<taken { try semaphore.acquire() }
        return semaphore
    }
}

@Suite(.virtualTime)
struct `Any semaphore` {
    // Conformance 101: release
    @Test(arguments: SemaphoreKind.allCases)
    func `release never switches and gives the new count`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(2, taken: 2)
        var acquired = false
        let waiter = spawn {
            try semaphore.acquire()
            acquired = true
        }
        try yield()
        #expect(semaphore.release() == 1)
        #expect(!acquired)
        #expect(semaphore.release() == 2)
        try waiter.join()
        #expect(semaphore.counter == 1)
    }

    // Conformance 102: woken while there are permits
    @Test(arguments: SemaphoreKind.allCases)
    func `serves its waiters in order, as many as there are permits`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(3, taken: 3)
        var order: [Int] = []
        let waiters = (0..<5).map { i in
            spawn {
                try semaphore.acquire()
                order.append(i)
            }
        }
        try yield()
        semaphore.release()
        semaphore.release()
        try sleep(for: .seconds(1))
        #expect(order == [0, 1])
        for _ in 0..<3 { semaphore.release() }
        try joinAll(waiters)
        #expect(order == [0, 1, 2, 3, 4])
        #expect(semaphore.counter == 0)
    }

    // Conformance 103: barging
    @Test(arguments: SemaphoreKind.allCases)
    func `one that acquires again before it parks comes before the waiters`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1)
        var order: [String] = []
        let a = spawn {
            for i in 0..<3 {
                try semaphore.withPermit {
                    order.append("A\(i)")
                    try yield()
                }
            }
        }
        let b = spawn { try semaphore.withPermit { order.append("B") } }
        try joinAll([a, b])
        #expect(order == ["A0", "A1", "A2", "B"])
    }

    // Conformance 103: barging
    @Test(arguments: SemaphoreKind.allCases)
    func `those that wait never starve one another`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1)
        var turns = Array(repeating: 0, count: 5)
        let all = (0..<5).map { i in
            spawn {
                for _ in 0..<20 {
                    try semaphore.acquire()
                    try yield()
                    turns[i] += 1
                    #expect(turns.max().map { $0 - (turns.min() ?? 0) } ?? 0 <= 1)
                    semaphore.release()
                    try yield()
                }
            }
        }
        try joinAll(all)
        #expect(turns == Array(repeating: 20, count: 5))
    }

    // Conformance 104: no permit is lost
    @Test(arguments: SemaphoreKind.allCases)
    func `a permit passes over a waiter that was killed`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1, taken: 1)
        let first = spawn { try semaphore.acquire() }
        let second = spawn { try semaphore.acquire() }
        try yield()
        first.killNoWait()
        semaphore.release()
        #expect(try second.join(timeout: .seconds(1)))
        #expect(second.isSuccessful && semaphore.counter == 0)
    }

    // Conformance 104: no permit is lost
    @Test(arguments: SemaphoreKind.allCases)
    func `one killed after it was woken holds its permit`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1, taken: 1)
        var acquired = false
        let first = spawn {
            try semaphore.acquire()
            acquired = true
            defer { semaphore.release() }
            try sleep(for: .seconds(10))
        }
        let second = spawn { try semaphore.acquire() }
        try yield()
        semaphore.release()
        first.killNoWait()
        try second.join()
        #expect(acquired)
        #expect(semaphore.counter == 0)
    }

    // Conformance 105: the forms of acquire
    @Test(arguments: SemaphoreKind.allCases)
    func `acquire tells whether it took a permit`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1)
        #expect(semaphore.acquireNoWait())
        #expect(!semaphore.acquireNoWait())
        #expect(try !semaphore.acquire(timeout: .seconds(1)))
        #expect(try !semaphore.acquire(timeout: .zero))
        #expect(try !semaphore.acquire(timeout: .seconds(-1)))
        spawn(after: .seconds(1)) { semaphore.release() }
        #expect(try semaphore.acquire(timeout: .seconds(2)))
        #expect(semaphore.isLocked)
    }

    // Conformance 108: wait takes nothing
    @Test(arguments: SemaphoreKind.allCases)
    func `wait takes nothing, and one release wakes all that wait`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1, taken: 1)
        let waiters = (0..<3).map { _ in spawn { try semaphore.wait() } }
        try yield()
        semaphore.release()
        try joinAll(waiters)
        #expect(waiters.allSatisfy { $0.value == 1 })
        #expect(semaphore.counter == 1)
        try semaphore.acquire()
        #expect(try semaphore.wait(timeout: .seconds(1)) == 0)
    }

    // Conformance 109: scoped permits, recursive locks
    @Test(arguments: SemaphoreKind.allCases)
    func `withPermit gives the permit back when its body throws`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1)
        #expect(throws: Broken.self) { try semaphore.withPermit { throw Broken() } }
        #expect(semaphore.counter == 1)
        #expect(try semaphore.withPermit { semaphore.isLocked })
    }

    @Test(arguments: SemaphoreKind.allCases)
    func `a waiter that times out leaves the permit to the next`(kind: SemaphoreKind) throws {
        let semaphore = try kind.make(1, taken: 1)
        let late = spawn { try semaphore.acquire(timeout: .seconds(1)) }
        let next = spawn { try semaphore.acquire(timeout: .seconds(10)) }
        // In the same moment as the first one's timeout.
        spawn(after: .seconds(1)) { semaphore.release() }
        try joinAll([late, next])
        #expect([late.value, next.value].compactMap { $0 }.filter { $0 }.count == 1)
        #expect(semaphore.counter == 0)
    }
}

@Suite(.virtualTime)
struct `Semaphores and locks` {
    // Conformance 106: permits below zero, above the start
    @Test func `a counting semaphore may be released beyond its beginning`() throws {
        let semaphore = CountingSemaphore(0)
        #expect(semaphore.release() == 1)
        #expect(semaphore.release() == 2)
        try semaphore.acquire()
        #expect(semaphore.counter == 1)
    }

    // Conformance 106: permits below zero, above the start
    @Test func `a link to one that is free is called once, however it is released`() throws {
        let semaphore = CountingSemaphore(1)
        var called: [String] = []
        semaphore.rawLink { _ in called.append("a") }
        semaphore.release()
        semaphore.rawLink { _ in called.append("b") }
        semaphore.release()
        try sleep(for: .seconds(1))
        #expect(called == ["a", "b"])
    }

    @Test func `what is freed may take a permit as it goes`() throws {
        final class Holder {
            let semaphore: CountingSemaphore
            init(_ semaphore: CountingSemaphore) { self.semaphore = semaphore }
            deinit { _ = try? semaphore.acquire(timeout: nil) }
        }
        let semaphore = CountingSemaphore(1)
        _ = Holder(semaphore)
        #expect(semaphore.isLocked)
    }

    @Test func `a negative number of permits stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = CountingSemaphore(-1) }
    }

    private static func releaseTooOften(_ value: Int) {
        let semaphore = BoundedSemaphore(value)
        semaphore.release()
    }

    // Conformance 107: bounded semaphores
    @Test func `a bounded semaphore released too often stops the program`() async throws {
        let results = [
            try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.releaseTooOften(1)
            },
            try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                Self.releaseTooOften(0)
            },
        ]
        for result in results {
            let text = String(decoding: result.standardErrorContent, as: UTF8.self)
            #expect(text.contains("Semaphore released too many times"))
        }
    }

    @Test func `a dummy semaphore makes nobody wait`() throws {
        let semaphore = DummySemaphore()
        for _ in 0..<100 { try semaphore.acquire() }
        #expect(!semaphore.isLocked)
        #expect(try semaphore.acquire(timeout: .zero))
        semaphore.release()
        #expect(semaphore.acquireNoWait())
    }

    // Conformance 109: scoped permits, recursive locks
    @Test func `a recursive lock belongs to a greenlet and may be taken again`() throws {
        let lock = RecursiveLock()
        var order: [String] = []
        let owner = spawn {
            try lock.acquire()
            #expect(try lock.acquire(timeout: .zero))
            #expect(lock.acquireNoWait())
            order.append("owner")
            try sleep(for: .seconds(1))
            lock.release()
            lock.release()
            try sleep(for: .seconds(1))
            order.append("released")
            lock.release()
        }
        let other = spawn {
            #expect(!lock.acquireNoWait())
            #expect(try !lock.acquire(timeout: .milliseconds(1)))
            try lock.withLock { order.append("other") }
        }
        try joinAll([owner, other])
        #expect(order == ["owner", "released", "other"])
        #expect(!lock.isLocked)
    }

    private static func releaseAnothers() {
        let lock = RecursiveLock()
        let owner = spawn {
            try lock.acquire()
            try sleep(for: .seconds(100))
        }
        _ = try? yield()
        lock.release()
        withExtendedLifetime(owner) {}
    }

    // Conformance 109: scoped permits, recursive locks
    @Test func `releasing another's recursive lock stops the program`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.releaseAnothers()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("cannot release un-acquired lock"))
    }
}
