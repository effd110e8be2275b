import COpenSSL
import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// Peers that send and send, and never any data.
@Suite(.hub)
struct FloodTests {
    /// A client, and an engine that floods it, with buffers large enough for all that a test sends.
    private static func pair(_ version: TLSVersion = .v1_3) throws -> WirePair {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(version) }, server: Certificates.serverContext(),
            bufferSize: 1 << 23)
        try pair.shakeHands()
        pair.client.absorb()
        return pair
    }

    /// Makes that many changes of keys; fewer where nobody takes them.
    private static func changeKeys(_ pair: WirePair, times: Int, asking: Bool = false) {
        for _ in 0..<times {
            SSL_key_update(
                pair.server.raw, Int32(asking ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED))
            guard SSL_do_handshake(pair.server.raw) == 1 else { return }
        }
    }

    /// Sends one byte behind all that is under way. Gives what the client gets, and how often it gave way before.
    private static func byteBehind(_ pair: WirePair) -> (bytes: [UInt8], turns: Int) {
        var turns = 0
        var isSent = false
        for _ in 0..<10_000 {
            if !isSent { isSent = pair.server.put([42]).isDone }
            if isSent { _ = pair.server.flush() }
            let (step, bytes) = pair.client.take()
            switch step {
            case .done: return (bytes, turns)
            case .wantsTurn: turns += 1
            case .failed, .ended: return ([], turns)
            case .wantsRead, .wantsWrite: break
            }
        }
        return ([], turns)
    }

    @Test func `a read gives way in the middle of changes of keys, and finds the data behind them`() throws {
        let pair = try Self.pair()
        Self.changeKeys(pair, times: 3_000)
        let (bytes, turns) = Self.byteBehind(pair)
        #expect(bytes == [42])
        // Up to 81 KB, in reads of 16 KB.
        #expect(turns >= 1)
    }

    @Test func `a connection ends after a megabyte of records without data`() throws {
        let pair = try Self.pair()
        var steps = 0
        var error: (any Error)?
        while error == nil, steps < 10_000 {
            Self.changeKeys(pair, times: 1_000)
            steps += 1
            _ = pair.server.flush()
            if case .failed(let failure) = pair.client.take().step { error = failure }
        }
        #expect(reason(error) == .protocolError)
        #expect("\(error as Any)".contains("carry no data"))
    }

    @Test func `a little data now and then makes it a connection like others`() throws {
        let pair = try Self.pair()
        // 1.6 MB altogether.
        for _ in 0..<100 {
            Self.changeKeys(pair, times: 600)
            #expect(Self.byteBehind(pair).bytes == [42])
        }
    }

    @Test func `a peer that asks for answers and reads none of them is left`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(.v1_3) }, server: Certificates.serverContext(),
            bufferSize: 1 << 16)
        try pair.shakeHands()
        pair.client.absorb()
        var error: (any Error)?
        for _ in 0..<1_000 where error == nil {
            Self.changeKeys(pair, times: 1_000, asking: true)
            // Whoever reads them is the one that answers; the peer's own engine reads nothing.
            for _ in 0..<10 {
                if case .failed(let failure) = pair.client.take().step { error = failure }
            }
            if pair.server.hasOutgoing { _ = pair.server.flush() }
        }
        #expect(reason(error) == .protocolError)
    }

    @Test(arguments: [false, true])
    func `a read's time limit and a kill hold against a flood`(isKilled: Bool) throws {
        let (client, server) = try connectedPair(version: .v1_3)
        let engine = try #require(server.engine)
        // It ends before the connection is given up for it.
        let flood = spawn {
            for _ in 0..<10_000 {
                SSL_key_update(engine.raw, Int32(SSL_KEY_UPDATE_NOT_REQUESTED))
                SSL_do_handshake(engine.raw)
                _ = engine.flush()
                try yield()
            }
        }
        defer { flood.killNoWait() }
        var others = 0
        let other = spawn {
            while true {
                others += 1
                try yield()
            }
        }
        defer { other.killNoWait() }
        if isKilled {
            let reader = Greenlet.spawn { _ = try client.receive(upTo: 1) }
            for _ in 0..<3 { try yield() }
            try reader.kill()
            #expect(thrown { _ = try reader.get() } is GreenletExit)
        } else {
            client.timeout = .milliseconds(30)
            let error = thrown { _ = try client.receive(upTo: 1) }
            #expect(error is SocketTimeout)
        }
        #expect(others > 1)
    }

    @Test func `tickets without end are taken in turns`() throws {
        let pair = try Self.pair()
        for _ in 0..<600 {
            SSL_new_session_ticket(pair.server.raw)
            guard SSL_do_handshake(pair.server.raw) == 1 else { break }
        }
        let (bytes, turns) = Self.byteBehind(pair)
        #expect(bytes == [42])
        #expect(turns >= 1)
    }
}
