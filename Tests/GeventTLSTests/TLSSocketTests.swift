import Gevent
import GeventTesting
import Glibc
import Testing

@testable import GeventTLS

/// Encrypted connections on a hub: bytes, ends, and who may do what at once.
@Suite(.hub)
struct TLSSocketTests {
    @Test(arguments: bothVersions)
    func `bytes come back from an echo server`(version: TLSVersion) throws {
        let server = try listen(Certificates.serverContext()) { stream, _ in try echo(stream) }
        let context = try Certificates.clientContext { $0.only(version) }
        let stream = try context.connect(host: "127.0.0.1", port: try #require(server.address.port))
        #expect(stream.version == version)
        #expect(!stream.cipher.isEmpty)
        try stream.sendAll("hello")
        #expect(try stream.receiveExactly(5) == Array("hello".utf8))
        try stream.shutDown()
        stream.close()
        #expect(stream.isClosed)
        try server.stop()
    }

    @Test func `a name is verified and sent when the address is given apart from it`() throws {
        let server = try listen(Certificates.serverContext()) { stream, _ in try echo(stream) }
        let context = try Certificates.clientContext()
        let stream = try context.connect(to: server.address, serverHostname: "localhost")
        try stream.sendAll("x")
        #expect(try stream.receiveExactly(1) == [0x78])
        let error = thrown { _ = try context.connect(to: server.address, serverHostname: "example.gov") }
        #expect(reason(error) == .hostnameMismatch("example.gov"))
        stream.close()
        try server.stop()
    }

    @Test func `text and lines go through as on a plain socket`() throws {
        let (client, server) = try connectedPair()
        try client.sendAll("first\nsecond\nthe rest")
        #expect(try server.receiveLine() == "first")
        #expect(try server.receiveLine() == "second")
        #expect(try server.receiveText(upTo: 100) == "the rest")
        client.close()
        #expect(try server.receiveLine() == nil)
    }

    @Test(arguments: bothVersions)
    func `large transfers in both directions at once arrive whole`(version: TLSVersion) throws {
        let (client, server) = try connectedPair(version: version)
        let count = 3 << 20
        let senders = [(client, UInt8(1)), (server, UInt8(2))].map { stream, seed in
            Greenlet.spawn { try stream.sendAll(pattern(count, seed: seed)) }
        }
        let receivers = [(client, UInt8(2)), (server, UInt8(1))].map { stream, seed in
            Greenlet.spawn { try stream.receiveExactly(count) == pattern(count, seed: seed) }
        }
        for receiver in receivers { #expect(try receiver.get()) }
        for sender in senders { try sender.get() }
    }

    @Test func `a buffer smaller than a record is filled from what is left of it`() throws {
        let (client, server) = try connectedPair()
        try client.sendAll(pattern(1000, seed: 0))
        #expect(try server.receive(upTo: 10) == Array(pattern(1000, seed: 0).prefix(10)))
        #expect(server.pendingCount == 990)
        #expect(try server.receiveExactly(990) == Array(pattern(1000, seed: 0).dropFirst(10)))
        #expect(server.pendingCount == 0)
    }

    @Test func `empty sends and receives do nothing`() throws {
        let (client, server) = try connectedPair()
        try client.sendAll([])
        #expect(try client.send([]) == 0)
        #expect(try client.receive(upTo: 0) == [])
        server.close()
    }

    @Test func `send gives at most a record`() throws {
        let (client, server) = try connectedPair()
        #expect(try client.send([UInt8](repeating: 1, count: 50_000)) == 16_384)
        #expect(try server.receiveExactly(16_384).count == 16_384)
    }

    @Test func `one may read while another writes, two may not read`() throws {
        let (client, server) = try connectedPair()
        let reader = Greenlet.spawn { try client.receive(upTo: 10) }
        try yield()
        #expect(thrown { _ = try client.receive(upTo: 10) } is ConcurrentObjectUseError)
        try client.sendAll("a")
        #expect(try server.receiveExactly(1) == [0x61])
        try server.sendAll("b")
        #expect(try reader.get() == [0x62])
    }

    @Test func `two may not write`() throws {
        let (client, server) = try connectedPair()
        let writer = Greenlet.spawn { try client.sendAll([UInt8](repeating: 0, count: 8 << 20)) }
        try yield()
        #expect(thrown { try client.sendAll("x") } is ConcurrentObjectUseError)
        let drain = Greenlet.spawn { try server.receiveExactly(8 << 20).count }
        try writer.get()
        #expect(try drain.get() == 8 << 20)
        try client.sendAll("x")
        #expect(try server.receiveExactly(1) == [0x78])
    }

    // MARK: - Ends

    @Test(arguments: bothVersions)
    func `a proper close is the end of the stream`(version: TLSVersion) throws {
        let (client, server) = try connectedPair(version: version)
        try client.sendAll("bye")
        client.close()
        #expect(try server.receiveExactly(3) == Array("bye".utf8))
        #expect(try server.receive(upTo: 10) == [])
        #expect(try server.receive(upTo: 10) == [])
    }

    @Test(arguments: bothVersions)
    func `a connection that ends without an end mark is truncated`(version: TLSVersion) throws {
        let (client, server) = try connectedPair(version: version)
        try server.sendAll("x")
        #expect(try client.receiveExactly(1) == [0x78])
        try client.sendAll("part")
        client.socket.close()
        #expect(try server.receiveExactly(4) == Array("part".utf8))
        #expect(reason(thrown { _ = try server.receive(upTo: 10) }) == .truncated)
        #expect(reason(thrown { _ = try server.receiveExactly(10) }) == .truncated)
        #expect(client.isClosed)
        #expect((thrown { _ = try client.receive(upTo: 1) } as? SocketError)?.errno == Wire.closedNumber)
    }

    @Test func `both sides can shut down at once`() throws {
        let (client, server) = try connectedPair()
        let other = Greenlet.spawn { try server.shutDown() }
        try client.shutDown()
        try other.get()
        #expect(try client.receive(upTo: 1) == [])
        #expect(thrown { try client.sendAll("x") } is SocketError)
    }

    @Test func `shutDown drops what still comes and waits for the end mark`() throws {
        let (client, server) = try connectedPair()
        let shutting = Greenlet.spawn { try client.shutDown() }
        try yield()
        try server.sendAll(pattern(100_000, seed: 0))
        #expect(!shutting.isReady)
        server.close()
        try shutting.get()
    }

    @Test func `shutDown is content with a peer that closes instead of answering`() throws {
        let (client, server) = try connectedPair()
        let shutting = Greenlet.spawn { try client.shutDown() }
        try yield()
        server.socket.close()
        try shutting.get()
    }

    @Test func `close wakes a reader with EBADF and is final`() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let (client, server) = try connectedPair()
        let reader = Greenlet.spawn { try client.receive(upTo: 10) }
        try yield()
        client.close()
        client.close()
        #expect((thrown { _ = try reader.get() } as? SocketError)?.errno == Wire.closedNumber)
        #expect((thrown { try client.sendAll("x") } as? SocketError)?.errno == Wire.closedNumber)
        #expect((thrown { try client.shutDown() } as? SocketError)?.errno == Wire.closedNumber)
        #expect(client.peerCertificate == nil)
        #expect(try server.receive(upTo: 1) == [])
    }

    @Test func `a dropped connection is closed`() throws {
        var (client, server): (TLSSocket?, TLSSocket) = try connectedPair()
        #expect(client?.isClosed == false)
        client = nil
        #expect(try server.receive(upTo: 1) == [])
    }

    @Test func `an encrypted connection begins in the middle of a plain one`() throws {
        let context = try Certificates.serverContext()
        let server = try listenPlain { socket in
            guard try socket.receiveLine() == "STARTTLS" else { return }
            try socket.sendAll("OK\n")
            try echo(context.accept(socket))
        }
        let socket = try Socket.connect(to: server.address)
        try socket.sendAll("STARTTLS\n")
        #expect(try socket.receiveLine() == "OK")
        let stream = try Certificates.clientContext().wrap(socket, serverHostname: "localhost")
        try stream.sendAll("secret")
        #expect(try stream.receiveExactly(6) == Array("secret".utf8))
        stream.close()
        try server.stop()
    }
}

@Suite(.hub)
struct TLSServerTests {
    @Test func `a server on an address serves encrypted connections, of which a pool bounds the number`() throws {
        let server = try StreamServer(
            on: .loopback(port: 0), context: Certificates.serverContext(), pool: Pool(size: 1)
        ) { stream, _ in try echo(stream) }
        try server.start()
        let context = try Certificates.clientContext()
        let port = try #require(server.address.port)
        let first = try context.connect(host: "127.0.0.1", port: port)
        #expect(server.isFull)
        let waiting = Greenlet.spawn { try context.connect(host: "127.0.0.1", port: port) }
        try sleep(for: .milliseconds(5))
        #expect(!waiting.isReady)
        first.close()
        let second = try waiting.get()
        try second.sendAll("x")
        #expect(try second.receiveExactly(1) == [0x78])
        second.close()
        try server.stop()
    }

    @Test func `a file is read and sent encrypted, within one timeout`() throws {
        let (client, server) = try connectedPair()
        let file = open("/proc/self/exe", O_RDONLY)
        defer { close(file) }
        let size = 300_000
        var expected = [UInt8](repeating: 0, count: size)
        #expect(pread(file, &expected, size, 5) == size)
        let receiving = Greenlet.spawn { try server.receiveExactly(size) }
        #expect(try client.sendFile(file, offset: 5, count: size) == size)
        #expect(try receiving.get() == expected)
        // Somebody reads, but too slowly: each part would be in time, the whole is not.
        client.timeout = .milliseconds(60)
        let slow = Greenlet.spawn {
            while true { _ = try server.receive(upTo: 20_000); try sleep(for: .milliseconds(10)) }
        }
        #expect(thrown { _ = try client.sendFile(file, count: 1 << 30) } is SocketTimeout)
        try slow.kill()
    }
}
