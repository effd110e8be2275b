import Gevent
import Glibc

@testable import GeventTLS

/// A client's and a server's engine at the two ends of a connection, with no hub: the test calls their steps in turn.
final class WirePair {
    let client: Engine
    let server: Engine
    private(set) var descriptors: [Int32]

    init(
        client: TLSContext, server: TLSContext, name: String? = "localhost", place: String? = "1",
        bufferSize: Int32? = nil
    ) throws {
        descriptors = try Self.makePair(bufferSize: bufferSize)
        self.client = try Engine.client(
            client, descriptor: descriptors[0], serverName: name.map { try ServerName($0) }, place: place)
        self.server = try Engine.server(server, descriptor: descriptors[1])
    }

    deinit {
        for descriptor in descriptors where descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    static func makePair(bufferSize: Int32? = nil) throws -> [Int32] {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw SocketError(errno: errno) }
        if var size = bufferSize {
            for end in pair {
                setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
        }
        return pair
    }

    /// Both sides' handshakes, to their ends.
    func shakeHands() throws {
        try finishHandshakes(clientMust: true, serverMust: true)
    }

    /// The error with which the client's handshake ends, and the server's; nil where it succeeds.
    func handshakeErrors() -> (client: (any Error)?, server: (any Error)?) {
        var errors: [(any Error)?] = [nil, nil]
        var isOver = [false, false]
        for _ in 0..<50 where isOver.contains(false) {
            for (index, engine) in [client, server].enumerated() where !isOver[index] {
                engine.becameReadable()
                switch engine.handshake() {
                case .done, .ended: isOver[index] = true
                case .failed(let error):
                    isOver[index] = true
                    errors[index] = error
                case .wantsRead, .wantsWrite, .wantsTurn: break
                }
            }
        }
        return (errors[0], errors[1])
    }

    private func finishHandshakes(clientMust: Bool, serverMust: Bool) throws {
        let errors = handshakeErrors()
        if let error = errors.client ?? errors.server { throw error }
    }

    /// Puts bytes of somebody else's onto the wire; whether they all went.
    func inject(_ bytes: [UInt8], fromServer: Bool) -> Bool {
        Glibc.send(descriptors[fromServer ? 1 : 0], bytes, bytes.count, 0) == bytes.count
    }

    /// Closes one side's descriptor with no end mark.
    func cut(_ index: Int) {
        _ = Glibc.close(descriptors[index])
        descriptors[index] = -1
    }
}

extension Engine {
    /// What one attempt to read gives.
    func take(_ count: Int = 65_536) -> (step: Step, bytes: [UInt8]) {
        becameReadable()
        var buffer = [UInt8](repeating: 0, count: count)
        let step = buffer.withUnsafeMutableBytes { read(into: $0) }
        guard case .done(let received) = step else { return (step, []) }
        return (step, Array(buffer.prefix(received)))
    }

    func put(_ bytes: [UInt8]) -> Step {
        bytes.withUnsafeBytes { write($0) }
    }

    /// The error of one attempt to read.
    func readError() -> (any Error)? {
        guard case .failed(let error) = take().step else { return nil }
        return error
    }
}

extension Engine.Step {
    var isEnded: Bool { if case .ended = self { true } else { false } }
    var wantsWriting: Bool { if case .wantsWrite = self { true } else { false } }
    var wantsReading: Bool { if case .wantsRead = self { true } else { false } }
    var wantsTurn: Bool { if case .wantsTurn = self { true } else { false } }
}

/// The reason of a TLSError, nil of anything else.
func reason(_ error: (any Error)?) -> TLSError.Reason? {
    (error as? TLSError)?.reason
}
