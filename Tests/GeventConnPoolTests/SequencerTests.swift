import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A sequencer` {
    let sequencer = Sequencer()

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
    func `lets steps pass in the order of their numbers`(spawned: [Int]) throws {
        var order: [Int] = []
        try joinAll(spawned.map { n in spawn { try sequencer.step(n) { order.append(n) } } }, raisingErrors: true)
        #expect(order == [0, 1, 2, 3])
    }

    @Test func `holds the next step back until a body has ended`() throws {
        var order: [String] = []
        let slow = spawn {
            try sequencer.step(0) {
                try sleep(for: .seconds(1))
                order.append("slow")
            }
        }
        let next = spawn { try sequencer.step(1) { order.append("next") } }
        try joinAll([slow, next])
        #expect(order == ["slow", "next"])
    }

    @Test func `goes on when a body throws`() throws {
        #expect(throws: SocketError.self) { try sequencer.step(0) { throw SocketError("x") } }
        try sequencer.step(1)
    }

    @Test func `is broken by the kill of a waiting greenlet`() throws {
        // The other one's error is looked at below.
        Hub.current.onUnhandledError = { _, _ in }
        let killed = spawn { try sequencer.step(1) }
        let other = spawn { try sequencer.step(2) }
        try yield()
        try killed.kill()
        try other.join()
        #expect(other.error is Sequencer.Broken)
        #expect(throws: Sequencer.Broken.self) { try sequencer.step(0) }
    }
}
