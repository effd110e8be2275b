import Gevent
import GeventTesting
import Testing

/// Servers in virtual time. What else there is about sockets and virtual time is in GeventTestingTests.
@Suite(.virtualTime)
struct `A server that waits for peers` {
    @Test func `does not keep virtual time from jumping`() throws {
        let clock = Hub.current.clock
        let stream = try StreamServer(on: .loopback(port: 0)) { _, _ in }
        let datagram = try DatagramServer(on: .loopback(port: 0)) { _, _, _ in }
        try stream.start()
        try datagram.start()
        let start = clock.now
        for _ in 0..<24 { try sleep(for: .seconds(3600)) }
        #expect(clock.now - start == .seconds(86_400))
        #expect(stream.isStarted && datagram.isStarted)
        try stream.stop()
        try datagram.stop()
    }

    @Test func `serves who comes after hours, at the time at which it came`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        var hours: [Int] = []
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            hours.append(Int(((clock.now - start) / .seconds(3600)).rounded()))
            while let line = try socket.receiveLine() { try socket.sendAll(line.uppercased() + "\n") }
        }
        try server.start()
        for _ in 0..<3 {
            let client = try Socket.connect(to: server.address)
            try client.sendAll("hello\n")
            #expect(try client.receiveLine() == "HELLO")
            client.close()
            try sleep(for: .seconds(3600))
        }
        #expect(hours == [0, 1, 2])
        try server.stop()
    }

    @Test func `backs off in virtual time`() throws {
        // Not listening: accept says EINVAL, which is no longer fatal.
        let (a, b) = try Socket.pair()
        let clock = Hub.current.clock
        let start = clock.now
        var reports: [Duration] = []
        Hub.current.onUnhandledError = { _, _ in reports.append(clock.now - start) }
        let server = StreamServer(a) { _, _ in }
        server.limits.fatalErrors = []
        try server.start()
        try sleep(for: .milliseconds(3_600))
        // 0.01 s, doubled each time, 1 s at most.
        #expect(reports == [0, 10, 30, 70, 150, 310, 630, 1270, 2270, 3270].map { .milliseconds($0) })
        try server.stop()
        b.close()
    }

    // A listener of one's own is waited for in earnest: the peer may be another thread's.
    @Test func `holds time where a greenlet accepts by itself`() throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        listener.timeout = .milliseconds(20)
        let real = ContinuousClock.now
        #expect(throws: SocketTimeout.self) { try listener.accept() }
        #expect(ContinuousClock.now - real >= .milliseconds(15))
    }
}
