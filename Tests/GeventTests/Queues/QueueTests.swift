import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Queues` {
    // Conformance 112: sizes of queues
    @Test func `hold any number of items without a size, and as many as their size`() throws {
        let any = Queue<Int>()
        #expect(any.maxSize == nil && any.isEmpty && !any.isFull)
        for i in 0..<10_000 { try any.putNoWait(i) }
        #expect(any.count == 10_000 && !any.isFull)
        let three = Queue(maxSize: 3, [1, 2])
        try three.putNoWait(3)
        #expect(three.isFull && three.count == 3)
        #expect(throws: QueueFull.self) { try three.putNoWait(4) }
    }

    private static func makeEmpty(_ size: Int) { _ = Queue<Int>(maxSize: size) }

    // Conformance 112: sizes of queues
    @Test func `of no size stop the program`() async throws {
        for exit in [
            try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) { Self.makeEmpty(0) },
            try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) { Self.makeEmpty(-1) },
        ] {
            let text = String(decoding: exit.standardErrorContent, as: UTF8.self)
            #expect(text.contains("a queue's maxSize is at least 1"))
        }
    }

    // Conformance 116: a waiting put
    @Test func `are full again when a get made room for one who waited`() throws {
        let queue = Queue(maxSize: 1, [0])
        let putter = spawn { try queue.put(1) }
        try yield()
        #expect(try queue.get() == 0)
        #expect(!queue.isFull && !putter.isReady)
        try yield()
        #expect(queue.isFull && putter.isReady)
        #expect(try queue.get() == 1)
    }

    // Conformance 116: a waiting put
    @Test func `of one item make producer and consumer take turns`() throws {
        let queue = Queue<Int>(maxSize: 1)
        var log: [String] = []
        let producer = spawn {
            for i in 0..<3 {
                try queue.put(i)
                log.append("p\(i)")
                try yield()
            }
        }
        let consumer = spawn {
            for _ in 0..<3 { log.append("c\(try queue.get())") }
        }
        try joinAll([producer, consumer])
        #expect(log == ["p0", "c0", "p1", "c1", "p2", "c2"])
    }

    // Conformance 119: tasks done
    @Test func `count what is unfinished and can be joined`() throws {
        let queue = Queue(maxSize: nil, [1, 2])
        try queue.put(3)
        #expect(queue.unfinishedTasks == 3)
        #expect(try !queue.join(timeout: .seconds(1)))
        let worker = spawn {
            while let _ = try queue.next() {
                try sleep(for: .seconds(1))
                queue.taskDone()
            }
        }
        let took = try Hub.current.clock.measure { () throws in #expect(try queue.join()) }
        #expect(took == .seconds(3))
        #expect(queue.unfinishedTasks == 0 && queue.isEmpty)
        try queue.put(4)
        #expect(try !queue.join(timeout: .zero))
        try queue.join()
        #expect(try Queue<Int>().join(timeout: .zero), "nothing was ever put")
        try worker.kill()
    }

    private static func finishTooOften() {
        let queue = Queue(maxSize: nil, [1])
        queue.taskDone()
        queue.taskDone()
    }

    // Conformance 119: tasks done
    @Test func `finished too often stop the program`() async throws {
        let exit = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.finishTooOften()
        }
        #expect(String(decoding: exit.standardErrorContent, as: UTF8.self).contains("taskDone() called too many times"))
    }

    // Conformance 120: shutting down
    @Test func `that were shut down take nothing and give what is left`() throws {
        let queue = Queue(maxSize: 2, [1, 2])
        let putter = spawn { thrown { try queue.put(3) } }
        try yield()
        queue.shutDown()
        #expect(throws: QueueShutDown.self) { try queue.put(4) }
        #expect(throws: QueueShutDown.self) { try queue.putNoWait(4) }
        #expect(try putter.get() is QueueShutDown)
        #expect(try queue.peek() == 1)
        #expect(try [queue.get(), queue.getNoWait()] == [1, 2])
        #expect(throws: QueueShutDown.self) { try queue.get() }
        #expect(throws: QueueShutDown.self) { try queue.getNoWait() }
        #expect(throws: QueueShutDown.self) { try queue.peek() }
        #expect(try queue.next() == nil)
        #expect(try !queue.join(timeout: .seconds(1)), "what was taken is still to be done")
        queue.taskDone()
        queue.taskDone()
        #expect(try queue.join())
    }

    // Conformance 120: shutting down
    @Test func `that are shut down wake who waits to get`() throws {
        let queue = Queue<Int>()
        let getters = (0..<3).map { _ in spawn { thrown { _ = try queue.get() } } }
        let iterating = spawn { try queue.next() }
        try yield()
        queue.shutDown()
        try joinAll(getters)
        #expect(getters.allSatisfy { $0.value.flatMap { $0 } is QueueShutDown })
        #expect(try iterating.get() == nil)
    }

    // Conformance 120: shutting down
    @Test func `shut down immediately drop what is left as done`() throws {
        let queue = Queue(maxSize: 3, [1, 2, 3])
        #expect(try queue.get() == 1)
        let joiner = spawn { try queue.join() }
        try yield()
        queue.shutDown(immediately: true)
        #expect(queue.isEmpty && queue.unfinishedTasks == 1)
        #expect(throws: QueueShutDown.self) { try queue.get() }
        #expect(!joiner.isReady)
        queue.taskDone()
        #expect(try joiner.get())
    }

    // Conformance 121: iteration, order, peek
    @Test func `give their items in their own order`() throws {
        let items = [3, 1, 4, 1, 5]
        func drain(_ queue: SimpleQueue<Int>) throws -> [Int] {
            var got: [Int] = []
            while !queue.isEmpty { got.append(try queue.get()) }
            return got
        }
        #expect(try drain(SimpleQueue(items)) == [3, 1, 4, 1, 5])
        #expect(try drain(Queue(items)) == [3, 1, 4, 1, 5])
        #expect(try drain(LIFOQueue(items)) == [5, 1, 4, 1, 3])
        #expect(try drain(PriorityQueue(items)) == [1, 1, 3, 4, 5])
    }

    // Conformance 121: iteration, order, peek
    @Test func `peek leaves the item in, and waits for one`() throws {
        let queue = PriorityQueue([2, 1])
        #expect(try queue.peek() == 1 && queue.peekNoWait() == 1)
        #expect(queue.count == 2)
        let empty = SimpleQueue<Int>()
        #expect(throws: QueueEmpty.self) { try empty.peekNoWait() }
        #expect(throws: QueueEmpty.self) { try empty.peek(timeout: .seconds(1)) }
        let peeker = spawn { try empty.peek() }
        let getter = spawn { try empty.get() }
        try yield()
        try empty.put(7)
        #expect(try peeker.get() == 7 && getter.get() == 7)
        #expect(empty.isEmpty)
    }

    // Conformance 121: iteration, order, peek
    @Test func `an iteration ends when the queue is shut down`() throws {
        let queue = Queue<Int>()
        var got: [Int] = []
        let consumer = spawn { while let item = try queue.next() { got.append(item) } }
        for i in 0..<5 {
            try queue.put(i)
            try yield()
        }
        queue.shutDown()
        try consumer.join()
        #expect(got == [0, 1, 2, 3, 4])
        #expect(throws: QueueEmpty.self) { _ = try Queue<Int>().next(timeout: .seconds(1)) }
    }
}
