import Gevent
import GeventTesting
import Testing

/// A queue as the contract sees it. A new type joins by one line of `all` (and of `bounded`, if it has room for some).
struct QueueKind: CustomTestStringConvertible, Sendable {
    /// What a queue can do, whatever its type.
    struct Face {
        let put: (Int, Duration?) throws -> Void
        let putNoWait: (Int) throws -> Void
        let get: (Duration?) throws -> Int
        let getNoWait: () throws -> Int
    }

    let testDescription: String
    /// With room for one item; a `Channel` has none.
    let make: @Sendable () -> Face

    private init(_ name: String, _ make: @escaping @Sendable () -> Face) {
        testDescription = name
        self.make = make
    }

    private static func face(_ queue: SimpleQueue<Int>) -> Face {
        Face(
            put: { try queue.put($0, timeout: $1) }, putNoWait: { try queue.putNoWait($0) },
            get: { try queue.get(timeout: $0) }, getNoWait: { try queue.getNoWait() })
    }

    private static func face(_ channel: Channel<Int>) -> Face {
        Face(
            put: { try channel.put($0, timeout: $1) }, putNoWait: { try channel.putNoWait($0) },
            get: { try channel.get(timeout: $0) }, getNoWait: { try channel.getNoWait() })
    }

    /// Those that hold an item.
    static let bounded = [
        QueueKind("SimpleQueue") { face(SimpleQueue(maxSize: 1)) },
        QueueKind("Queue") { face(Queue(maxSize: 1)) },
        QueueKind("LIFOQueue") { face(LIFOQueue(maxSize: 1)) },
        QueueKind("PriorityQueue") { face(PriorityQueue(maxSize: 1)) },
    ]
    static let all = bounded + [QueueKind("Channel") { face(Channel()) }]
}

@Suite(.virtualTime)
struct `Any queue` {
    // Conformance 113: puts and gets that need not wait
    @Test(arguments: QueueKind.bounded)
    func `does not switch where there is room or an item, though somebody waits`(kind: QueueKind) throws {
        let queue = kind.make()
        var got: [Int] = []
        let getter = spawn { got.append(try queue.get(nil)) }
        try yield()
        try queue.put(1, nil)
        #expect(got.isEmpty)
        try getter.join()
        #expect(got == [1])

        try queue.put(2, nil)
        var isIn = false
        let putter = spawn {
            try queue.put(3, nil)
            isIn = true
        }
        try yield()
        #expect(try queue.get(nil) == 2)
        #expect(!isIn)
        try putter.join()
        #expect(try queue.getNoWait() == 3)
    }

    // Conformance 114: order among a queue's waiters
    @Test(arguments: QueueKind.all)
    func `serves those who wait to get in their order`(kind: QueueKind) throws {
        let queue = kind.make()
        var order: [Int] = []
        let getters = (0..<5).map { i in
            spawn {
                let item = try queue.get(nil)
                order.append(i)
                return item
            }
        }
        try yield()
        for i in 0..<5 {
            try queue.putNoWait(i * 10)
            try yield()
        }
        #expect(order == [0, 1, 2, 3, 4])
        #expect(try getters.map { try $0.get() } == [0, 10, 20, 30, 40])
    }

    // Conformance 114: order among a queue's waiters
    // Conformance 116: a waiting put
    @Test(arguments: QueueKind.all)
    func `serves those who wait to put in their order, each as soon as there is room`(kind: QueueKind) throws {
        let queue = kind.make()
        var order: [Int] = []
        let putters = (0..<5).map { i in
            spawn {
                try queue.put(i, nil)
                order.append(i)
            }
        }
        try sleep(for: .milliseconds(1))
        #expect(order.count <= 1)
        for i in 0..<5 {
            #expect(try queue.get(nil) == i)
            try sleep(for: .milliseconds(1))
            // The next one's item is in already, if there is room for one.
            #expect(order.count >= i + 1)
        }
        try joinAll(putters)
        #expect(order == [0, 1, 2, 3, 4])
        #expect(throws: QueueEmpty.self) { try queue.getNoWait() }
    }

    // Conformance 114: order among a queue's waiters
    @Test(arguments: QueueKind.bounded)
    func `gives an item to who comes first, not to who waits`(kind: QueueKind) throws {
        let queue = kind.make()
        let waiting = spawn { try queue.get(nil) }
        try yield()
        try queue.put(1, nil)
        #expect(try queue.get(nil) == 1)
        try sleep(for: .seconds(1))
        #expect(!waiting.isReady)
        try queue.put(2, nil)
        #expect(try waiting.get() == 2)
    }

    // Conformance 115: full, empty, timed out
    // Conformance 35: a timeout of zero
    @Test(arguments: QueueKind.all)
    func `says that it is empty or full, at once or when the time is over`(kind: QueueKind) throws {
        let queue = kind.make()
        let clock = Hub.current.clock
        var others = 0
        spawn { others += 1 }
        #expect(throws: QueueEmpty.self) { try queue.getNoWait() }
        _ = try? queue.putNoWait(1)
        #expect(throws: QueueFull.self) { try queue.putNoWait(2) }
        #expect(others == 0)
        #expect(try clock.measure { #expect(throws: QueueFull.self) { try queue.put(2, .seconds(2)) } } == .seconds(2))
        _ = try? queue.getNoWait()
        #expect(
            try clock.measure { #expect(throws: QueueEmpty.self) { try queue.get(.seconds(3)) } } == .seconds(3))
        // A negative timeout counts as zero: the others have one turn.
        for timeout in [Duration.zero, .seconds(-1)] {
            let putter = spawn { try queue.put(7, nil) }
            #expect(try queue.get(timeout) == 7)
            try putter.join()
        }
    }

    // Conformance 117: waiters that leave
    @Test(arguments: QueueKind.all)
    func `forgets a getter that timed out, was killed or interrupted, and loses nothing`(kind: QueueKind) throws {
        let queue = kind.make()
        let late = spawn { thrown { _ = try queue.get(.seconds(1)) } }
        let killed = spawn { try queue.get(nil) }
        let interrupted = spawn { try withTimeout(.seconds(1), default: -1) { try queue.get(nil) } }
        let stays = spawn { try queue.get(nil) }
        try sleep(for: .seconds(2))
        try killed.kill()
        #expect(late.value is QueueEmpty)
        #expect(interrupted.value == -1)
        try queue.put(5, nil)
        #expect(try stays.get() == 5)
        #expect(throws: QueueEmpty.self) { try queue.getNoWait() }
    }

    // Conformance 117: waiters that leave
    @Test(arguments: QueueKind.all)
    func `forgets the item of a putter that timed out, was killed or interrupted`(kind: QueueKind) throws {
        let queue = kind.make()
        _ = try? queue.putNoWait(0)
        let late = spawn { thrown { try queue.put(1, .seconds(1)) } }
        let killed = spawn { try queue.put(2, nil) }
        let interrupted = spawn { try withTimeout(.seconds(1), default: ()) { try queue.put(3, nil) } }
        let stays = spawn { try queue.put(4, nil) }
        try sleep(for: .seconds(2))
        try killed.kill()
        #expect(late.value is QueueFull && interrupted.isReady)
        var got: [Int] = []
        while let item = try? queue.get(.seconds(1)) { got.append(item) }
        #expect(got.filter { $0 != 0 } == [4])
        #expect(stays.isSuccessful)
    }

    // Conformance 117: waiters that leave
    @Test(arguments: QueueKind.all, [true, false])
    func `an item for a getter that is killed meanwhile reaches somebody, once`(kind: QueueKind, first: Bool) throws {
        let queue = kind.make()
        var got: [Int] = []
        let victim = spawn { got.append(try queue.get(nil)) }
        let next = spawn { got.append(try queue.get(nil)) }
        try yield()
        if first { victim.killNoWait() }
        try queue.putNoWait(1)
        if !first { victim.killNoWait() }
        try victim.join()
        try sleep(for: .seconds(1))
        #expect(got == [1])
        #expect(victim.isSuccessful)
        if !next.isReady { try queue.putNoWait(2) }
        try next.join(timeout: .seconds(1))
        #expect(next.isReady)
    }

    // Conformance 117: waiters that leave
    @Test(arguments: QueueKind.all)
    func `a put at the moment of a getter's timeout is not lost`(kind: QueueKind) throws {
        let queue = kind.make()
        let getter = spawn { try? queue.get(.seconds(1)) }
        let putter = spawn {
            try sleep(for: .seconds(1))
            return thrown { try queue.put(9, .seconds(1)) }
        }
        let rest = spawn {
            try sleep(for: .milliseconds(1_500))
            return try? queue.getNoWait()
        }
        try joinAll([getter, rest] as [AnyGreenlet])
        #expect([getter.value, rest.value].compactMap { $0 ?? nil } == [9])
        #expect(try putter.get() == nil)
    }

    // Conformance 118: queues in a callback
    @Test(arguments: QueueKind.bounded)
    func `never waits on the hub`(kind: QueueKind) throws {
        let queue = kind.make()
        var (atEmpty, atFull): ((any Error)?, (any Error)?)
        var item: Int?
        Hub.current.runCallback {
            atEmpty = thrown { _ = try queue.get(.seconds(1)) }
            try queue.put(1, nil)
            atFull = thrown { try queue.put(2, .seconds(1)) }
            item = try queue.get(nil)
        }
        try yield()
        #expect(atEmpty is QueueEmpty && atFull is QueueFull)
        #expect(item == 1)
    }

    @Test(arguments: QueueKind.all)
    func `hands every item to one greenlet, whatever comes between`(kind: QueueKind) throws {
        let queue = kind.make()
        var got: [Int] = []
        let getters = (0..<10).map { i in
            spawn {
                for _ in 0..<20 {
                    got.append(try queue.get(nil))
                    if i.isMultiple(of: 2) { try yield() }
                }
            }
        }
        let putters = (0..<4).map { i in
            spawn {
                for k in 0..<50 {
                    try queue.put(i * 50 + k, nil)
                    if k.isMultiple(of: 3) { try sleep(for: .milliseconds(i)) }
                }
            }
        }
        try joinAll(getters + putters)
        #expect(got.sorted() == Array(0..<200))
    }
}
