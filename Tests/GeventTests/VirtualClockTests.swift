import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Virtual time` {
    @Test func `stands still while greenlets run`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        burn(.milliseconds(3))
        for _ in 0..<1_000 { try yield() }
        #expect(clock.now == start)
    }

    @Test func `jumps to the next timer when all wait`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        var seen: [Duration] = []
        for hours in [3, 1, 2] {
            spawn {
                try sleep(for: .seconds(hours * 3_600))
                seen.append(clock.now - start)
            }
        }
        #expect(try Hub.current.join())
        #expect(seen == [.seconds(3_600), .seconds(7_200), .seconds(10_800)])
    }

    @Test func `advances by hand, running what falls due`() throws {
        let clock = Hub.current.clock
        var ran: [Int] = []
        for i in 1...3 { spawn(after: .seconds(i)) { ran.append(i) } }
        try clock.advance(by: .seconds(2))
        #expect(ran == [1, 2])
        try clock.advance(by: .seconds(1))
        #expect(ran == [1, 2, 3])
    }

    @Test func `of an inner hub leaves the outer one's alone`() throws {
        let outer = Hub.current
        let start = outer.clock.now
        let value = try Hub.withVirtualTime { clock in
            #expect(Hub.current !== outer)
            try sleep(for: .seconds(1_000))
            return 5
        }
        #expect(value == 5)
        #expect(Hub.current === outer)
        #expect(outer.clock.now == start)
        try sleep(for: .seconds(1))
    }

    @Test func `ends what still runs on its hub`() throws {
        var ended: [String] = []
        try Hub.withVirtualTime { _ in
            spawn {
                defer { ended.append("parked") }
                try Event().wait()
            }
            spawn(after: .seconds(9)) { ended.append("never") }
            try yield()
        }
        #expect(ended == ["parked"])
    }
}
