import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A Pool` {
    // Conformance 123: members leave
    @Test func `has a place again when a member's join is over`() throws {
        let pool = Pool(size: 1)
        let first = try pool.spawn { 1 }
        #expect(pool.isFull && pool.freeCount == 0)
        try first.join()
        #expect(!pool.isFull && pool.freeCount == 1)
        #expect(try pool.spawnNoWait { 2 }.get() == 2)
    }

    // Conformance 125: killing a group
    @Test func `that is killed has all its places again`() throws {
        let pool = Pool(size: 3)
        for _ in 0..<2 { try pool.spawn { try sleep(for: .seconds(100)) } }
        try yield()
        try pool.spawn { try sleep(for: .seconds(100)) }
        let outside = spawn { try pool.spawn { 7 }.get() }
        try yield()
        #expect(pool.freeCount == 0)
        try pool.kill()
        #expect(try outside.get() == 7)
        #expect(pool.freeCount == 3 && pool.isEmpty)
    }

    // Conformance 126: a full pool
    @Test func `admits first come, first served, and starts nothing before`() throws {
        let pool = Pool(size: 1)
        try pool.spawn { try sleep(for: .seconds(1)) }
        var order: [Int] = []
        let unstarted = Greenlet { order.append(2) }
        let callers = [
            spawn { _ = try pool.spawn { order.append(0) } },
            spawn { _ = try pool.spawn { order.append(1) } },
            spawn { try pool.start(unstarted) },
            spawn { try pool.add(Greenlet { order.append(3) }.start(after: .seconds(50))) },
        ]
        try yield()
        #expect(pool.count == 1 && order.isEmpty && !unstarted.isStarted)
        try joinAll(callers)
        #expect(order == [0, 1, 2])
        try pool.join()
        #expect(order == [0, 1, 2, 3] && pool.freeCount == 1)
    }

    // Conformance 126: a full pool
    @Test func `keeps no trace of a caller that was killed or timed out while it waited`() throws {
        let pool = Pool(size: 1)
        let member = try pool.spawn { try sleep(for: .seconds(5)) }
        var ran = false
        let killed = spawn { _ = try pool.spawn { ran = true } }
        let late = spawn { thrown { try pool.spawn(timeout: .seconds(1)) { ran = true } } }
        let interrupted = spawn { try withTimeout(.seconds(1), default: nil) { try pool.spawn { ran = true } } }
        try sleep(for: .seconds(2))
        try killed.kill()
        #expect(late.value.flatMap { $0 } is PoolFull && interrupted.isReady)
        try member.join()
        try sleep(for: .seconds(1))
        #expect(!ran && pool.freeCount == 1 && pool.isEmpty)
    }

    // Conformance 127: PoolFull, sizes of pools
    @Test func `that is full says so, at once or when the time is over`() throws {
        let pool = Pool(size: 1)
        try pool.spawn { try sleep(for: .seconds(100)) }
        let other = Greenlet { 1 }
        #expect(throws: PoolFull.self) { try pool.spawnNoWait { 1 } }
        #expect(throws: PoolFull.self) { try pool.addNoWait(other) }
        #expect(throws: QueueFull.self) { try pool.start(other, timeout: .seconds(1)) }
        #expect(throws: PoolFull.self) { try pool.add(other, timeout: .zero) }
        #expect(!other.isStarted && pool.count == 1)
        try pool.kill()
    }

    // Conformance 127: PoolFull, sizes of pools
    @Test func `of no size makes everybody wait for ever, and one without a size nobody`() throws {
        let none = Pool(size: 0)
        #expect(none.isFull)
        #expect(throws: PoolFull.self) { try none.spawnNoWait { 1 } }
        #expect(throws: LoopExit.self) { try none.spawn { 1 } }
        let any = Pool(size: nil)
        let all = try (0..<100).map { i in try any.spawnNoWait { i } }
        #expect(any.freeCount == .max && !any.isFull && any.count == 100)
        try joinAll(all)
        #expect(any.freeCount == .max)
    }

    private static func makeNegative() { _ = Pool(size: -1) }

    // Conformance 127: PoolFull, sizes of pools
    @Test func `of a negative size stops the program`() async throws {
        let exit = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.makeNegative()
        }
        let text = String(decoding: exit.standardErrorContent, as: UTF8.self)
        #expect(text.contains("a pool's size must not be negative"))
    }

    // Conformance 128: places of a pool
    @Test func `tells how many places there are and takes none`() throws {
        let pool = Pool(size: 2)
        #expect(try pool.waitAvailable() == 2)
        for i in 1...2 { try pool.spawn { try sleep(for: .seconds(i)) } }
        let waiters = (0..<3).map { _ in spawn { try pool.waitAvailable() } }
        #expect(try pool.waitAvailable(timeout: .milliseconds(500)) == 0)
        try joinAll(waiters)
        #expect(waiters.allSatisfy { $0.value == 1 })
        #expect(pool.freeCount == 1)
        try pool.join()
    }

    // Conformance 128: places of a pool
    @Test func `gains no place by a discard of what it never had`() throws {
        let pool = Pool(size: 1)
        pool.discard(Greenlet { 1 })
        #expect(pool.freeCount == 1)
        let member = try pool.spawn { try sleep(for: .seconds(1)) }
        pool.discard(member)
        pool.discard(member)
        #expect(pool.freeCount == 1 && !pool.contains(member))
        try member.join()
        #expect(pool.freeCount == 1)
        // One that has ended leaves again at once, and one twice added takes one place.
        try pool.add(member)
        try pool.add(member)
        try yield()
        #expect(pool.freeCount == 1)
    }

    // Conformance 129: apply, map, lazyMap
    @Test func `a member's apply runs in place, so that a full pool does not wait for itself`() throws {
        let pool = Pool(size: 1)
        let nested = try pool.spawn {
            let me = AnyGreenlet.current
            return try pool.apply { AnyGreenlet.current === me }
        }
        #expect(try nested.get())
    }

    // Conformance 129: apply, map, lazyMap
    @Test func `an asynchronous apply never waits, though the pool is full`() throws {
        let pool = Pool(size: 1)
        try pool.spawn { try sleep(for: .seconds(1)) }
        var called = false
        var results: [Greenlet<Int>] = []
        let took = try Hub.current.clock.measure {
            for i in 0..<3 {
                let result = pool.applyAsync {
                    i
                } callback: { _ in
                    called = true
                }
                results.append(result)
            }
        }
        #expect(took == .zero && pool.count == 1 && !called)
        #expect(try results.map { try $0.get() } == [0, 1, 2])
        #expect(called)
        try pool.join()
        #expect(pool.freeCount == 1)
    }

    // Conformance 129: apply, map, lazyMap
    @Test func `a map has no more members at once than there are places`() throws {
        let pool = Pool(size: 3)
        var (running, most) = (0, 0)
        let values = try pool.map(0..<10) { i in
            running += 1
            most = Swift.max(most, running)
            try sleep(for: .seconds(1))
            running -= 1
            return i
        }
        #expect(values == Array(0..<10) && most == 3)
        #expect(pool.freeCount == 3)
    }
}
