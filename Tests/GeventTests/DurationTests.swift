import Gevent
import GeventTesting
import Glibc
import Testing

/// What a caller may give as a time by mistake, or for "for ever".
let hostileDurations: [Duration] = [
    .zero, Duration(attoseconds: 1), Duration(attoseconds: -1), .seconds(-1), .seconds(10_000_000_000),
    .seconds(Int64.min), .seconds(Int64.max), Duration(attoseconds: .min), Duration(attoseconds: .max),
]

/// A wait with a timeout for what comes after a second of virtual time. Gives whether it came.
private struct TimedWait: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let wait: @Sendable (Duration) throws -> Bool

    init(_ name: String, _ wait: @escaping @Sendable (Duration) throws -> Bool) {
        testDescription = name
        self.wait = wait
    }
}

/// Whether `body` was through before its time was over.
private func inTime(_ body: () throws -> Void) throws -> Bool {
    do {
        try body()
        return true
    } catch is Timeout {
        return false
    } catch is QueueEmpty {
        return false
    } catch is QueueFull {
        return false
    }
}

private func soon(_ body: @escaping () throws -> Void) { spawn(after: .seconds(1), body) }

private func sleeper() -> Greenlet<Void> { spawn { try sleep(for: .seconds(1)) } }

/// One that outlives a kill by a second.
private func survivor() throws -> Greenlet<Void> {
    let greenlet = spawn {
        defer { try? sleep(for: .seconds(1)) }
        try sleep(for: .seconds(1_000))
    }
    try yield()
    return greenlet
}

private let waits: [TimedWait] = [
    TimedWait("Event.wait") { time in
        let event = Event()
        soon { event.set() }
        return try event.wait(timeout: time)
    },
    TimedWait("AsyncResult.get") { time in
        let result = AsyncResult<Int>()
        soon { result.set(1) }
        return try inTime { _ = try result.get(timeout: time) }
    },
    TimedWait("AsyncResult.wait") { time in
        let result = AsyncResult<Int>()
        soon { result.set(1) }
        return try result.wait(timeout: time) == 1
    },
    TimedWait("Greenlet.join") { try sleeper().join(timeout: $0) },
    TimedWait("Greenlet.get") { time in try inTime { try sleeper().get(timeout: time) } },
    TimedWait("Greenlet.kill") { time in
        let greenlet = try survivor()
        try greenlet.kill(timeout: time)
        return greenlet.isDead
    },
    TimedWait("joinAll") { try joinAll([sleeper()], timeout: $0).count == 1 },
    TimedWait("killAll") { time in
        let all = [try survivor()]
        return try inTime { try killAll(all, timeout: time) }
    },
    TimedWait("wait(for:)") { try wait(for: [sleeper()], timeout: $0).count == 1 },
    TimedWait("iterateReady") { try iterateReady([sleeper()], timeout: $0).next() != nil },
    TimedWait("Results.next") { time in try inTime { _ = try iterateReady([sleeper()]).next(timeout: time) } },
    TimedWait("CountingSemaphore.acquire") { time in
        let semaphore = CountingSemaphore(0)
        soon { semaphore.release() }
        return try semaphore.acquire(timeout: time)
    },
    TimedWait("CountingSemaphore.wait") { time in
        let semaphore = CountingSemaphore(0)
        soon { semaphore.release() }
        return try semaphore.wait(timeout: time) == 1
    },
    TimedWait("RecursiveLock.acquire") { time in
        let lock = RecursiveLock()
        spawn { try lock.withLock { try sleep(for: .seconds(1)) } }
        try yield()
        return try lock.acquire(timeout: time)
    },
    TimedWait("Queue.get") { time in
        let queue = Queue<Int>()
        soon { try queue.putNoWait(1) }
        return try inTime { _ = try queue.get(timeout: time) }
    },
    TimedWait("Queue.peek") { time in
        let queue = Queue<Int>()
        soon { try queue.putNoWait(1) }
        return try inTime { _ = try queue.peek(timeout: time) }
    },
    TimedWait("Queue.put") { time in
        let queue = Queue(maxSize: 1, [1])
        soon { _ = try queue.getNoWait() }
        return try inTime { try queue.put(2, timeout: time) }
    },
    TimedWait("Queue.join") { time in
        let queue = Queue(maxSize: 1, [1])
        soon { queue.taskDone() }
        return try queue.join(timeout: time)
    },
    TimedWait("Channel.get") { time in
        let channel = Channel<Int>()
        soon { try channel.put(1) }
        return try inTime { _ = try channel.get(timeout: time) }
    },
    TimedWait("Channel.put") { time in
        let channel = Channel<Int>()
        soon { _ = try channel.get() }
        return try inTime { try channel.put(1, timeout: time) }
    },
    TimedWait("Group.join") { time in
        let group = Group()
        group.spawn { try sleep(for: .seconds(1)) }
        return try group.join(timeout: time)
    },
    TimedWait("Pool.spawn") { time in
        let pool = Pool(size: 1)
        try pool.spawn { try sleep(for: .seconds(1)) }
        return try inTime { try pool.spawn(timeout: time) {} }
    },
    TimedWait("Pool.waitAvailable") { time in
        let pool = Pool(size: 1)
        try pool.spawn { try sleep(for: .seconds(1)) }
        return try pool.waitAvailable(timeout: time) == 1
    },
    TimedWait("withTimeout") { time in try inTime { try withTimeout(time) { try sleep(for: .seconds(1)) } } },
    TimedWait("withTimeout silently") { try withTimeout($0, silently: true) { try sleep(for: .seconds(1)) } != nil },
    TimedWait("withTimeout default") { time in
        try withTimeout(time, default: false) {
            try sleep(for: .seconds(1))
            return true
        }
    },
    TimedWait("Timeout") { time in
        let timeout = Timeout.started(after: time)
        defer { timeout.close() }
        return try inTime { try sleep(for: .seconds(1)) }
    },
    TimedWait("Hub.join") { time in
        soon {}
        return try Hub.current.join(timeout: time)
    },
]

@Suite(.virtualTime)
struct `Any duration` {
    @Test(arguments: waits, hostileDurations)
    fileprivate func `is a timeout that neither traps nor overflows`(wait: TimedWait, time: Duration) throws {
        let start = Hub.current.clock.now
        #expect(try wait.wait(time) == (time > .seconds(1)))
        let passed = Hub.current.clock.now - start
        #expect(passed == (time > .seconds(1) ? .seconds(1) : .nanoseconds(time > .zero ? 1 : 0)))
    }

    @Test(arguments: hostileDurations)
    func `is slept, up to the clock's end, after which all goes on`(time: Duration) throws {
        let clock = Hub.current.clock
        let start = clock.now
        try sleep(for: time)
        let passed = clock.now - start
        #expect(passed >= min(max(time, .zero), .seconds(9_000_000_000)))
        #expect(passed <= .nanoseconds(1) || time > .seconds(1))
        try sleep(for: .seconds(1))
        try sleep(for: time)
        #expect(try spawn(after: time) { 5 }.get(timeout: .seconds(1)) == 5 || time > .seconds(1))
        try clock.advance(by: time)
    }

    @Test(arguments: hostileDurations)
    func `is added to an instant and taken from it`(time: Duration) {
        let now = Hub.current.clock.now
        let later = now + time
        #expect(time > .zero ? later > now : later <= now)
        let far = later + time + time
        #expect(time > .zero ? far >= later : far <= later)
        #expect((now - far < .zero) == (time > .zero) && (far - now < .zero) == (time < .seconds(-1) + .nanoseconds(1)))
        #expect(!"\(later)".isEmpty)
    }

    @Test(arguments: hostileDurations)
    func `can be told`(time: Duration) {
        #expect(Timeout(after: time).description.hasSuffix(" seconds"))
        #expect(Timeout(after: time, message: "m").description.hasSuffix(" seconds: m"))
    }

    @Test(arguments: hostileDurations)
    func `is a hub's setting`(time: Duration) throws {
        let configuration = Hub.Configuration {
            $0.timeSlice = time
            $0.threadPoolIdleTimeout = time
            $0.stackParking = Hub.StackParking(minimumGreenlets: 1, delay: max(time, .zero))
        }
        let sum = try Hub.withVirtualTime(configuration: configuration, quiet: max(time, .zero)) { _ in
            let workers = spawn { try Hub.current.threadPool.apply { 2 } }
            let sleepers = (1...200).map { number in
                spawn {
                    try sleep(for: .milliseconds(number))
                    return 1
                }
            }
            return try joinAll(sleepers).compactMap(\.value).reduce(0, +) + workers.get()
        }
        #expect(sum == 202)
    }

    @Test func `in seconds is a number, infinite ones included`() throws {
        let clock = Hub.current.clock
        for seconds in [-.infinity, -1e300, 0, .leastNonzeroMagnitude] {
            let start = clock.now
            try sleep(seconds)
            #expect(clock.now - start <= .nanoseconds(1))
        }
        for seconds in [1e300, .infinity] { try sleep(seconds) }
        try sleep(Int.min)
        try sleep(Int.max)
    }
}

/// Real time.
@Suite(.hub)
struct `Any duration of a descriptor's wait` {
    @Test(arguments: hostileDurations.filter { $0 >= .zero })
    func `neither traps nor overflows`(time: Duration) throws {
        let (near, far) = try Socket.pair()
        near.timeout = time
        far.timeout = time
        let writer = spawn {
            try sleep(for: .milliseconds(5))
            try far.sendAll("x")
        }
        let isLong = time > .seconds(1)
        #expect(try waitForDescriptors(readable: [near.descriptor], timeout: time).readable.isEmpty == !isLong)
        let error = thrown { try waitReadable(near.descriptor, timeout: time) }
        #expect((error == nil) == isLong)
        try writer.join()
        #expect(try near.receiveText(upTo: 1) == "x")
        let late = thrown { if !isLong { _ = try near.receive(upTo: 1) } }
        #expect((late as? SocketError)?.errno == (time == .zero ? EAGAIN : nil))
        #expect(try SocketAddress.host("127.0.0.1", port: 1).resolve(timeout: time).count == 1)
        #expect(try Subprocess(["true"]).wait(timeout: isLong ? time : nil).isSuccess)
    }

    @Test(arguments: hostileDurations)
    func `for what another thread gives neither traps nor overflows`(time: Duration) throws {
        let semaphore = SharedSemaphore(0)
        let lock = SharedLock()
        let event = Event()
        let holder = spawn { try lock.withLock { try event.wait() } }
        let releaser = spawn {
            try sleep(for: .milliseconds(5))
            semaphore.release()
            event.set()
        }
        #expect(try semaphore.acquire(timeout: time) == (time > .seconds(1)))
        if !event.isSet { #expect(try !lock.acquire(timeout: min(time, .zero))) }
        try joinAll([releaser])
        #expect(try holder.get())
        #expect(try lock.acquire(timeout: time))
    }

    @Test(arguments: hostileDurations)
    func `can be dumped, watched and limited`(time: Duration) async throws {
        let configuration = Hub.Configuration { $0.blockingLimit = time }
        let thread = HubThread(name: "durations", configuration: configuration)
        let isWatched = try await thread.run {
            let sleeper = spawn { try sleep(for: time) }
            let waiter = spawn { try withTimeout(time) { try Event().wait(timeout: time) } }
            try yield()
            let text = Hub.current.dump()
            try killAll([sleeper as AnyGreenlet, waiter])
            return text.contains("Hub of thread")
        }
        #expect(isWatched)
        await thread.stop()
    }

    @Test func `of no length, for a local socket whose backlog is full, says so`() throws {
        let path = "/tmp/gevent-\(getpid())-full"
        unlink(path)
        defer { unlink(path) }
        let listener = try Socket.listen(on: .unix(path), backlog: 0)
        defer { listener.close() }
        var held: [Socket] = []
        let error = thrown {
            for _ in 0..<100 { held.append(try Socket.connect(to: .unix(path), timeout: .zero)) }
        }
        #expect((error as? SocketError)?.errno == EAGAIN)
    }
}
