import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct DatagramServerTests {
    struct Failure: Error {}

    // Conformance 145: servers
    @Test func `each message has a greenlet of its own, and answers come from the server's address`() throws {
        var greenlets: Set<ObjectIdentifier> = []
        let server = try DatagramServer(on: .loopback(port: 0)) { data, address, server in
            greenlets.insert(ObjectIdentifier(AnyGreenlet.current))
            try yield()
            try server.send(data.reversed(), to: address)
        }
        #expect(!server.isStarted)
        try server.start()
        try server.start()
        #expect(server.isStarted)
        let client = try Socket.datagram(connectedTo: server.address)
        var answers: Set<String> = []
        for text in ["abc", "def", "ghi"] { try client.send(text) }
        for _ in 0..<3 { answers.insert(try client.receiveText(upTo: 10)) }
        #expect(answers == ["cba", "fed", "ihg"])
        #expect(greenlets.count >= 1)
        try server.stop()
        #expect(!server.isStarted)
        #expect(socketError { try server.start() }?.errno == EBADF)
        #expect(socketError { try server.send("x", to: client.localAddress) }?.errno == EBADF)
    }

    // Conformance 145: servers
    @Test func `a handler's error is reported and the server goes on`() throws {
        let reports = Reports()
        let server = try DatagramServer(on: .loopback(port: 0)) { data, address, server in
            if data.isEmpty { throw Failure() }
            try server.send(data, to: address)
        }
        try server.start()
        let client = try Socket.datagram(connectedTo: server.address)
        try client.send("")
        try client.send("x")
        #expect(try client.receiveText(upTo: 10) == "x")
        #expect(reports.errors.count == 1 && reports.errors[0] is Failure)
        try server.stop()
    }

    // Conformance 145: servers
    @Test func `a pool bounds how many messages are handled at once`() throws {
        var running = 0
        var peak = 0
        var handled = 0
        let server = try DatagramServer(on: .loopback(port: 0), pool: Pool(size: 2)) { _, _, _ in
            running += 1
            peak = max(peak, running)
            defer {
                running -= 1
                handled += 1
            }
            try sleep(for: .milliseconds(1))
        }
        try server.start()
        let client = try Socket.datagram(connectedTo: server.address)
        for _ in 0..<10 { try client.send("x") }
        for _ in 0..<1000 where handled < 10 { try sleep(for: .milliseconds(1)) }
        #expect(handled == 10 && peak == 2)
        try server.stop()
    }

    @Test func `longer messages are cut at the size that was asked for`() throws {
        let sizes = Queue<Int>()
        let server = try DatagramServer(on: .loopback(port: 0), maximumSize: 10) { data, _, _ in
            try sizes.put(data.count)
        }
        try server.start()
        let client = try Socket.datagram(connectedTo: server.address)
        try client.send([UInt8](repeating: 0, count: 100))
        try client.send([UInt8](repeating: 0, count: 7))
        #expect(try [sizes.get(), sizes.get()] == [10, 7])
        try server.stop()
    }

    @Test func `a server that is dropped goes on until it is stopped, and is released then`() throws {
        weak var dropped: DatagramServer?
        let address: SocketAddress
        do {
            let server = try DatagramServer(on: .loopback(port: 0)) { data, address, server in
                if data == Array("stop".utf8) { return server.close() }
                try server.send(data, to: address)
            }
            try server.start()
            dropped = server
            address = server.address
        }
        let client = try Socket.datagram(connectedTo: address)
        try client.send("still there")
        #expect(try client.receiveText(upTo: 100) == "still there")
        try client.send("stop")
        for _ in 0..<1000 where dropped != nil { try sleep(for: .milliseconds(1)) }
        #expect(dropped == nil)
    }

    @Test func `serving for ever ends with the server, and an interruption ends the server`() throws {
        let server = try DatagramServer(on: .loopback(port: 0)) { _, _, _ in }
        let serving = spawn { try server.serveForever() }
        try yield()
        server.close()
        try serving.get()
        let other = try DatagramServer(on: .loopback(port: 0)) { _, _, _ in }
        let interrupted = spawn { try other.serveForever() }
        try yield()
        try interrupted.kill()
        #expect(!other.isStarted)
    }
}
