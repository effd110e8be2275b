import Gevent
import GeventTesting
import Testing

/// Time and sockets. What has no sockets is in GeventTests.
@Suite(.inTurn)
struct `Virtual time with sockets` {
    @Test(.virtualTime(quiet: .milliseconds(200)))
    func `jumps to a timer while a socket is waited for`() throws {
        let (a, b) = try Socket.pair()
        let clock = Hub.current.clock
        let start = clock.now
        spawn(after: .seconds(3_600)) { try b.sendAll("x") }
        #expect(try a.receive(upTo: 1).count == 1)
        #expect(clock.now - start == .seconds(3_600))
    }

    @Test(.virtualTime(quiet: Duration(attoseconds: .max), timeLimit: Duration(attoseconds: .max)))
    func `may have limits as long as a duration is`() throws {
        try sleep(for: .seconds(1))
        let (a, b) = try Socket.pair()
        try b.sendAll("x")
        #expect(try a.receive(upTo: 1).count == 1)
    }

    @Test(.virtualTime(quiet: .milliseconds(200)))
    func `fires the timeout of a socket`() throws {
        let (a, b) = try Socket.pair()
        let clock = Hub.current.clock
        let start = clock.now
        a.timeout = .seconds(86_400)
        #expect(throws: SocketTimeout.self) { try a.receive(upTo: 1) }
        #expect(clock.now - start == .seconds(86_400))
        b.close()
    }

    @Test(.virtualTime(quiet: .milliseconds(200)))
    func `does not pass while greenlets talk to each other`() throws {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            while let line = try socket.receiveLine() { try socket.sendAll(line + "\n") }
        }
        try server.start()
        let clock = Hub.current.clock
        let start = clock.now
        let expiry = Timeout.started(after: .milliseconds(1))
        defer { expiry.cancel() }
        let socket = try Socket.connect(to: server.address)
        for i in 0..<200 {
            try socket.sendAll("\(i)\n")
            #expect(try socket.receiveLine() == "\(i)")
        }
        #expect(clock.now == start)
        server.close()
    }

    @Test(.virtualTime(quiet: .zero))
    func `passes with the real clock while a thread works for a greenlet`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        try awaitTask { try await Task.sleep(for: .milliseconds(20)) }
        let took = clock.now - start
        #expect(took < .seconds(3_600))
        let timer = spawn(after: .seconds(3_600)) {}
        try awaitTask { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!timer.isReady)
    }

    @Test(.virtualTime)
    func `goes at the real clock's pace where no quiet is given`() throws {
        let (a, b) = try Socket.pair()
        a.timeout = .milliseconds(20)
        let real = ContinuousClock.now
        #expect(throws: SocketTimeout.self) { try a.receive(upTo: 1) }
        #expect(ContinuousClock.now - real >= .milliseconds(15))
        b.close()
    }

    @Test(.hub) func `is asked for by a closure too`() throws {
        try Hub.withVirtualTime(quiet: .milliseconds(200)) { clock in
            let (a, b) = try Socket.pair()
            let start = clock.now
            spawn(after: .seconds(60)) { b.close() }
            #expect(try a.receive(upTo: 1).isEmpty)
            #expect(clock.now - start == .seconds(60))
        }
    }
}
