import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct `Descriptors and timers` {
    /// One byte, without the package: nothing gives way here.
    private func put(_ socket: Socket) { #expect(write(socket.descriptor, "x", 1) == 1) }

    // Conformance 6: order within a turn
    @Test func `what a descriptor brought is seen before timers that are due in the same poll`() throws {
        let (a, b) = try Socket.pair()
        var order: [String] = []
        let timed = spawn {
            try sleep(for: .milliseconds(1))
            order.append("timer")
        }
        let reader = spawn {
            _ = try a.receive(upTo: 1)
            order.append("read")
        }
        try yield()
        burn(.milliseconds(2))
        put(b)
        try joinAll([timed, reader])
        #expect(order == ["read", "timer"])
    }

    // Conformance 6: order within a turn
    @Test func `what is runnable comes before both`() throws {
        let (a, b) = try Socket.pair()
        var order: [String] = []
        let reader = spawn {
            _ = try a.receive(upTo: 1)
            order.append("read")
        }
        try yield()
        put(b)
        let spawned = spawn { order.append("spawned") }
        Hub.current.runCallback { order.append("callback") }
        try joinAll([reader, spawned])
        #expect(order == ["spawned", "callback", "read"])
    }

    // Conformance 7: descriptors ready in one poll
    @Test func `readers wake in the order in which their descriptors became ready`() throws {
        let pairs = try (0..<30).map { _ in try Socket.pair() }
        var order: [Int] = []
        let readers = pairs.enumerated().map { i, pair in
            spawn {
                _ = try pair.0.receive(upTo: 1)
                order.append(i)
            }
        }
        try yield()
        // Once all are watched. None is ready yet.
        try sleep(for: .milliseconds(1))
        let shuffled = (0..<30).map { ($0 * 7) % 30 }
        for i in shuffled { put(pairs[i].1) }
        try joinAll(readers)
        #expect(order == shuffled)
    }

    // Conformance 13: idle
    @Test func `idle returns after what descriptors had ready was seen to`() throws {
        let (a, b) = try Socket.pair()
        var isRead = false
        let reader = spawn {
            _ = try a.receive(upTo: 1)
            isRead = true
        }
        try yield()
        put(b)
        try idle()
        #expect(isRead)
        try reader.join()
    }

    // Conformance 22: descriptors are level-triggered
    @Test func `a descriptor stays readable until it was read`() throws {
        let (a, b) = try Socket.pair()
        put(b)
        put(b)
        var byte: UInt8 = 0
        for _ in 0..<2 {
            for _ in 0..<3 { try waitReadable(a.descriptor, timeout: .seconds(20)) }
            #expect(read(a.descriptor, &byte, 1) == 1)
        }
        #expect(throws: SocketTimeout.self) { try waitReadable(a.descriptor, timeout: .milliseconds(1)) }
    }

    // Conformance 24: destroying a hub
    @Test func `a thread of a pool that used a hub destroys it`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                try !leaksDescriptors {
                    let pool = ThreadPool(size: 1)
                    let slept = try pool.apply {
                        try sleepBriefly()
                        return true
                    }
                    guard slept else { throw Broken() }
                    // Its threads end with it.
                    try pool.apply {}
                    for _ in 0..<20 { try sleep(for: .milliseconds(1)) }
                }
            }
        }
    }

    // Conformance 25: fork
    @Test func `greenlets go on in a forked child as in its parent`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                typealias Fork = @convention(c) () -> pid_t
                // Swift hides fork; a child of one thread that ends with _exit is safe enough for this.
                guard let symbol = dlsym(nil, "fork") else { return false }
                let fork = unsafeBitCast(symbol, to: Fork.self)
                let gate = Event()
                let sleeper = spawn {
                    try sleep(for: .milliseconds(5))
                    gate.set()
                    return getpid()
                }
                let waiter = spawn { try gate.wait() }
                try yield()
                let child = fork()
                let isRight = try sleeper.get() == getpid() && waiter.get() && spawn { 1 }.get() == 1
                if child == 0 { _exit(isRight ? 0 : 1) }
                var status: Int32 = -1
                waitpid(child, &status, 0)
                return isRight && status == 0
            }
        }
    }

    // Conformance 111: events across threads
    @Test func `another thread that could post does not keep a hub from running dry`() async throws {
        let thread = HubThread()
        let handle = Hub.current.handle
        try await thread.run { _ = handle }
        dries()
        await thread.stop()
    }

    private func dries() {
        #expect(throws: LoopExit.self) { try Event().wait() }
        #expect(throws: LoopExit.self) { try AsyncResult<Int>().get() }
    }
}

/// Synchronous, so that it may be called where there is no greenlet yet.
private func sleepBriefly() throws { try sleep(for: .microseconds(100)) }
