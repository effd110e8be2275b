import Gevent
import GeventTesting
import Testing

/// A lock as the contract sees it: free, with one permit. A new type joins by one line of `all`.
struct LockKind: CustomTestStringConvertible, Sendable {
    /// What a lock can do, whatever its type.
    struct Face {
        let acquire: () throws -> Void
        let acquireIn: (Duration) throws -> Bool
        let acquireNoWait: () -> Bool
        let release: () -> Void
        let isLocked: () -> Bool
    }

    let testDescription: String
    let make: @Sendable () -> Face

    private init(_ name: String, _ make: @escaping @Sendable () -> Face) {
        testDescription = name
        self.make = make
    }

    private static func face(_ semaphore: CountingSemaphore) -> Face {
        Face(
            acquire: { try semaphore.acquire() }, acquireIn: { try semaphore.acquire(timeout: $0) },
            acquireNoWait: { semaphore.acquireNoWait() }, release: { semaphore.release() },
            isLocked: { semaphore.isLocked })
    }

    private static func face(_ lock: RecursiveLock) -> Face {
        Face(
            acquire: { try lock.acquire() }, acquireIn: { try lock.acquire(timeout: $0) },
            acquireNoWait: { lock.acquireNoWait() }, release: { lock.release() }, isLocked: { lock.isLocked })
    }

    /// Those that make others wait.
    static let exclusive = [
        LockKind("CountingSemaphore") { face(CountingSemaphore(1)) },
        LockKind("BoundedSemaphore") { face(BoundedSemaphore(1)) },
        LockKind("RecursiveLock") { face(RecursiveLock()) },
    ]
    static let all = exclusive + [LockKind("DummySemaphore") { face(DummySemaphore()) }]
}

@Suite(.virtualTime)
struct `Any lock` {
    /// A greenlet that holds the lock until `after` has passed.
    private func hold(_ lock: LockKind.Face, for duration: Duration) throws -> Greenlet<Void> {
        let holder = spawn {
            try lock.acquire()
            defer { lock.release() }
            try sleep(for: duration)
        }
        try yield()
        return holder
    }

    // Conformance 1: nothing switches that need not wait
    // Conformance 101: release
    @Test(arguments: LockKind.all)
    func `does not switch where it is free, nor when it is released`(kind: LockKind) throws {
        let lock = kind.make()
        var others = 0
        spawn { others += 1 }
        try lock.acquire()
        lock.release()
        #expect(try lock.acquireIn(.seconds(1)))
        lock.release()
        #expect(lock.acquireNoWait())
        lock.release()
        #expect(others == 0 && !lock.isLocked())
    }

    // Conformance 102: woken while there are permits
    @Test(arguments: LockKind.exclusive)
    func `serves its waiters in their order, one at a time`(kind: LockKind) throws {
        let lock = kind.make()
        var order: [Int] = []
        var inside = 0
        let all = (0..<10).map { i in
            spawn {
                try lock.acquire()
                inside += 1
                #expect(inside == 1)
                order.append(i)
                try sleep(for: .seconds(1))
                inside -= 1
                lock.release()
            }
        }
        try joinAll(all)
        #expect(order == Array(0..<10))
        #expect(!lock.isLocked())
    }

    // Conformance 105: the forms of acquire
    @Test(arguments: LockKind.exclusive)
    func `without waiting tells that it is taken, and does not switch`(kind: LockKind) throws {
        let lock = kind.make()
        let holder = try hold(lock, for: .seconds(5))
        var others = 0
        spawn { others += 1 }
        #expect(!lock.acquireNoWait())
        #expect(others == 0 && lock.isLocked())
        try holder.join()
    }

    // Conformance 105: the forms of acquire
    // Conformance 35: a timeout of zero
    @Test(arguments: LockKind.exclusive, [Duration.zero, .seconds(-1)])
    func `with no time to wait lets the others run once`(kind: LockKind, timeout: Duration) throws {
        let lock = kind.make()
        let holder = spawn {
            try lock.acquire()
            try yield()
            lock.release()
        }
        try yield()
        #expect(try lock.acquireIn(timeout))
        lock.release()
        try holder.join()
        let other = try hold(lock, for: .seconds(5))
        #expect(try !lock.acquireIn(timeout))
        try other.join()
    }

    // Conformance 104: no permit is lost
    // Conformance 105: the forms of acquire
    @Test(arguments: LockKind.exclusive)
    func `keeps no trace of who timed out, was interrupted or killed`(kind: LockKind) throws {
        let lock = kind.make()
        let holder = try hold(lock, for: .seconds(5))
        let late = spawn { try lock.acquireIn(.seconds(1)) }
        let outer = Timeout(after: .seconds(2))
        let interrupted = spawn {
            outer.start()
            return thrown { try lock.acquire() }
        }
        let killed = spawn { try lock.acquire() }
        let stays = spawn {
            try lock.acquire()
            lock.release()
            return Hub.current.clock.now
        }
        let start = Hub.current.clock.now
        try sleep(for: .seconds(3))
        try killed.kill()
        #expect(late.value == false && same(interrupted.value ?? nil, outer))
        try holder.join()
        #expect(try stays.get() - start == .seconds(5))
        #expect(lock.acquireNoWait())
        lock.release()
    }

    // Conformance 104: no permit is lost
    @Test(arguments: LockKind.exclusive, [true, false])
    func `reaches the next one when a waiter is killed as it is released`(kind: LockKind, killFirst: Bool) throws {
        let lock = kind.make()
        var order: [String] = []
        func waiter(_ name: String) -> Greenlet<Void> {
            spawn {
                try lock.acquire()
                defer { lock.release() }
                order.append(name)
                try sleep(for: .seconds(1))
            }
        }
        try lock.acquire()
        let (first, second) = (waiter("first"), waiter("second"))
        try yield()
        if killFirst { first.killNoWait() }
        lock.release()
        if !killFirst { first.killNoWait() }
        try joinAll([first, second])
        // Woken before the kill it has the lock, and gives it back.
        #expect(order == (killFirst ? ["second"] : ["first", "second"]))
        #expect(!lock.isLocked())
    }

    // Conformance 103: barging
    @Test(arguments: LockKind.exclusive)
    func `is taken again by who released it and has not parked yet`(kind: LockKind) throws {
        let lock = kind.make()
        var order: [String] = []
        let a = spawn {
            for i in 0..<3 {
                try lock.acquire()
                order.append("A\(i)")
                try yield()
                lock.release()
            }
        }
        let b = spawn {
            try lock.acquire()
            order.append("B")
            lock.release()
        }
        try joinAll([a, b])
        #expect(order == ["A0", "A1", "A2", "B"])
    }

    // Conformance 18: nothing parks in a callback
    @Test(arguments: LockKind.exclusive)
    func `is not waited for in a hub callback, but may be tried`(kind: LockKind) throws {
        let lock = kind.make()
        let holder = try hold(lock, for: .seconds(1))
        var errors: [(any Error)?] = []
        var taken: [Bool] = []
        func attempt() {
            taken.append(lock.acquireNoWait())
            if taken.last == true { lock.release() }
        }
        Hub.current.runCallback {
            attempt()
            errors.append(thrown { try lock.acquire() })
            errors.append(thrown { _ = try lock.acquireIn(.seconds(1)) })
        }
        try holder.join()
        Hub.current.runCallback(attempt)
        try yield()
        #expect(errors.count == 2 && errors.allSatisfy { $0 is BlockingSwitchOutError })
        #expect(taken == [false, true])
        #expect(lock.acquireNoWait(), "the refused ones have left nothing behind")
        lock.release()
    }

    // Conformance 102: woken while there are permits
    @Test(arguments: LockKind.exclusive)
    func `wakes a waiter once`(kind: LockKind) throws {
        let lock = kind.make()
        try lock.acquire()
        let waiter = spawn {
            try lock.acquire()
            lock.release()
            let start = Hub.current.clock.now
            try sleep(for: .seconds(5))
            return Hub.current.clock.now - start
        }
        try yield()
        lock.release()
        try lock.acquire()
        lock.release()
        #expect(try waiter.get() == .seconds(5))
    }
}
