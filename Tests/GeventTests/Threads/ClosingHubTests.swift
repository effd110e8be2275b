import Gevent
import GeventTesting
import Testing

/// What is handed to a greenlet whose hub is in the middle of its end, by a thread that does not know it.
@Suite(.hub)
struct `A hub that closes` {
    /// Runs `body` while the hub of a thread takes no posts any more and none of its greenlets has seen that yet.
    private func whileClosing(_ waiter: @escaping @Sendable () throws -> Void, _ body: () throws -> Void) throws {
        let thread = HubThread()
        let (parked, closing, mayEnd) = (Gate(), Gate(), Gate())
        thread.post {
            let holdUp = {
                do { try Event().wait() } catch {
                    closing.open()
                    mayEnd.wait()
                }
            }
            // On both sides of the waiter: the one that is killed first comes before it.
            spawn(holdUp)
            spawn(waiter)
            spawn(holdUp)
            spawn { parked.open() }
        }
        parked.wait()
        let stopping = spawn { try awaitTask { await thread.stop() } }
        try yield()
        closing.wait()
        try body()
        for _ in 0..<2 { mayEnd.open() }
        try stopping.join()
    }

    @Test func `leaves a permit that is released to its waiter where it was, once`() throws {
        let semaphore = SharedSemaphore(0)
        try whileClosing({ try semaphore.acquire() }) { semaphore.release() }
        #expect(semaphore.counter == 1)
    }

    @Test func `gives a lock no second owner`() throws {
        let lock = SharedLock()
        try lock.acquire()
        try whileClosing({ try lock.acquire() }) {
            lock.release()
            #expect(lock.acquireNoWait())
        }
        #expect(try !spawn { lock.acquireNoWait() }.get())
    }

    @Test func `passes a permit on to a waiter elsewhere`() throws {
        let semaphore = SharedSemaphore(0)
        try whileClosing({ try semaphore.acquire() }) {
            let other = spawn { try semaphore.acquire(timeout: .seconds(60)) }
            try yield()
            semaphore.release()
            #expect(try other.get())
        }
        #expect(semaphore.counter == 0)
    }

    /// What becomes runnable in the hub's last round never runs.
    @Test func `gives nothing to a greenlet that ignores every kill`() throws {
        let semaphore = SharedSemaphore(0)
        let (released, taken) = (Counter(), Counter())
        let thread = HubThread()
        let parked = Gate()
        thread.post {
            let wait: () -> Void = { while true { if (try? semaphore.acquire()) != nil { taken.add(1) } } }
            spawn(wait)
            spawn {
                while true {
                    try? sleep(for: .seconds(1_000))
                    released.add(1)
                    semaphore.release()
                }
            }
            spawn(wait)
            spawn { parked.open() }
        }
        parked.wait()
        try awaitTask { await thread.stop() }
        #expect(released.value > 1)
        #expect(taken.value + semaphore.counter == released.value)
    }

    @Test func `ends a run whose closure ignores every kill`() throws {
        let thread = HubThread()
        let started = Gate()
        let run = spawn {
            try awaitTask {
                try await thread.run {
                    started.open()
                    while true { try? sleep(for: .seconds(1)) }
                }
            }
        }
        try yield()
        started.wait()
        try awaitTask { await thread.stop() }
        #expect(throws: HubDestroyed.self) { try withTimeout(.seconds(60)) { try run.get() } }
    }
}
