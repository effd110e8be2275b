import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SocketTests {
    @Test(arguments: Family.available)
    func `bytes go both ways until the end of the stream`(_ family: Family) throws {
        let (client, server) = try family.connection()
        try client.sendAll("hello")
        #expect(try server.receive(upTo: 100) == Array("hello".utf8))
        try server.sendAll([1, 2, 3] as [UInt8])
        #expect(try client.receiveExactly(3) == [1, 2, 3])
        server.close()
        #expect(try client.receive(upTo: 10).isEmpty)
        #expect(try client.receive(upTo: 10).isEmpty, "the end stays")
        client.close()
    }

    @Test(arguments: Family.available)
    func `both ends agree on their addresses`(_ family: Family) throws {
        let listener = try family.listen()
        let accepting = Greenlet.spawn { try listener.accept() }
        let client = try Socket.connect(to: listener.localAddress)
        let (server, address) = try accepting.get()
        #expect(try client.peerAddress == listener.localAddress)
        #expect(try server.localAddress == listener.localAddress)
        #expect(try server.peerAddress == client.localAddress)
        #expect(try address == client.localAddress)
        if family != .unix { #expect(address.port != 0 && address.host == (family == .ipv4 ? "127.0.0.1" : "::1")) }
    }

    @Test func `a pair is connected`() throws {
        let (a, b) = try Socket.pair()
        try a.sendAll("x")
        #expect(try b.receiveText(upTo: 1) == "x")
    }

    // Conformance 135: a socket's timeout
    @Test(arguments: Family.available)
    func `every socket is non-blocking and closed on exec`(_ family: Family) throws {
        let listener = try family.listen()
        let (client, server) = try family.connection()
        let (a, b) = try Socket.pair()
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        for socket in [listener, client, server, a, b, try Socket(descriptor: raw)] {
            #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
            #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(socket.timeout == nil)
        }
    }

    // Conformance 135: a socket's timeout
    @Test func `a timeout of zero never waits`() throws {
        let (a, b) = try Socket.pair()
        a.timeout = .zero
        var others = 0
        spawn { others += 1 }
        #expect(socketError { _ = try a.receive(upTo: 1) }?.errno == EAGAIN)
        try b.sendAll("x")
        #expect(try a.receive(upTo: 10) == [UInt8(ascii: "x")])
        // What has come since is seen, although nothing has polled.
        try b.sendAll("y")
        #expect(try a.receive(upTo: 10) == [UInt8(ascii: "y")])
        #expect(try a.send(Array(repeating: 0, count: 10_000_000)) > 0)
        #expect(socketError { try a.send([1, 2, 3]) }?.errno == EAGAIN)
        #expect(socketError { try a.sendAll("x") }?.errno == EAGAIN)
        #expect(others == 0)
    }

    // Conformance 135: a socket's timeout
    @Test func `a negative timeout stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let (a, _) = try Socket.pair()
            a.timeout = .seconds(-1)
        }
    }

    // Conformance 135: a socket's timeout
    // Conformance 136: SocketTimeout
    @Test(arguments: Family.available)
    func `a timeout is for each operation and is an ordinary error without a number`(_ family: Family) throws {
        let (client, server) = try family.connection()
        client.timeout = .milliseconds(20)
        for _ in 0..<2 {
            let took = try Hub.current.clock.measure {
                let error = socketError { _ = try client.receive(upTo: 1) }
                #expect(error is SocketTimeout)
                #expect(error?.errno == nil)
                #expect(error.map { "\($0)" } == "timed out while receiving")
                #expect(!(error is any Interruption))
            }
            #expect(took >= .milliseconds(20))
        }
        try server.sendAll("late")
        #expect(try client.receiveText(upTo: 4) == "late")
    }

    // Conformance 135: a socket's timeout
    // Conformance 138: send, sendAll
    @Test func `a timeout bounds accept and the whole of sendAll`() throws {
        let listener = try Family.ipv4.listen()
        listener.timeout = .milliseconds(10)
        #expect(socketError { _ = try listener.accept() } is SocketTimeout)

        let (a, b) = try Socket.pair()
        a.timeout = .milliseconds(100)
        // Somebody reads, but too slowly: each send would be in time, the whole is not.
        let reader = spawn { while !(try b.receive(upTo: 20_000).isEmpty) { try sleep(for: .milliseconds(10)) } }
        let took = try Hub.current.clock.measure {
            #expect(socketError { try a.sendAll(Array(repeating: 7, count: 20_000_000)) } is SocketTimeout)
        }
        #expect(took >= .milliseconds(100) && took < .seconds(600))
        try reader.kill()
    }

    // Conformance 1: nothing switches that need not wait
    // Conformance 137: readers and writers
    @Test func `what can be done at once does not switch`() throws {
        let (a, b) = try Socket.pair()
        var others = 0
        spawn { others += 1 }
        try a.sendAll("abc")
        #expect(try b.receive(upTo: 3).count == 3)
        #expect(others == 0)
    }

    // Conformance 137: readers and writers
    @Test(arguments: Family.available)
    func `one may read while another writes`(_ family: Family) throws {
        let (client, server) = try family.connection()
        let data = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let reader = spawn { try client.receiveExactly(data.count) }
        let echo = spawn {
            while case let part = try server.receive(upTo: 65_536), !part.isEmpty { try server.sendAll(part) }
        }
        try client.sendAll(data)
        #expect(try reader.get() == data)
        client.close()
        try echo.get()
    }

    // Conformance 19: foreign wakes, two waits on one thing
    // Conformance 137: readers and writers
    @Test func `a second reader is refused`() throws {
        let (a, b) = try Socket.pair()
        let first = spawn { try a.receive(upTo: 1) }
        try yield()
        #expect {
            _ = try a.receive(upTo: 1)
        } throws: {
            $0 is ConcurrentObjectUseError && "\($0)".contains("descriptor \(a.descriptor)")
        }
        try b.sendAll("x")
        #expect(try first.get().count == 1)
    }

    // Conformance 137: readers and writers
    @Test func `a second writer is refused so that bytes do not mix`() throws {
        let (a, b) = try Socket.pair()
        let first = spawn { try a.sendAll(Array(repeating: 1, count: 5_000_000)) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try a.sendAll("x") }
        #expect(throws: ConcurrentObjectUseError.self) { try a.send("x") }
        #expect(try b.receiveExactly(5_000_000).allSatisfy { $0 == 1 })
        try first.get()
    }

    // Conformance 138: send, sendAll
    @Test func `sending nothing is no system call`() throws {
        let (a, b) = try Socket.pair()
        b.close()
        // A system call would say EPIPE.
        #expect(try a.send("") == 0)
        try a.sendAll([] as [UInt8])
        #expect(socketError { try a.sendAll("x") }?.errno == EPIPE)
    }

    // Conformance 138: send, sendAll
    @Test func `send sends what there is room for`() throws {
        let (a, b) = try Socket.pair()
        let count = try a.send(Array(repeating: 1, count: 10_000_000))
        #expect(count > 0 && count < 10_000_000)
        let reader = spawn { try b.receiveExactly(count + 1) }
        var more = 0
        while more == 0 { more = try a.send([2]) }
        #expect(try reader.get().last == 2)
    }

    // Conformance 139: closing under a waiter
    @Test(arguments: Family.available)
    func `closing wakes those who wait, later, with EBADF`(_ family: Family) throws {
        let (client, server) = try family.connection()
        var woken = 0
        let reader = spawn {
            defer { woken += 1 }
            _ = try client.receive(upTo: 1)
        }
        let writer = spawn {
            defer { woken += 1 }
            try client.sendAll(Array(repeating: 0, count: 50_000_000))
        }
        try sleep(for: .milliseconds(1))
        Hub.current.onUnhandledError = { _, _ in }
        client.close()
        #expect(woken == 0)
        for greenlet in [reader, writer] {
            let error = socketError { try greenlet.get() }
            #expect(error?.errno == EBADF)
            #expect(error?.message == "File descriptor was closed in another greenlet")
        }
        #expect(server.isClosed == false)
    }

    // Conformance 139: closing under a waiter
    @Test func `a closed listener wakes who accepts`() throws {
        let listener = try Family.ipv4.listen()
        Hub.current.onUnhandledError = { _, _ in }
        let accepting = spawn { _ = try listener.accept() }
        try yield()
        listener.close()
        #expect(socketError { try accepting.get() }?.errno == EBADF)
    }

    // Conformance 139: closing under a waiter
    // Fidelity: a reader gets EBADF, not the end of the stream.
    @Test func `shutting down wakes those who wait, with EBADF`() throws {
        let (a, b) = try Socket.pair()
        Hub.current.onUnhandledError = { _, _ in }
        let reader = spawn { _ = try a.receive(upTo: 1) }
        try yield()
        try a.shutDown(.reading)
        #expect(socketError { try reader.get() }?.errno == EBADF)
        #expect(try a.receive(upTo: 1).isEmpty)
        try a.sendAll("still open")
        #expect(try b.receiveText(upTo: 100) == "still open")
        try a.shutDown(.writing)
        #expect(try b.receive(upTo: 1).isEmpty)
    }

    // Conformance 140: after close
    @Test func `a closed socket says EBADF and has no descriptor`() throws {
        let (a, b) = try Socket.pair()
        a.close()
        a.close()
        #expect(a.descriptor == -1)
        #expect(a.isClosed && !b.isClosed)
        let attempts: [() throws -> Void] = [
            { _ = try a.receive(upTo: 1) }, { _ = try a.receive(upTo: 0) }, { try a.send("x") }, { try a.sendAll("x") },
            { _ = try a.accept() }, { _ = try a.localAddress }, { _ = try a.peerAddress }, { try a.shutDown(.both) },
            { try a.setOption(.keepAlive, true) }, { let _: Bool = try a.option(.keepAlive) },
        ]
        for attempt in attempts { #expect(socketError(attempt)?.errno == EBADF) }
    }

    @Test func `what is no socket is refused and stays the caller's`() throws {
        let descriptor = open("/dev/null", O_RDONLY)
        #expect(socketError { _ = try Socket(descriptor: descriptor) }?.errno == ENOTSOCK)
        #expect(close(descriptor) == 0)
        // A number that no other test has got meanwhile.
        #expect(socketError { _ = try Socket(descriptor: 1 << 20) }?.errno == EBADF)
    }

    @Test func `an interrupted reader loses nothing`() throws {
        let (a, b) = try Socket.pair()
        #expect(throws: Timeout.self) { try withTimeout(.milliseconds(5)) { _ = try a.receive(upTo: 1) } }
        let reader = spawn { try a.receive(upTo: 1) }
        try yield()
        try reader.kill()
        try b.sendAll("x")
        #expect(try a.receiveText(upTo: 1) == "x")
    }

    @Test func `waiting on the hub is refused`() throws {
        let (a, b) = try Socket.pair()
        let result = AsyncResult<String>()
        Hub.current.runCallback {
            do { _ = try a.receive(upTo: 1) } catch { result.set("\(error)") }
        }
        defer { b.close() }
        #expect(try result.get() == "Impossible to call blocking function in the event loop callback")
    }

    // Conformance 12: yields do not starve timers
    // Trying first would starve timers and others.
    @Test func `I/O that always succeeds gives way at the time slice`() throws {
        let (a, b) = try Socket.pair()
        var isOver = false
        let timer = spawn {
            try sleep(for: .milliseconds(5))
            isOver = true
        }
        try yield()
        let end = ContinuousClock.now + .seconds(600)
        while !isOver && ContinuousClock.now < end {
            try a.sendAll("x")
            _ = try b.receive(upTo: 1)
        }
        #expect(isOver)
        try timer.get()
    }

    @Test func `data that nobody reads does not keep the loop busy`() throws {
        let (a, b) = try Socket.pair()
        try b.sendAll("1")
        _ = try a.receive(upTo: 10)
        // Waits once, so that the watch is armed, and is left so.
        spawn {
            try sleep(for: .milliseconds(1))
            try b.sendAll("2")
        }
        _ = try a.receive(upTo: 10)
        try b.sendAll("3")
        let before = Hub.current.statistics.turns
        for _ in 0..<5 { try sleep(for: .milliseconds(2)) }
        #expect(Hub.current.statistics.turns - before < 20)
        #expect(try a.receiveText(upTo: 10) == "3")
    }

    @Test func `a socket that is dropped is closed`() throws {
        var ends: (Socket, Socket)? = try Socket.pair()
        let other = try Socket(descriptor: dup(try #require(ends).0.descriptor))
        ends = nil
        // Its peer is gone.
        #expect(try other.receive(upTo: 1).isEmpty)
    }
}
