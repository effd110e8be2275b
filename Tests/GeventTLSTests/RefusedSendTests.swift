import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// A `send` that throws has sent nothing; one that returns has sent what it says.
@Suite(.hub)
struct RefusedSendTests {
    private static func block(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 10_000) }

    /// What two hundred blocks are, in order.
    private static var blocks: [UInt8] { (0..<200).flatMap(block) }

    /// Sends the blocks with an attempt that may be refused; whoever is refused repeats. Gives what arrived, and how
    /// often an attempt was refused.
    private func deliver(
        _ version: TLSVersion, refusing attempt: (TLSSocket, ArraySlice<UInt8>) throws -> Int?
    ) throws -> (received: [UInt8], refusals: Int) {
        let (client, server) = try connectedPair(version: version)
        var refusals = 0
        let reader = Greenlet.spawn {
            var received: [UInt8] = []
            while case let bytes = try server.receive(upTo: 4_000), !bytes.isEmpty {
                received += bytes
                try yield()
            }
            server.close()
            return received
        }
        for number in 0..<200 {
            var rest = Self.block(number)[...]
            // A sender that is refused for ever has sent something each time.
            while !rest.isEmpty, refusals < 50_000 {
                if let count = try attempt(client, rest) {
                    rest = rest.dropFirst(count)
                } else {
                    refusals += 1
                    try yield()
                }
            }
        }
        client.timeout = nil
        try client.shutDown()
        client.close()
        return (try reader.get(), refusals)
    }

    @Test(arguments: bothVersions)
    func `what is refused for want of room is sent once`(version: TLSVersion) throws {
        let (received, refusals) = try deliver(version) { stream, bytes in
            stream.timeout = .zero
            do {
                return try stream.send(bytes)
            } catch let error as SocketError where error.errno == 11 {
                return nil
            }
        }
        #expect(refusals > 0)
        #expect(received == Self.blocks)
    }

    @Test(arguments: bothVersions)
    func `what is refused for want of time is sent once`(version: TLSVersion) throws {
        let (received, refusals) = try deliver(version) { stream, bytes in
            stream.timeout = .nanoseconds(1)
            do {
                return try stream.send(bytes)
            } catch is SocketTimeout {
                return nil
            }
        }
        #expect(refusals > 0)
        #expect(received == Self.blocks)
    }

    @Test(arguments: bothVersions)
    func `what a kill breaks off is sent once`(version: TLSVersion) throws {
        let (received, refusals) = try deliver(version) { stream, bytes in
            let sending = Greenlet.spawn { try stream.send(bytes) }
            try yield()
            if !sending.isDead { try sending.kill() }
            do {
                return try sending.get()
            } catch is GreenletExit {
                return nil
            }
        }
        #expect(refusals > 0)
        #expect(received == Self.blocks)
    }

    @Test func `what a send has taken goes out although nobody uses the connection any more`() throws {
        let (client, server) = try connectedPair()
        client.timeout = .zero
        var sent = 0
        while let count = try? client.send([UInt8](repeating: 1, count: 16_000)) { sent += count }
        #expect(try server.receiveExactly(sent).count == sent)
        withExtendedLifetime(client) {}
    }

    @Test func `what a send has taken, and the end mark, goes out although the connection is closed`() throws {
        let (client, server) = try connectedPair()
        client.timeout = .zero
        var sent = 0
        while let count = try? client.send([UInt8](repeating: 1, count: 16_000)) { sent += count }
        client.close()
        var received = 0
        while case let bytes = try server.receive(upTo: 65_536), !bytes.isEmpty { received += bytes.count }
        #expect(received == sent)
    }

    @Test func `a sendAll that is broken off is no whole message, also where its last record was encrypted`() throws {
        let (client, server) = try connectedPair()
        client.timeout = .zero
        #expect(thrown { try client.sendAll([UInt8](repeating: 5, count: 16 << 20)) } is SocketError)
        client.close()
        let error = thrown { while try !server.receive(upTo: 65_536).isEmpty {} }
        #expect(reason(error) == .truncated)
    }

    @Test func `a reader can wait while what was sent goes out`() throws {
        let (client, server) = try connectedPair()
        let reader = Greenlet.spawn { try client.receiveExactly(2) }
        try yield()
        client.timeout = .zero
        var sent = 0
        while let count = try? client.send([UInt8](repeating: 1, count: 16_000)) { sent += count }
        client.timeout = nil
        _ = try server.receiveExactly(sent)
        try server.sendAll("ok")
        #expect(try reader.get() == Array("ok".utf8))
    }
}
