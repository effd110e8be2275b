import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SocketPropertiesTests {
    // Conformance 135: the default timeout
    @Test func `new sockets have the hub's default timeout`() throws {
        #expect(Socket.defaultTimeout == nil)
        Socket.defaultTimeout = .milliseconds(7)
        let listener = try Family.ipv4.listen()
        let accepting = spawn { try listener.accept().0 }
        let client = try Socket.connect(to: listener.localAddress)
        let (a, b) = try Socket.pair()
        defer { b.close() }
        let datagram = try Socket.datagram(on: .loopback(port: 0))
        for socket in [listener, client, try accepting.get(), a, datagram] {
            #expect(socket.timeout == .milliseconds(7))
        }
        #expect(socketError { _ = try a.receive(upTo: 1) } is SocketTimeout)
        #expect(try Socket.connect(to: listener.localAddress, timeout: .seconds(3)).timeout == .seconds(3))
        try Hub.withVirtualTime { _ in #expect(Socket.defaultTimeout == nil) }
        Socket.defaultTimeout = nil
        #expect(try Socket.pair().0.timeout == nil)
        #expect(a.timeout == .milliseconds(7), "those that are there keep theirs")
    }

    // Conformance 135: a negative timeout is a mistake
    @Test func `a negative default timeout stops the program`() async {
        await #expect(processExitsWith: .failure) { Socket.defaultTimeout = .seconds(-1) }
    }

    @Test func `a socket tells its kind and family`() throws {
        for family in Family.available {
            let listener = try family.listen()
            #expect(listener.kind == .stream)
            #expect(try listener.option(.isListening))
            switch family {
            case .ipv4: #expect(try listener.family == .ipv4)
            case .ipv6: #expect(try listener.family == .ipv6)
            case .unix: #expect(try listener.family == .unix)
            }
        }
        let (packets, _) = try Socket.pair(.sequencedPackets)
        #expect(packets.kind == .sequencedPackets)
        #expect(try Socket(descriptor: packets.detach()).kind == .sequencedPackets)
        #expect(try Socket.datagram(.ipv4).kind == .datagram)
    }

    // Conformance 139: closing under a waiter
    // Conformance 140: use after close
    @Test func `detaching gives up the descriptor, open, and wakes who waits`() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let (a, b) = try Socket.pair()
        let reader = spawn { _ = try a.receive(upTo: 1) }
        try yield()
        let descriptor = try a.detach()
        #expect(a.isClosed && a.descriptor == -1)
        #expect(socketError { try reader.get() }?.errno == EBADF)
        #expect(socketError { _ = try a.detach() }?.errno == EBADF)
        let again = try Socket(descriptor: descriptor)
        try again.sendAll("x")
        #expect(try b.receiveText(upTo: 1) == "x")
    }

    @Test func `a duplicate is another descriptor of the same connection`() throws {
        let (a, b) = try Socket.pair()
        a.timeout = .seconds(5)
        let copy = try a.duplicate()
        #expect(copy.descriptor != a.descriptor && copy.timeout == .seconds(5))
        #expect(fcntl(copy.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        a.close()
        try copy.sendAll("x")
        #expect(try b.receiveText(upTo: 1) == "x")
        copy.close()
        #expect(try b.receive(upTo: 1).isEmpty)
        #expect(socketError { _ = try a.duplicate() }?.errno == EBADF)
    }

    @Test func `programs that are started inherit it only when told so`() throws {
        let (a, _) = try Socket.pair()
        #expect(try !a.isInheritable)
        try a.setInheritable(true)
        #expect(try a.isInheritable && fcntl(a.descriptor, F_GETFD) & FD_CLOEXEC == 0)
        try a.setInheritable(false)
        #expect(try !a.isInheritable)
        a.close()
        #expect(socketError { _ = try a.isInheritable }?.errno == EBADF)
        #expect(socketError { try a.setInheritable(true) }?.errno == EBADF)
    }

    @Test(arguments: Family.available)
    func `peeking leaves the bytes there`(_ family: Family) throws {
        let (client, server) = try family.connection()
        let peeking = spawn { try client.peek(upTo: 3) }
        try yield()
        try server.sendAll("abcdef")
        #expect(try peeking.get() == Array("abc".utf8))
        #expect(try client.peek(upTo: 100) == Array("abcdef".utf8))
        #expect(try client.receiveText(upTo: 100) == "abcdef")
        client.timeout = .milliseconds(2)
        #expect(socketError { _ = try client.peek(upTo: 1) } is SocketTimeout)
        client.timeout = nil
        server.close()
        #expect(try client.peek(upTo: 1).isEmpty)
    }

    @Test func `the error that the system keeps is taken once`() throws {
        let (a, b) = try Family.ipv4.connection()
        #expect(try a.takeError() == nil)
        // Zero to linger: a reset instead of an end.
        try b.setOption(.linger, .zero)
        b.close()
        try waitReadable(a.descriptor, timeout: .seconds(600))
        #expect(try a.takeError()?.errno == ECONNRESET)
        #expect(try a.takeError() == nil)
    }

    @Test func `a connection comes from the address that was asked for`() throws {
        let listener = try Family.ipv4.listen()
        let accepting = spawn { try listener.accept().1 }
        let client = try Socket.connect(to: listener.localAddress, from: .host("127.0.0.9", port: 0))
        #expect(try client.localAddress.host == "127.0.0.9")
        #expect(try accepting.get() == client.localAddress)
        let address = try listener.localAddress
        let taken = socketError { _ = try Socket.connect(to: address, from: address) }
        #expect(taken?.errno == EADDRINUSE)
        #expect(throws: AddressError.self) {
            try Socket.connect(to: address, from: .host("localhost", port: 0))
        }
    }

    // Conformance 142: every address is tried
    @Test func `every address's error is kept when asked for`() throws {
        let error = socketError {
            _ = try Socket.connect(host: "127.66.77.88", port: 9, allErrors: true)
        }
        let group = try #require(error as? SocketErrorGroup)
        #expect(group.errors.count == 1 && group.errno == ECONNREFUSED)
        #expect("\(group)".contains("1 attempts failed\n    connecting to 127.66.77.88:9: Connection refused"))
    }

    @Test func `lines are read one by one`() throws {
        let (a, b) = try Socket.pair()
        spawn {
            for part in ["one\ntw", "o\r\n", "three"] {
                try b.sendAll(part)
                try sleep(for: .milliseconds(1))
            }
            b.close()
        }
        let lines = a.lines()
        var found: [String] = []
        while let line = try lines.next() { found.append(line) }
        #expect(found == ["one", "two", "three"])
        let (c, d) = try Socket.pair()
        defer { d.close() }
        #expect(throws: Timeout.self) { try c.lines().next(timeout: .milliseconds(1)) }
    }

    @Test func `a group is joined and left`() throws {
        let a = try Socket.datagram(on: .any(port: 0), reusesAddress: true)
        #expect(try a.option(.reuseAddress))
        try a.joinMulticast("239.1.2.3", interface: "lo")
        #expect(socketError { try a.joinMulticast("239.1.2.3", interface: "lo") }?.errno == EADDRINUSE)
        try a.leaveMulticast("239.1.2.3", interface: "lo")
        #expect(socketError { try a.leaveMulticast("239.1.2.3", interface: "lo") }?.errno == EADDRNOTAVAIL)
        #expect(throws: AddressError.self) { try a.joinMulticast("no group") }
        #expect(throws: AddressError.self) { try a.joinMulticast("239.1.2.3", interface: "no-such") }
        #expect(socketError { try a.joinMulticast("127.0.0.1", interface: "lo") }?.errno == EINVAL)
    }
}
