import Gevent
import GeventTesting
import Glibc
import Testing

@testable import GeventTLS

/// What faults of the network do to an encrypted connection.
@Suite(.virtualTime(quiet: .milliseconds(200)))
struct `TLS through a fault proxy` {
    /// More than any handshake here takes.
    private static let place = 20_000

    /// A server that echoes, a proxy with a fault, and a client that connects through it.
    private func withProxy(
        _ faults: [FaultProxy.Fault], _ body: (FaultProxy, () throws -> TLSSocket) throws -> Void
    ) throws {
        Hub.current.onUnhandledError = { _, _ in }
        let server = try listen(Certificates.serverContext()) { stream, _ in try echo(stream) }
        let proxy = try FaultProxy(to: server.address)
        for fault in faults { proxy.inject(fault) }
        defer {
            proxy.close()
            server.close()
        }
        let context = try Certificates.clientContext { $0.only(.v1_3) }
        try body(proxy) { try context.connect(to: proxy.address, serverHostname: "localhost") }
    }

    /// Sends so much that the fault strikes in the middle of the answer.
    private func provoke(_ stream: TLSSocket) -> (any Error)? {
        thrown {
            let sending = spawn { try stream.sendAll(pattern(100_000, seed: 1)) }
            defer { sending.killNoWait() }
            _ = try stream.receiveExactly(100_000)
        }
    }

    @Test(arguments: [.seconds(10_000_000_000), .seconds(Int64.max), Duration(attoseconds: .max)] as [Duration])
    func `has as much time as a duration is long`(time: Duration) throws {
        let server = try listen(Certificates.serverContext { $0.handshakeTimeout = time }) { stream, _ in
            stream.timeout = time
            try echo(stream)
        }
        defer { server.close() }
        let context = try Certificates.clientContext { $0.handshakeTimeout = time }
        let stream = try context.connect(to: server.address, serverHostname: "localhost", timeout: time)
        try stream.sendAll("hello")
        #expect(try stream.receiveExactly(5) == Array("hello".utf8))
        stream.close()
    }

    @Test func `does not mind single bytes`() throws {
        try withProxy([.split(into: 1)]) { _, connect in
            let stream = try connect()
            try stream.sendAll("hello")
            #expect(try stream.receiveExactly(5) == Array("hello".utf8))
            stream.close()
        }
    }

    @Test(arguments: [
        FaultProxy.Fault.close(after: place, .toClient), .halfClose(after: place, .toClient),
    ])
    func `tells an end without an end mark from a clean one`(_ fault: FaultProxy.Fault) throws {
        try withProxy([fault]) { proxy, connect in
            let error = try provoke(connect())
            #expect((error as? TLSError)?.reason == .truncated)
            #expect(proxy.statistics.strikes == 1)
        }
    }

    @Test func `notices a byte that was changed on the way`() throws {
        try withProxy([.garble(at: Self.place, .toClient)]) { _, connect in
            let error = try provoke(connect())
            #expect(error is TLSError)
        }
    }

    @Test func `fails when it is reset`() throws {
        try withProxy([.reset(after: Self.place, .toClient)]) { _, connect in
            let error = try provoke(connect())
            #expect((error as? SocketError)?.errno == ECONNRESET)
        }
    }

    @Test func `takes a round trip for the handshake and one for an answer`() throws {
        try withProxy([.delay(.seconds(4))]) { _, connect in
            let clock = Hub.current.clock
            let start = clock.now
            let stream = try connect()
            #expect(clock.now - start == .seconds(8))
            try stream.sendAll("hello")
            _ = try stream.receiveExactly(5)
            #expect(clock.now - start == .seconds(16))
            stream.close()
        }
    }

    @Test func `times out behind a stall, and goes on when it is healed`() throws {
        try withProxy([.stall(after: Self.place, .toClient)]) { proxy, connect in
            let stream = try connect()
            try stream.sendAll(pattern(Self.place, seed: 2))
            stream.timeout = .seconds(600)
            #expect(throws: SocketTimeout.self) { try stream.receiveExactly(Self.place + 1) }
            proxy.heal()
            try stream.sendAll("!")
            let rest = try stream.receive(upTo: 65_536)
            #expect(!rest.isEmpty)
            stream.close()
        }
    }
}
