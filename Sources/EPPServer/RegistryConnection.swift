import EPP
import Gevent
import GeventTLS
import Logging

/// One connection to an embedded registry: TLS, frames, faults. What the documents mean is `RegistrySession`'s affair.
final class RegistryConnection {
    /// Whether it has met the fault `hang`.
    private(set) var isHanging = false

    private let socket: Socket
    private let registry: EmbeddedRegistry
    private let context: TLSContext
    private let session: RegistrySession
    private let accepted: HubClock.Instant
    private let handshakeEnded: () -> Void
    private var stream: TLSSocket?
    private var decoder: FrameDecoder
    private var piece = [UInt8](repeating: 0, count: 4_096)

    /// - Parameter handshakeEnded: Called once, when the handshake is over, or there is to be none.
    init(
        _ socket: Socket, registry: EmbeddedRegistry, context: TLSContext, handshakeEnded: @escaping () -> Void
    ) {
        self.socket = socket
        self.handshakeEnded = handshakeEnded
        self.registry = registry
        self.context = context
        session = RegistrySession(registry)
        accepted = registry.clock.hubTime
        decoder = FrameDecoder(limit: registry.configuration.frameLimit)
    }

    /// Ends it without a word. Whoever waits on it is woken with an error.
    func cut() {
        // The socket underneath first: closing TLS would say goodbye, and what is tested is a peer that does not.
        socket.close()
        stream?.close()
    }

    /// Serves it until it ends.
    func run() throws {
        registry.counters.count {
            $0.connections += 1
            $0.openConnections += 1
        }
        defer {
            session.end()
            registry.counters.count { $0.openConnections -= 1 }
            stream?.close()
            socket.close()
        }
        let strike = registry.faults.next(at: .greeting)
        do {
            guard let stream = try begin(strike) else { return }
            if strike.fault == .closeBeforeGreeting {
                count(strike)
                return sayGoodbye(stream)
            }
            let certificate = stream.peerCertificate ?? []
            guard registry.beginSession(of: certificate) else { return sayGoodbye(stream) }
            defer { registry.endSession(of: certificate) }
            guard try deliver(session.opening(strike), on: stream, strike) else { return }
            try converse(on: stream)
        } catch let error as SocketError {
            registry.logger?.debug("EPP registry lost a connection", metadata: ["error": "\(error)"])
        }
    }

    /// The encrypted connection, nil where there is none.
    private func begin(_ strike: FaultPlan.Strike) throws -> TLSSocket? {
        defer { handshakeEnded() }
        guard strike.fault == .refuse else { return try shakeHands() }
        count(strike)
        return nil
    }

    /// The handshake, nil where it failed.
    private func shakeHands() throws -> TLSSocket? {
        do {
            socket.timeout = registry.configuration.transferTimeout
            let stream = try context.accept(socket)
            self.stream = stream
            registry.counters.count { $0.handshakes += 1 }
            return stream
        } catch let error as SocketError {
            registry.counters.count { $0.handshakeFailures += 1 }
            registry.logger?.debug("EPP registry: TLS handshake failed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func converse(on stream: TLSSocket) throws {
        while let document = try nextDocument(from: stream) {
            let (answer, strike) = try session.answer(document) { registry.faults.next(at: $0) }
            guard try deliver(answer, on: stream, strike) else { return }
        }
    }

    /// How long the connection may last yet; nil for ever.
    private var timeLeft: Duration? {
        registry.configuration.maximumAge.map { $0.bounded - (registry.clock.hubTime - accepted) }
    }

    /// How long the whole of a frame may take, from its first byte on.
    private var frameTime: Duration {
        min(registry.configuration.transferTimeout, registry.configuration.idleTimeout ?? .nanoseconds(Int64.max))
            .bounded
    }

    /// The next document, nil at the end of the stream, or once the client has been idle or there for too long, or takes
    /// too long over one frame.
    private func nextDocument(from stream: TLSSocket) throws -> [UInt8]? {
        do {
            if let document = try decoder.next() { return document }
            // A byte now and then does not make a client less idle.
            var frameBegan = decoder.pendingCount > 0 ? registry.clock.hubTime : nil
            while true {
                let frameLeft = frameBegan.map { frameTime - (registry.clock.hubTime - $0) }
                let limits = [frameLeft ?? registry.configuration.idleTimeout, timeLeft].compactMap { $0 }
                let left = limits.min()
                if let left, left <= .zero { throw SocketTimeout("the time is over") }
                stream.timeout = left
                let count = try stream.receive(into: &piece)
                guard count > 0 else { return nil }
                decoder.append(piece[..<count])
                if let document = try decoder.next() { return document }
                if frameBegan == nil { frameBegan = registry.clock.hubTime }
            }
        } catch is SocketTimeout {
            let isTooOld = timeLeft.map { $0 <= .zero } ?? false
            registry.counters.count { if isTooOld { $0.aged += 1 } else { $0.idled += 1 } }
            return nil
        } catch let error as FrameError {
            // Where the next frame begins cannot be known: nothing to answer.
            registry.logger?.debug("EPP registry: bad frame", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Sends an answer, misbehaving as the strike says. Whether the connection goes on.
    private func deliver(
        _ answer: RegistrySession.Answer, on stream: TLSSocket, _ strike: FaultPlan.Strike
    ) throws -> Bool {
        stream.timeout = registry.configuration.transferTimeout
        if !strike.isEmpty { count(strike) }
        if let delay = strike.delay { try sleep(for: delay) }
        let document = answer.document
        switch strike.fault {
        case nil, .wrongTransactionID, .result, .notLoggedIn, .refuse, .closeBeforeGreeting, .splitFrames, .delay:
            try send(Frame.encode(document), on: stream, strike)
        case .garbageDocument:
            try send(Frame.encode(Array("<epp><greeting></epp>\u{1}".utf8)), on: stream, strike)
        case .close:
            return false
        case .closeInsideBody:
            let frame = Frame.encode(document)
            try send(Array(frame.prefix(Frame.headerLength + document.count / 2)), on: stream, strike)
            sayGoodbye(stream)
            return false
        case .oversizedFrame:
            try send([0x40, 0, 0, 0] + document, on: stream, strike)
            return try hang()
        case .garbageFrame:
            try send(
                Array("530 connections from your address are not permitted\r\n".utf8), on: stream, strike)
            return try hang()
        case .hang:
            return try hang()
        case .restart:
            registry.cutAll()
            return false
        }
        if answer.ends { sayGoodbye(stream) }
        return !answer.ends
    }

    private func send(_ bytes: [UInt8], on stream: TLSSocket, _ strike: FaultPlan.Strike) throws {
        guard let size = strike.pieces else { return try stream.sendAll(bytes) }
        for start in stride(from: 0, to: bytes.count, by: size) {
            try stream.sendAll(bytes[start..<min(bytes.count, start + size)])
            try yield()
        }
    }

    private func count(_ strike: FaultPlan.Strike) { registry.counters.count { $0.faults += 1 } }

    /// Stays silent until the client gives up, or the registry heals. What the client must notice is the fault, not
    /// that the connection was closed after it.
    private func hang() throws -> Bool {
        isHanging = true
        stream?.timeout = nil
        while let stream, try stream.receive(into: &piece) > 0 {}
        return false
    }

    /// Closes as TLS wants it, so that the client can tell the end from an attack.
    private func sayGoodbye(_ stream: TLSSocket) {
        stream.timeout = registry.configuration.transferTimeout
        // A client that has gone already is no error: this is the last thing done here.
        try? stream.shutDown()
    }
}
