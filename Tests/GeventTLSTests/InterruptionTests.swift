import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// Time limits and kills in each phase of a connection.
@Suite(.hub)
struct InterruptionTests {
    private static let short: Duration = .milliseconds(40)

    private func measure(_ body: () throws -> Void) -> Duration {
        ContinuousClock().measure { try? body() }
    }

    @Test func `the handshake's time limit holds against a silent peer`() throws {
        let (near, far) = try Socket.pair()
        defer { far.close() }
        let context = try Certificates.clientContext { $0.handshakeTimeout = Self.short }
        let error = thrown { _ = try context.wrap(near, serverHostname: "localhost") }
        #expect(error is SocketTimeout)
        #expect((error as? SocketError)?.message == "The handshake operation timed out")
        #expect(near.isClosed)
    }

    @Test func `connect's time limit is for the handshake too`() throws {
        let server = try listenPlain { socket in
            _ = try socket.receive(upTo: 1); try sleep(for: .seconds(60))
        }
        let context = try Certificates.clientContext()
        let error = thrown { _ = try context.connect(to: server.address, timeout: Self.short) }
        #expect(error is SocketTimeout)
        try server.stop(timeout: .zero)
    }

    @Test func `a server does not wait for ever for a client's handshake`() throws {
        let (near, far) = try Socket.pair()
        defer { near.close() }
        let context = try Certificates.serverContext { $0.handshakeTimeout = Self.short }
        #expect(thrown { _ = try context.accept(far) } is SocketTimeout)
        #expect(far.isClosed)
    }

    @Test func `a peer that trickles its handshake does not stretch the time limit`() throws {
        let (near, far) = try Socket.pair()
        // The trickle ends in a broken pipe.
        Hub.current.onUnhandledError = { _, _ in }
        let trickle = Greenlet.spawn {
            // The start of a long TLS record, one byte at a time.
            try far.sendAll([22, 3, 3, 0x3F, 0xFF])
            while true {
                try far.sendAll([0])
                try sleep(for: .milliseconds(5))
            }
        }
        let context = try Certificates.clientContext { $0.handshakeTimeout = .milliseconds(60) }
        let error = thrown { _ = try context.wrap(near, serverHostname: "localhost") }
        #expect(error is SocketTimeout)
        trickle.killNoWait()
    }

    @Test func `a read's time limit leaves the connection usable`() throws {
        let (client, server) = try connectedPair()
        client.timeout = Self.short
        let error = thrown { _ = try client.receive(upTo: 1) }
        #expect(error is SocketTimeout)
        #expect((error as? SocketError)?.message == "The read operation timed out")
        try server.sendAll("late")
        #expect(try client.receiveExactly(4) == Array("late".utf8))
    }

    @Test func `a write's time limit holds against a peer that never reads`() throws {
        let (client, server) = try connectedPair()
        client.timeout = Self.short
        let error = thrown { try client.sendAll([UInt8](repeating: 5, count: 16 << 20)) }
        #expect(error is SocketTimeout)
        #expect((error as? SocketError)?.message == "The write operation timed out")
        // What has been committed arrives whole, and then what is sent next.
        client.timeout = nil
        let sender = Greenlet.spawn {
            try client.sendAll("END"); client.close()
        }
        var received: [UInt8] = []
        while true {
            let bytes = try server.receive(upTo: 65_536)
            if bytes.isEmpty { break }
            received += bytes
        }
        try sender.get()
        #expect(received.suffix(3) == Array("END".utf8)[...])
        #expect(received.dropLast(3).allSatisfy { $0 == 5 })
    }

    @Test func `sendAll's time limit is for the whole call`() throws {
        let (client, server) = try connectedPair()
        client.timeout = .milliseconds(60)
        // The peer reads a little every few milliseconds: each single wait is short.
        let sipper = Greenlet.spawn {
            while true {
                _ = try server.receiveExactly(16_384)
                try sleep(for: .milliseconds(4))
            }
        }
        let elapsed = measure {
            #expect(thrown { try client.sendAll([UInt8](repeating: 5, count: 64 << 20)) } is SocketTimeout)
        }
        #expect(elapsed < .seconds(5))
        sipper.killNoWait()
    }

    @Test func `shutDown's time limit holds against a peer that does not answer`() throws {
        let (client, server) = try connectedPair()
        client.timeout = Self.short
        let error = thrown { try client.shutDown() }
        #expect(error is SocketTimeout)
        #expect((error as? SocketError)?.message == "The shutdown operation timed out")
        #expect(try server.receive(upTo: 1) == [])
    }

    @Test func `with no time at all a read only takes what is there`() throws {
        let (client, server) = try connectedPair()
        client.timeout = .zero
        #expect((thrown { _ = try client.receive(upTo: 1) } as? SocketError)?.errno == 11)
        try server.sendAll("x")
        #expect(try client.receive(upTo: 10) == [0x78])
        #expect((thrown { _ = try client.receive(upTo: 1) } as? SocketError)?.errno == 11)
    }

    // MARK: - Kills and Timeouts

    @Test func `a kill ends a handshake and closes the socket`() throws {
        let (near, far) = try Socket.pair()
        defer { far.close() }
        let context = try Certificates.clientContext()
        let connecting = Greenlet.spawn { _ = try context.wrap(near, serverHostname: "localhost") }
        try yield()
        try connecting.kill()
        #expect(thrown { _ = try connecting.get() } is GreenletExit)
        #expect(near.isClosed)
    }

    @Test func `a Timeout ends a handshake and closes the socket`() throws {
        let (near, far) = try Socket.pair()
        defer { far.close() }
        let context = try Certificates.clientContext()
        let error = thrown {
            try withTimeout(Self.short) { _ = try context.wrap(near, serverHostname: "localhost") }
        }
        #expect(error is Timeout)
        #expect(near.isClosed)
    }

    @Test func `a kill ends a read and leaves the connection usable`() throws {
        let (client, server) = try connectedPair()
        let reader = Greenlet.spawn { _ = try client.receive(upTo: 1) }
        try yield()
        try reader.kill()
        #expect(thrown { _ = try reader.get() } is GreenletExit)
        try server.sendAll("still here")
        #expect(try client.receiveExactly(10) == Array("still here".utf8))
    }

    @Test func `a kill ends a write and the next one is legal`() throws {
        let (client, server) = try connectedPair()
        let writer = Greenlet.spawn { try client.sendAll([UInt8](repeating: 5, count: 16 << 20)) }
        try yield()
        try writer.kill()
        #expect(thrown { _ = try writer.get() } is GreenletExit)
        let drain = Greenlet.spawn {
            var received: [UInt8] = []
            while true {
                let bytes = try server.receive(upTo: 65_536)
                if bytes.isEmpty { return received }
                received += bytes
            }
        }
        try client.sendAll("E")
        client.close()
        let received = try drain.get()
        #expect(received.last == 0x45)
        #expect(received.dropLast().allSatisfy { $0 == 5 })
    }

    @Test func `a kill ends a shutDown`() throws {
        let (client, server) = try connectedPair()
        let shutting = Greenlet.spawn { try client.shutDown() }
        try yield()
        try shutting.kill()
        #expect(thrown { _ = try shutting.get() } is GreenletExit)
        client.close()
        #expect(try server.receive(upTo: 1) == [])
    }

    @Test func `a connection closed after a broken-off write is truncated for the peer`() throws {
        let (client, server) = try connectedPair()
        let writer = Greenlet.spawn { try client.sendAll([UInt8](repeating: 5, count: 16 << 20)) }
        try yield()
        try writer.kill()
        client.close()
        let error = thrown { while try !server.receive(upTo: 65_536).isEmpty {} }
        #expect(reason(error) == .truncated)
    }
}
