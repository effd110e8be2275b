import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// The TLS state alone: two engines at one connection, no hub.
@Suite(.inTurn)
struct EngineTests {
    @Test(arguments: bothVersions)
    func `both sides agree on the version that is allowed and exchange bytes`(version: TLSVersion) throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(version) }, server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.client.version == version)
        #expect(pair.server.version == version)
        #expect(pair.client.put(Array("ping".utf8)).isDone)
        #expect(pair.server.take().bytes == Array("ping".utf8))
        #expect(pair.server.put(Array("pong".utf8)).isDone)
        #expect(pair.client.take().bytes == Array("pong".utf8))
        #expect(pair.client.peerCertificate?.isEmpty == false)
        #expect(pair.server.peerCertificate == nil)
    }

    @Test func `a read with nothing there asks to wait`() throws {
        let pair = try WirePair(client: Certificates.clientContext(), server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.server.take().step.wantsReading)
    }

    @Test func `the end mark is the end of the stream`() throws {
        let pair = try WirePair(client: Certificates.clientContext(), server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.client.put([1]).isDone)
        #expect(pair.client.sendEnd().isDone)
        pair.cut(0)
        #expect(pair.server.take().bytes == [1])
        #expect(pair.server.take().step.isEnded)
        #expect(pair.server.take().step.isEnded)
    }

    @Test(arguments: bothVersions)
    func `the end of the connection without an end mark is a truncated stream`(version: TLSVersion) throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(version) }, server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.client.put([1]).isDone)
        pair.client.absorb()
        pair.cut(0)
        #expect(pair.server.take().bytes == [1])
        #expect(reason(pair.server.readError()) == .truncated)
        #expect(reason(pair.server.readError()) == .truncated)
    }

    @Test func `a write that was broken off does not mix with the next one`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext(), server: Certificates.serverContext(), bufferSize: 4096)
        try pair.shakeHands()
        pair.client.absorb()
        let large = [UInt8](repeating: 7, count: Engine.recordSize)
        var committed = 0
        while case .done(let count) = pair.client.put(large) { committed += count }
        #expect(pair.client.hasOutgoing)
        // The caller gives up here and later sends something else, shorter than what was refused.
        var received: [UInt8] = []
        while !pair.client.flush().isDone { received += pair.server.take().bytes }
        #expect(!pair.client.hasOutgoing)
        while !pair.client.put([8, 9]).isDone { received += pair.server.take().bytes }
        while true {
            let (step, bytes) = pair.server.take()
            if !step.isDone { break }
            received += bytes
        }
        #expect(received == [UInt8](repeating: 7, count: committed) + [8, 9])
    }

    @Test func `what the other side sent can be read after a write has failed`() throws {
        let pair = try WirePair(client: Certificates.clientContext(), server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.server.put(Array("bye".utf8)).isDone)
        #expect(pair.server.sendEnd().isDone)
        pair.cut(1)
        guard case .failed(let error) = pair.client.put([1]) else {
            Issue.record("the write found no closed connection")
            return
        }
        #expect((error as? SocketError)?.errno == 32)  // EPIPE, and no SIGPIPE
        #expect(pair.client.take().bytes == Array("bye".utf8))
        #expect(pair.client.take().step.isEnded)
    }

    @Test func `application protocols are chosen by the server's preference`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.applicationProtocols = ["http/1.1", "epp"] },
            server: Certificates.serverContext { $0.applicationProtocols = ["epp", "http/1.1"] })
        try pair.shakeHands()
        #expect(pair.client.applicationProtocol == "epp")
        #expect(pair.server.applicationProtocol == "epp")
    }

    @Test func `a client whose application protocols the server lacks is refused`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.applicationProtocols = ["smtp"] },
            server: Certificates.serverContext { $0.applicationProtocols = ["epp"] })
        let errors = pair.handshakeErrors()
        #expect(reason(errors.client) == .peerAlert(.noApplicationProtocol))
        #expect(reason(errors.server) == .handshakeFailed)
    }

    @Test func `no application protocol is agreed on when the server has none`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.applicationProtocols = ["epp"] },
            server: Certificates.serverContext())
        try pair.shakeHands()
        #expect(pair.client.applicationProtocol == nil)
    }

    @Test func `without a version in common both sides say so`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(.v1_2) }, server: Certificates.serverContext { $0.only(.v1_3) }
        )
        let errors = pair.handshakeErrors()
        #expect(reason(errors.client) == .protocolVersion)
        #expect(reason(errors.server) == .protocolVersion)
    }

    @Test func `a server without a credential is refused at once`() throws {
        let context = try Certificates.clientContext()
        #expect { _ = try Engine.server(context, descriptor: -1) } throws: { reason($0) == .invalidConfiguration }
    }

    @Test func `a connection that is let go of refuses to read and write`() throws {
        let pair = try WirePair(client: Certificates.clientContext(), server: Certificates.serverContext())
        try pair.shakeHands()
        pair.client.detach()
        #expect((pair.client.readError() as? SocketError)?.errno == Wire.closedNumber)
        guard case .failed = pair.client.put([1]) else {
            Issue.record("it wrote")
            return
        }
        #expect(pair.server.take().step.wantsReading)
    }

    @Test(arguments: bothVersions)
    func `bytes that were changed on the way are refused and nothing of them is given out`(version: TLSVersion) throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(version) }, server: Certificates.serverContext())
        try pair.shakeHands()
        pair.client.absorb()
        #expect(pair.inject([23, 3, 3, 0, 32] + [UInt8](repeating: 0xA5, count: 32), fromServer: true))
        let (step, bytes) = pair.client.take()
        #expect(bytes.isEmpty)
        guard case .failed(let error) = step else {
            Issue.record("accepted")
            return
        }
        #expect(reason(error) == .protocolError)
        #expect(reason(pair.client.readError()) == .protocolError)
    }

    @Test func `no garbage in place of a handshake does more than fail`() throws {
        let context = try Certificates.serverContext()
        let client = try Certificates.clientContext()
        var numbers = LinearNumbers(state: 42)
        for round in 0..<300 {
            let pair = try WirePair(client: client, server: context)
            // Half of them begin as a handshake record does, so that more than its first byte is looked at.
            var garbage = (0..<Int.random(in: 1...600, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            }
            if round % 2 == 0 { garbage = [22, 3, 1, 0, UInt8(min(255, garbage.count)), 1] + garbage }
            #expect(pair.inject(garbage, fromServer: false))
            pair.cut(0)
            var step = pair.server.handshake()
            // The bytes first, then the end.
            if step.wantsReading {
                pair.server.becameReadable()
                step = pair.server.handshake()
            }
            guard case .failed(let error) = step else {
                Issue.record("round \(round) did not fail")
                return
            }
            #expect(error is TLSError || error is SocketError)
        }
    }

    /// Knuth's MMIX numbers: the same in each run.
    private struct LinearNumbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }
}
