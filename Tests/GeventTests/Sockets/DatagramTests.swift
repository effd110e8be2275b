import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct DatagramTests {
    /// A bound socket of each kind. A Unix one has an abstract name: no file to clean up.
    func bound(_ family: Family) throws -> Socket {
        switch family {
        case .ipv4: return try .datagram(on: .loopback(port: 0))
        case .ipv6: return try .datagram(on: .host("::1", port: 0))
        case .unix: return try .datagram(on: .unix("\0gevent-test-\(UInt64.random(in: 0 ... .max))"))
        }
    }

    // Conformance 135: sockets are non-blocking
    @Test(arguments: Family.available)
    func `a message arrives whole, with its sender's address`(_ family: Family) throws {
        let (a, b) = (try bound(family), try bound(family))
        #expect(a.kind == .datagram)
        #expect(fcntl(a.descriptor, F_GETFL) & O_NONBLOCK != 0 && fcntl(a.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        let receiving = spawn { try b.receiveFrom(upTo: 100) }
        try yield()
        #expect(try a.send("hello", to: b.localAddress) == 5)
        let message = try receiving.get()
        #expect(message.text == "hello" && !message.isTruncated)
        #expect(try message.address == a.localAddress)
        try b.send([1, 2] as [UInt8], to: message.address)
        #expect(try a.receive(upTo: 10) == [1, 2])
    }

    @Test(arguments: Family.available)
    func `messages keep their borders, empty ones too`(_ family: Family) throws {
        let (a, b) = (try bound(family), try bound(family))
        for text in ["one", "", "three"] { try a.send(text, to: b.localAddress) }
        #expect(try (0..<3).map { _ in try b.receiveFrom(upTo: 100).text } == ["one", "", "three"])
    }

    @Test(arguments: Family.available)
    func `what does not fit is lost, and told`(_ family: Family) throws {
        let (a, b) = (try bound(family), try bound(family))
        try a.send("0123456789", to: b.localAddress)
        try a.send("next", to: b.localAddress)
        let message = try b.receiveFrom(upTo: 4)
        #expect(message.text == "0123" && message.fullCount == 10 && message.isTruncated)
        #expect(try b.receiveFrom(upTo: 4).text == "next")
        try a.send("x", to: b.localAddress)
        #expect(try b.receiveFrom(upTo: 0).fullCount == 1)
    }

    @Test(arguments: Family.available)
    func `a connected one sends to its peer and hears nobody else`(_ family: Family) throws {
        let server = try bound(family)
        let own: SocketAddress =
            switch family {
            case .ipv4: .loopback(port: 0)
            case .ipv6: .host("::1", port: 0)
            case .unix: .unix("\0gevent-test-\(UInt64.random(in: 0 ... .max))")
            }
        let client = try Socket.datagram(connectedTo: server.localAddress, from: own)
        #expect(try client.peerAddress == server.localAddress)
        try client.sendAll("ping")
        #expect(try client.send("") == 0, "an empty message is one, too")
        let ping = try server.receiveFrom(upTo: 100)
        #expect(ping.text == "ping")
        #expect(try ping.address == client.localAddress)
        #expect(try server.receiveFrom(upTo: 100).fullCount == 0)
        if family != .unix {
            try bound(family).send("stranger", to: client.localAddress)
        }
        try server.send("pong", to: ping.address)
        #expect(try client.receive(upTo: 100) == Array("pong".utf8))
    }

    @Test func `an unbound one can send, and gets an address by that`() throws {
        let (a, b) = (try Socket.datagram(.ipv4), try bound(.ipv4))
        try a.send("x", to: b.localAddress)
        #expect(try b.receiveFrom(upTo: 1).address.port == a.localAddress.port)
        let unnamed = try Socket.datagram(.unix)
        let named = try bound(.unix)
        try unnamed.send("x", to: named.localAddress)
        #expect(try named.receiveFrom(upTo: 1).address == .unix(""))
    }

    // Conformance 136: timeouts
    @Test func `receiving has the socket's timeout and can be interrupted`() throws {
        let a = try bound(.ipv4)
        a.timeout = .milliseconds(5)
        #expect(socketError { _ = try a.receiveFrom(upTo: 1) } is SocketTimeout)
        a.timeout = .zero
        #expect(socketError { _ = try a.receiveFrom(upTo: 1) }?.errno == EAGAIN)
        a.timeout = nil
        #expect(throws: Timeout.self) { try withTimeout(.milliseconds(5)) { _ = try a.receiveFrom(upTo: 1) } }
    }

    @Test func `sending waits for room`() throws {
        let (a, b) = try Socket.pair(.datagram)
        a.timeout = .milliseconds(5)
        var sent = 0
        let error = socketError { while true { sent += try a.send([UInt8](repeating: 1, count: 100)) } }
        #expect(error is SocketTimeout && sent > 0)
        a.timeout = nil
        let waiting = spawn { try a.send("last") }
        try yield()
        #expect(!waiting.isReady)
        var last: [UInt8] = []
        while last != Array("last".utf8) { last = try b.receive(upTo: 1000) }
        #expect(try waiting.get() == 4)
    }

    @Test func `what cannot be sent says why`() throws {
        let (a, b) = (try bound(.ipv4), try bound(.ipv4))
        #expect(socketError { try a.send([UInt8](repeating: 0, count: 70_000), to: b.localAddress) }?.errno == EMSGSIZE)
        #expect(socketError { try a.send("x", to: .host("255.255.255.255", port: 9)) }?.errno == EACCES)
        #expect(socketError { try a.send("x", to: .host("127.0.0.1", port: -1)) } is AddressError)
        try a.setOption(.broadcast, true)
        #expect(try a.option(.broadcast))
        #expect(socketError { try a.send("x", to: .host("255.255.255.255", port: 9)) }?.errno != EACCES)
        let name = "\0gevent-test-\(UInt64.random(in: 0 ... .max))"
        #expect(socketError { _ = try Socket.datagram(connectedTo: .unix(name)) }?.errno == ECONNREFUSED)
        // Nobody listens there: the answer comes with a later call.
        let dead = try Socket.datagram(connectedTo: .host("127.66.77.88", port: 9))
        dead.timeout = .seconds(600)
        try dead.send("x")
        #expect(socketError { _ = try dead.receive(upTo: 1) }?.errno == ECONNREFUSED)
    }

    @Test func `a name is resolved to an address of the socket's family`() throws {
        let (a, b) = (try bound(.ipv4), try bound(.ipv4))
        try a.send("x", to: .host("localhost", port: try #require(b.localAddress.port)))
        #expect(try b.receiveFrom(upTo: 1).text == "x")
    }

    // Conformance 137: one reader
    // Conformance 139: closing under a waiter
    @Test func `a second reader is refused and closing wakes the first`() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let a = try bound(.ipv4)
        let reading = spawn { try a.receiveFrom(upTo: 1) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try a.receiveFrom(upTo: 1) }
        a.close()
        #expect(socketError { _ = try reading.get() }?.errno == EBADF)
        #expect(socketError { _ = try a.receiveFrom(upTo: 1) }?.errno == EBADF)
        #expect(socketError { try a.send("x", to: .loopback(port: 9)) }?.errno == EBADF)
    }

    @Test func `several messages at hand are received without waiting between them`() throws {
        let (a, b) = (try bound(.ipv4), try bound(.ipv4))
        // Waits once, so that readiness is known from the loop.
        let first = spawn { try b.receiveFrom(upTo: 10) }
        try yield()
        try a.send("0", to: b.localAddress)
        _ = try first.get()
        for number in 1...5 { try a.send("\(number)", to: b.localAddress) }
        _ = try b.receiveFrom(upTo: 10)
        var others = 0
        spawn { others += 1 }
        for _ in 2...5 { _ = try b.receive(upTo: 10) }
        #expect(others == 0)
    }
}
