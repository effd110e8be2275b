import Gevent
import GeventTesting
import Glibc
import Testing

/// Over TCP a socket asks the kernel for changes only, and takes a short receive to mean that there is no more: what must
/// be seen all the same.
@Suite(.hub)
struct SocketReadinessTests {
    /// A connection, one end of which has waited once, so that the kernel has been told how.
    private func waitedOn(_ family: Family) throws -> (client: Socket, server: Socket) {
        let (client, server) = try family.connection()
        let waiting = Greenlet.spawn { try server.receive(upTo: 100) }
        try sleep(for: .zero)
        try client.sendAll("first")
        #expect(try waiting.get() == Array("first".utf8))
        return (client, server)
    }

    @Test(arguments: Family.available)
    func `the end that came together with the last bytes`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        let waiting = Greenlet.spawn { (try server.receive(upTo: 100), try server.receive(upTo: 100)) }
        try sleep(for: .zero)
        try client.sendAll("last")
        try client.shutDown(.writing)
        let (bytes, end) = try waiting.get()
        #expect(bytes == Array("last".utf8) && end.isEmpty)
    }

    @Test(arguments: Family.available)
    func `the end that came after the last bytes`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        let waiting = Greenlet.spawn { (try server.receive(upTo: 100), try server.receive(upTo: 100)) }
        try sleep(for: .zero)
        try client.sendAll("last")
        for _ in 0..<3 { try sleep(for: .milliseconds(1)) }
        client.close()
        let (bytes, end) = try waiting.get()
        #expect(bytes == Array("last".utf8) && end.isEmpty)
    }

    @Test(arguments: [Family.ipv4])
    func `bytes behind one that was sent out of band`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        let waiting = Greenlet.spawn { try server.receiveExactly(4) }
        try sleep(for: .zero)
        try client.sendAll("ab")
        #expect(Glibc.send(client.descriptor, "!", 1, Int32(MSG_OOB)) == 1)
        try client.sendAll("cd")
        #expect(try waiting.get() == Array("abcd".utf8))
    }

    @Test(arguments: Family.available)
    func `bytes that came while nobody waited, and the rest of them`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        try client.sendAll("0123456789")
        for _ in 0..<3 { try sleep(for: .milliseconds(1)) }
        #expect(try server.receive(upTo: 4) == Array("0123".utf8))
        for _ in 0..<3 { try sleep(for: .milliseconds(1)) }
        server.timeout = .zero
        #expect(try server.receive(upTo: 4) == Array("4567".utf8))
        server.timeout = nil
        #expect(try server.receive(upTo: 4) == Array("89".utf8))
    }

    @Test(arguments: Family.available)
    func `its state, for one who waits for the descriptor itself`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        try client.sendAll("x")
        for _ in 0..<3 { try sleep(for: .milliseconds(1)) }
        for _ in 0..<3 { try waitReadable(server.descriptor) }
        #expect(try server.receive(upTo: 4) == Array("x".utf8))
    }

    @Test(arguments: Family.available)
    func `room, each time that there was none`(_ family: Family) throws {
        let (client, server) = try waitedOn(family)
        let count = 4 << 20
        let sending = Greenlet.spawn { try client.sendAll([UInt8](repeating: 7, count: count)) }
        var received = 0
        while received < count { received += try server.receive(upTo: 100_000).count }
        try sending.get()
        #expect(received == count)
    }

    @Test func `every request, where more connections have one than are looked at in one turn`() throws {
        let connections = try (0..<130).map { _ in try Family.ipv4.connection() }
        let answering = connections.map { connection in
            Greenlet.spawn {
                while case let bytes = try connection.server.receive(upTo: 100), !bytes.isEmpty {
                    try connection.server.sendAll(bytes)
                }
            }
        }
        for round in 0..<5 {
            for connection in connections { try connection.client.sendAll("request \(round)") }
            for connection in connections {
                #expect(try connection.client.receiveText(upTo: 100) == "request \(round)")
            }
        }
        for connection in connections { connection.client.close() }
        try joinAll(answering)
    }
}
