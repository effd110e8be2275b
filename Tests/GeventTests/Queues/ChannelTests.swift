import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A Channel` {
    // Conformance 122: Channel
    @Test func `is a rendezvous`() throws {
        let channel = Channel<String>()
        var log: [String] = []
        let sender = spawn {
            log.append("sending")
            try channel.put("hello")
            log.append("sent hello")
            try channel.put("world")
            log.append("sent world")
        }
        let receiver = spawn {
            for _ in 0..<2 { log.append(try channel.get()) }
        }
        try joinAll([sender, receiver])
        #expect(log == ["sending", "hello", "sent hello", "world", "sent world"])
    }

    // Conformance 122: Channel
    @Test func `a put waits until its item was taken`() throws {
        let channel = Channel<Int>()
        let putter = spawn { try channel.put(1) }
        try sleep(for: .seconds(5))
        #expect(!putter.isReady)
        #expect(channel.balance == 1)
        #expect(try channel.get() == 1)
        try putter.join()
        #expect(channel.balance == 0)
    }

    // Conformance 122: Channel
    @Test func `takes and gives at once only where the other side waits`() throws {
        let channel = Channel<Int>()
        #expect(throws: QueueFull.self) { try channel.putNoWait(1) }
        #expect(throws: QueueEmpty.self) { try channel.getNoWait() }
        let getter = spawn { try channel.get() }
        try yield()
        #expect(channel.balance == -1)
        try channel.putNoWait(2)
        #expect(!getter.isReady)
        #expect(try getter.get() == 2)
        let putter = spawn { try channel.put(3) }
        try yield()
        #expect(try channel.getNoWait() == 3)
        try putter.join()
    }

    // Conformance 71: results and queues as link targets
    @Test func `can be linked to`() throws {
        let channel = Channel<Int>()
        for i in 0..<3 { spawn { i }.link { g in try g.value.map { try channel.put($0) } } }
        #expect(try [channel.get(), channel.get(), channel.get()] == [0, 1, 2])
    }

    @Test func `gives up what nobody took, and keeps nothing alive`() throws {
        final class Item {}
        let channel = Channel<Item>()
        weak var late: Item?
        weak var killed: Item?
        weak var taken: Item?
        do {
            let item = Item()
            late = item
            #expect(throws: QueueFull.self) { try channel.put(item, timeout: .seconds(1)) }
            let other = Item()
            killed = other
            let putter = spawn { try channel.put(other) }
            try yield()
            try putter.kill()
            let third = Item()
            taken = third
            let getter = spawn { _ = try channel.get() }
            try channel.put(third)
            try getter.join()
        }
        try yield()
        #expect(late == nil && killed == nil && taken == nil)
        #expect(channel.balance == 0)
    }

    // Conformance 117: waiters that leave
    @Test func `serves many on both sides in their order, whoever leaves`() throws {
        let channel = Channel<Int>()
        var got: [Int] = []
        let putters = (0..<20).map { number in spawn { try channel.put(number) } }
        try yield()
        for number in stride(from: 1, to: 20, by: 3) { try putters[number].kill() }
        #expect(channel.balance == 13)
        for _ in 0..<13 { got.append(try channel.get()) }
        #expect(got == (0..<20).filter { $0 % 3 != 1 })
        var served: [String] = []
        let getters = (0..<20).map { number in spawn { served.append("\(number):\(try channel.get())") } }
        try yield()
        for number in stride(from: 0, to: 20, by: 2) { try getters[number].kill() }
        for item in 0..<10 { try channel.put(item) }
        try joinAll(getters)
        #expect(served == (0..<10).map { "\(2 * $0 + 1):\($0)" })
        #expect(channel.balance == 0)
    }

    // Conformance 117: waiters that leave
    @Test func `an item whose getter was killed waits for the next, and disturbs nobody`() throws {
        let channel = Channel<Int>()
        let victim = spawn { try channel.get() }
        try yield()
        victim.killNoWait()
        try channel.putNoWait(4)
        try victim.join()
        #expect(channel.balance == 1)
        let taker = spawn(after: .seconds(1)) { try channel.get() }
        let took = try Hub.current.clock.measure { try sleep(for: .seconds(5)) }
        #expect(took == .seconds(5), "taking it woke who has nothing to do with it")
        #expect(try taker.get() == 4)
    }
}
