import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SharedSemaphoreTests {
    // Conformance 110: acquired from a second thread without blocking its hub, and woken by release
    @Test func `a greenlet of another thread's hub waits, others there run, and a release here wakes it`() throws {
        let semaphore = SharedSemaphore(0)
        let thread = HubThread()
        let turns = Counter()
        let acquired = Counter()
        thread.post {
            spawn {
                try semaphore.acquire()
                acquired.add(1)
            }
            spawn {
                while acquired.value == 0 {
                    turns.add(1)
                    try sleep(for: .milliseconds(1))
                }
            }
        }
        while turns.value < 3 { try sleep(for: .milliseconds(1)) }
        #expect(acquired.value == 0)
        semaphore.release()
        while acquired.value == 0 { try sleep(for: .milliseconds(1)) }
        #expect(semaphore.counter == 0 && semaphore.isLocked)
        withExtendedLifetime(thread) {}
    }

    // Conformance 110: release from a thread without a hub wakes a greenlet that waits in a hub (gevent's issue 2013)
    @Test func `a release on a thread without a hub wakes a greenlet at once`() throws {
        let semaphore = SharedSemaphore(0)
        let thread = BareThread {
            usleep(5000)
            semaphore.release()
        }
        // Nothing else could wake this hub: that alone must not be a LoopExit.
        let start = ContinuousClock().now
        #expect(try semaphore.acquire(timeout: .seconds(30)))
        #expect(ContinuousClock().now - start < .seconds(20))
        thread.join()
    }

    // Conformance 110: without any hub
    @Test func `threads without a hub block and wake each other`() {
        let there = SharedSemaphore(0)
        let back = SharedSemaphore(0)
        let sum = Counter()
        let thread = BareThread {
            for _ in 0..<100 {
                try? there.acquire()
                sum.add(1)
                back.release()
            }
        }
        let other = BareThread {
            for _ in 0..<100 {
                there.release()
                try? back.acquire()
            }
            // A deadline passes and takes nothing.
            if (try? back.acquire(timeout: .milliseconds(2))) == false { sum.add(1000) }
            if (try? back.acquire(timeout: .zero)) == false { sum.add(1000) }
        }
        thread.join()
        other.join()
        #expect(sum.value == 2100)
        #expect(there.counter == 0 && back.counter == 0)
    }

    @Test func `a thread without a hub is woken by a greenlet and makes no hub`() throws {
        let semaphore = SharedSemaphore(0)
        let done = SharedSemaphore(0)
        let thread = BareThread {
            try? semaphore.acquire()
            done.release()
        }
        try sleep(for: .milliseconds(2))
        semaphore.release()
        try done.acquire()
        thread.join()
    }

    @Test func `waiters of one hub are served in their order and barging does not help`() throws {
        let semaphore = SharedSemaphore(0)
        var order: [Int] = []
        let waiters = (0..<5).map { number in
            spawn {
                try semaphore.acquire()
                order.append(number)
            }
        }
        try yield()
        for _ in 0..<5 {
            semaphore.release()
            #expect(!semaphore.acquireNoWait())
        }
        try joinAll(waiters)
        #expect(order == [0, 1, 2, 3, 4])
    }

    @Test func `neither a timeout nor a kill loses a permit`() throws {
        let semaphore = SharedSemaphore(0)
        #expect(try !semaphore.acquire(timeout: .milliseconds(1)))
        #expect(try !semaphore.acquire(timeout: .zero))
        let killed = spawn { try semaphore.acquire() }
        let other = spawn { try semaphore.acquire() }
        try yield()
        // Granted, then killed before it runs: the next one has it.
        killed.killNoWait()
        semaphore.release()
        #expect(try other.join(timeout: .seconds(10)))
        #expect(semaphore.counter == 0)
        let last = spawn { try semaphore.acquire() }
        try yield()
        try last.kill()
        semaphore.release()
        #expect(semaphore.counter == 1)
        #expect(try semaphore.withPermit { semaphore.counter } == 0)
        #expect(semaphore.acquireNoWait() && !semaphore.acquireNoWait())
    }

    @Test func `a permit that was handed to a hub which is gone goes to the next`() async throws {
        let semaphore = SharedSemaphore(0)
        let waiting = Counter()
        let thread = HubThread()
        thread.post {
            spawn {
                waiting.add(1)
                try semaphore.acquire()
            }
        }
        while waiting.value == 0 { usleep(1000) }
        await thread.stop()
        semaphore.release()
        #expect(semaphore.counter == 1)
    }

    @Test func `in a hub callback it does not park`() throws {
        let semaphore = SharedSemaphore(0)
        var error: (any Error)?
        Hub.current.runCallback { error = thrown { try semaphore.acquire() } }
        try yield()
        #expect(error is BlockingSwitchOutError)
    }

    @Test func `a negative number stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = SharedSemaphore(-1) }
    }

    // Conformance 110: hubs and threads without one at one semaphore
    @Test func `hubs and bare threads under load lose and invent no permit`() throws {
        let semaphore = SharedSemaphore(2)
        let inside = Counter()
        let peak = Counter()
        let finished = SharedSemaphore(0)
        let rounds = isSanitized ? 20 : 60
        let enter = { @Sendable in
            peak.raise(to: inside.add(1))
            inside.add(-1)
        }
        let hubs = (0..<3).map { _ in HubThread() }
        for (number, hub) in hubs.enumerated() {
            hub.post {
                for greenlet in 0..<8 {
                    let worker = spawn {
                        for round in 0..<rounds {
                            if (round + greenlet + number) % 3 == 0 {
                                guard try semaphore.acquire(timeout: .microseconds(50)) else { continue }
                            } else {
                                try semaphore.acquire()
                            }
                            enter()
                            if round % 5 == 0 {
                                do {
                                    try yield()
                                } catch {
                                    semaphore.release()
                                    throw error
                                }
                            }
                            semaphore.release()
                        }
                    }
                    worker.rawLink { _ in finished.release() }
                    // Some of them are killed wherever they are.
                    if greenlet % 4 == 3 {
                        spawn(after: .milliseconds(greenlet)) { worker.killNoWait() }
                    }
                }
            }
        }
        let threads = (0..<2).map { _ in
            BareThread {
                for round in 0..<rounds {
                    if round % 3 == 0 {
                        guard (try? semaphore.acquire(timeout: .microseconds(50))) == true else { continue }
                    } else {
                        try? semaphore.acquire()
                    }
                    enter()
                    semaphore.release()
                }
                finished.release()
            }
        }
        for _ in 0..<(3 * 8 + 2) { try finished.acquire() }
        for thread in threads { thread.join() }
        #expect(semaphore.counter == 2)
        #expect(peak.value <= 2 && inside.value == 0)
        withExtendedLifetime(hubs) {}
    }
}

@Suite(.hub)
struct SharedLockTests {
    @Test func `whoever holds it may take it again and others wait until it is all given back`() throws {
        let lock = SharedLock()
        try lock.acquire()
        try lock.withLock {
            let isTaken = try spawn { lock.acquireNoWait() }.get()
            #expect(!isTaken)
        }
        #expect(lock.acquireNoWait())
        lock.release()
        #expect(lock.isLocked)
        let other = spawn {
            try lock.acquire()
            defer { lock.release() }
            return true
        }
        #expect(try !other.join(timeout: .milliseconds(1)))
        lock.release()
        #expect(try other.get())
        #expect(!lock.isLocked)
    }

    @Test func `a thread's own stack holds it before and after it has a hub`() {
        let lock = SharedLock()
        let held = Counter()
        BareThread {
            try? lock.acquire()
            _ = Hub.current
            if (try? lock.acquire(timeout: .milliseconds(1))) == true { held.add(1) }
            lock.release()
            lock.release()
        }.join()
        #expect(held.value == 1 && !lock.isLocked)
    }

    // Conformance 110: RLock too
    @Test func `two hubs and a thread without one exclude each other`() throws {
        let lock = SharedLock()
        let total = Locked(0)
        let finished = SharedSemaphore(0)
        let add = { @Sendable in
            try lock.withLock {
                try lock.withLock {
                    let value = total.value
                    usleep(10)
                    total.set(value + 1)
                }
            }
        }
        let hubs = [HubThread(), HubThread()]
        for hub in hubs {
            hub.post {
                for _ in 0..<5 {
                    spawn {
                        for _ in 0..<20 {
                            try add()
                            try yield()
                        }
                        finished.release()
                    }
                }
            }
        }
        let thread = BareThread {
            for _ in 0..<50 { try? add() }
            finished.release()
        }
        for _ in 0..<11 { try finished.acquire() }
        thread.join()
        #expect(total.value == 250)
        withExtendedLifetime(hubs) {}
    }

    @Test func `another's lock cannot be given back`() async {
        await #expect(processExitsWith: .failure) {
            exitWith {
                let lock = SharedLock()
                try lock.acquire()
                try spawn { lock.release() }.join()
                return true
            }
        }
    }
}

@Suite(.hub)
struct CrossThreadTests {
    // Conformance 111: set from another thread wakes waiters
    @Test func `an event or a result is set from another thread by a post`() throws {
        let event = Event()
        let result = AsyncResult<Int>()
        let (bound, boundResult) = (HubBound(event), HubBound(result))
        let waiter = spawn { try event.wait() }
        let getter = spawn { try result.get() }
        // The hub has something else to wait for: what other threads may do does not count.
        let timeout = Timeout.started(after: .seconds(30))
        let thread = BareThread {
            usleep(2000)
            bound.post { $0.set() }
            boundResult.post { $0.set(7) }
        }
        #expect(try waiter.get())
        #expect(try getter.get() == 7)
        timeout.close()
        thread.join()
    }

    // Conformance 111: a waiter whose only waker is another thread does not keep the loop alive
    @Test func `an event that only another thread could set is a LoopExit at once`() throws {
        let event = Event()
        let bound = HubBound(event)
        #expect(throws: LoopExit.self) { try event.wait() }
        withExtendedLifetime(bound) {}
    }

    // Conformance 111: one object from two threads' hubs
    @Test func `an event used on the hub of another thread stops the program`() async {
        await #expect(processExitsWith: .failure) {
            nonisolated(unsafe) let event = Event()
            BareThread { _ = try? event.wait(timeout: .milliseconds(1)) }.join()
        }
    }
}
