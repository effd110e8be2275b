public import Gevent
internal import Glibc

/// An encrypted connection over a `Socket`, made by a ``TLSContext``. Python's `ssl.SSLSocket`.
///
/// It is used like a `Socket`; both are a `ByteStream`. One greenlet may read while another writes; a second reader or
/// writer gets a `ConcurrentObjectUseError`. Calls that wait park the greenlet, for at most ``timeout`` each, and can be
/// ended by a kill or a `Timeout`, after which the connection is still usable. As with a plain socket, a `send` that throws
/// has sent nothing, and a `sendAll` that was broken off has sent some part of its bytes.
///
/// The end of the stream (0 bytes) is only believed when the peer has marked it; otherwise reading throws a ``TLSError``
/// with the reason `.truncated`.
public final class TLSSocket: ByteStream {
    /// The connection underneath. To read its addresses and set its options; bytes sent or received on it directly would
    /// break the encrypted stream.
    public let socket: Socket

    /// nil once closed. Operations hold a reference of their own while they last, so that closing in the middle of one
    /// frees nothing that is in use.
    private(set) var engine: Engine?
    private let thread = pthread_self()
    /// In which process the session was begun.
    private let forks = Hub.forkCount
    private var isReading = false
    private var isWriting = false
    /// Sends what the kernel had no room for, after a `send` that nobody waits for any more.
    private var flusher: Greenlet<Void>?

    /// The version of TLS in use.
    public let version: TLSVersion

    /// The application protocol that both sides agreed on (ALPN); nil if none.
    public let applicationProtocol: String?

    /// Whether the handshake resumed an earlier session.
    public let isResumed: Bool

    /// The cipher in use, in OpenSSL's words, as "TLS_AES_256_GCM_SHA384".
    public let cipher: String

    /// Finishes the handshake. Takes the socket over: it is closed if this throws.
    init(_ socket: Socket, _ engine: Engine, timeout: Duration?) throws {
        do {
            try TLSSocket.shakeHands(engine, on: socket, timeout: timeout)
        } catch {
            engine.detach()
            socket.close()
            throw error
        }
        self.socket = socket
        self.engine = engine
        version = engine.version
        applicationProtocol = engine.applicationProtocol
        isResumed = engine.isResumed
        cipher = engine.cipher
    }

    deinit {
        close()
    }

    /// How long an operation may wait; nil, the default, for as long as it takes. Zero: not at all, an operation that
    /// would have to wait throws a `SocketError` with EAGAIN. It is the underlying socket's own time limit.
    public var timeout: Duration? {
        get { socket.timeout }
        set { socket.timeout = newValue }
    }

    /// Whether the connection has been closed on this side.
    public var isClosed: Bool { engine == nil || socket.isClosed }

    /// The peer's certificate in DER form: in a client the server's, in a server the client's if it gave one. nil once
    /// closed. With a resumed session it is the one of the first connection.
    public var peerCertificate: [UInt8]? { engine?.peerCertificate }

    /// How many decrypted bytes are at hand, which `receive` gives without waiting.
    public var pendingCount: Int { engine?.pending ?? 0 }

    // MARK: - Receiving

    /// Receives what there is, at least one byte and at most the buffer's size; 0 is the proper end of the stream.
    /// Parks the calling greenlet until something has arrived.
    ///
    /// - Throws: `SocketTimeout` after ``timeout``, ``TLSError`` when the stream ended without its end mark or the peer
    ///   broke the protocol, `SocketError` when the network did.
    @available(*, noasync)
    public func receive(into buffer: inout MutableRawSpan) throws -> Int {
        try take(&buffer, .timeout(timeout)) { engine, bytes in engine.read(into: bytes) }
    }

    private func take(
        _ buffer: inout MutableRawSpan, _ limit: TLSWait.Limit,
        _ step: (Engine, UnsafeMutableRawBufferPointer) -> Engine.Step
    ) throws -> Int {
        if buffer.byteCount == 0 { return 0 }
        let engine = try beginReading()
        defer { isReading = false }
        var wait = TLSWait(socket, engine, .read, limit)
        return try buffer.withUnsafeMutableBytes { bytes in
            // Safe: the buffer is the caller's for the length of its call, in which this greenlet may park.
            try wait.until {
                defer { keepFlushing(engine) }
                return step(engine, bytes)
            } ?? 0
        }
    }

    // MARK: - Sending

    /// Sends some of the bytes, at least one and at most 16 KiB (a TLS record), and returns how many. Parks the calling
    /// greenlet until there is room. Where it throws it has sent none: they can be sent once more.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: RawSpan) throws -> Int {
        if bytes.isEmpty { return 0 }
        let engine = try beginWriting()
        defer { endWriting(engine) }
        var wait = TLSWait(socket, engine, .write)
        try finishFlushing(engine, &wait)
        // It does not wait behind this: what is encrypted has been sent, as what a kernel has taken.
        return try bytes.withUnsafeBytes { bytes in
            try wait.until { engine.write(bytes) } ?? 0
        }
    }

    /// Sends all of the bytes. Parks the calling greenlet until the last has gone to the kernel; ``timeout`` is for the
    /// whole call. Broken off, it has sent some part of them, and the next send goes on behind that; unless there is one,
    /// the peer finds the stream truncated.
    @available(*, noasync)
    public func sendAll(_ bytes: RawSpan) throws {
        try sendAll(bytes, .timeout(timeout))
    }

    private func sendAll(_ bytes: RawSpan, _ limit: TLSWait.Limit) throws {
        if bytes.isEmpty { return }
        let engine = try beginWriting()
        defer { endWriting(engine) }
        var wait = TLSWait(socket, engine, .write, limit)
        try finishFlushing(engine, &wait)
        var sent = 0
        do {
            try bytes.withUnsafeBytes { bytes in
                while sent < bytes.count {
                    // Safe: `sent` stays within the buffer, since a write reports no more than it was given.
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                    guard let count = try wait.until({ engine.write(rest) }) else { throw wait.endedWhileSending }
                    sent += count
                }
            }
            if engine.hasOutgoing { _ = try wait.until { engine.flush() } }
        } catch {
            // Of its last record all is encrypted, but this call has not sent it.
            if sent > 0 { engine.isBrokenOff = true }
            throw error
        }
    }

    // MARK: - Ending

    /// Ends the encrypted stream properly: sends the end mark and waits for the peer's. Parks the calling greenlet, for
    /// ``timeout`` at most. What the peer still sends before its end mark is dropped. A peer that closes the connection
    /// without answering is good enough here. Close the socket afterwards.
    @available(*, noasync)
    public func shutDown() throws {
        let engine = try beginWriting()
        defer { endWriting(engine) }
        _ = try beginReading()
        defer { isReading = false }
        var wait = TLSWait(socket, engine, .shutDown)
        try finishFlushing(engine, &wait)
        _ = try wait.until { engine.sendEnd() }
        var dropped = [UInt8](repeating: 0, count: 4096)
        do {
            // Safe: the array's own bytes, for the length of the call.
            while try dropped.withUnsafeMutableBytes({ bytes in try wait.until { engine.read(into: bytes) } }) != nil {}
        } catch let error as TLSError where error.reason == .truncated {
            // The peer closed instead of answering.
        } catch let error as SocketError where error.errno == Wire.resetNumber {
            // The same, with something of ours unread.
        }
    }

    /// Closes the connection at once, without waiting. Greenlets that wait on it get a `SocketError` with EBADF. What was
    /// sent, and the end mark, still goes out, for up to a minute while the hub runs; behind a `sendAll` that was
    /// broken off there is no end mark. Never parks; a second call does nothing.
    public func close() {
        guard let engine else { return }
        self.engine = nil
        // In a forked child the session is the parent's: an end mark would end it there.
        if !socket.isClosed, forks == Hub.forkCount {
            if engine.isClient, engine.version == .v1_3 { engine.absorb() }
            if engine.isBrokenOff {
                _ = engine.takeOutgoing()
            } else {
                _ = engine.sendEnd()
                Tail.send(engine.takeOutgoing(), of: socket)
            }
        }
        engine.detach()
        socket.close()
    }

    // MARK: - What is outgoing

    /// Waits until what others have sent is with the kernel; a new record then is all that can be outgoing.
    private func finishFlushing(_ engine: Engine, _ wait: inout TLSWait) throws {
        guard engine.hasOutgoing else { return }
        if let flusher, !flusher.isDead { try wait.forFlush(by: flusher) }
        _ = try wait.until { engine.flush() }
    }

    private func endWriting(_ engine: Engine) {
        isWriting = false
        keepFlushing(engine)
    }

    /// Sees to it that what is outgoing goes out, also if nobody uses the connection any more. The one who writes does so
    /// by itself.
    private func keepFlushing(_ engine: Engine) {
        guard engine.hasOutgoing, !isWriting, !isClosed, socket.hasHub, flusher?.isDead ?? true else { return }
        // Not with this object, whose last reference closes the connection.
        flusher = Greenlet.spawn { [socket] in
            var wait = TLSWait(socket, engine, .write, .timeout(nil))
            do {
                _ = try wait.until { engine.flush() }
            } catch {
                // The engine keeps a failure for the next one who writes.
                try rethrowInterruption(error)
            }
        }
    }

    // MARK: - Who is at it

    private func openEngine() throws -> Engine {
        require(
            pthread_equal(thread, pthread_self()) != 0, "a TLSSocket was used on another thread than its hub's")
        guard let engine, !socket.isClosed else { throw SocketError(errno: Wire.closedNumber) }
        return engine
    }

    private func beginReading() throws -> Engine {
        let engine = try openEngine()
        guard !isReading else {
            throw ConcurrentObjectUseError(description: "this TLSSocket is already being read by another greenlet")
        }
        isReading = true
        return engine
    }

    private func beginWriting() throws -> Engine {
        let engine = try openEngine()
        guard !isWriting else {
            throw ConcurrentObjectUseError(description: "this TLSSocket is already being written by another greenlet")
        }
        isWriting = true
        return engine
    }

    private static func shakeHands(_ engine: Engine, on socket: Socket, timeout: Duration?) throws {
        var wait = TLSWait(socket, engine, .handshake, .timeout(timeout))
        _ = try wait.until { engine.handshake() }
    }
}

@available(*, unavailable)
extension TLSSocket: Sendable {}

/// What calls of several steps need: `receiveLine`, `receiveExactly`, `receiveText`.
extension TLSSocket: DeadlineStream {
    package func deadline(after timeout: Duration?) -> Deadline {
        socket.deadline(after: timeout)
    }

    package func receive(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        try take(&buffer, .until(deadline)) { engine, bytes in engine.read(into: bytes) }
    }

    package func sendAll(_ bytes: RawSpan, until deadline: Deadline) throws {
        try sendAll(bytes, .until(deadline))
    }

    package func peek(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        try take(&buffer, .until(deadline)) { engine, bytes in engine.peek(into: bytes) }
    }
}
