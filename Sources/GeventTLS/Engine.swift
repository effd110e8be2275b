internal import COpenSSL
internal import Gevent

/// One connection's TLS state: OpenSSL's `SSL` over a `Wire`. It never parks: each call does what it can at once and
/// says what it did, or which readiness it waits for. `TLSSocket` parks between the calls.
///
/// An `SSL` is not reentrant and not for two threads. Both hold by construction: it stays on its hub's thread, and no
/// greenlet switch can happen inside of a call. One reader and one writer may take turns at it call by call.
final class Engine {
    /// What a call did.
    enum Step {
        /// It is done; the count of bytes where there is one.
        case done(Int)
        /// Call again once the descriptor is readable.
        case wantsRead
        /// Call again once the descriptor is writable.
        case wantsWrite
        /// Call again once others have had their turn: much has been received, and there may be more.
        case wantsTurn
        /// The peer has ended the stream in the proper way.
        case ended
        case failed(any Error)

        var isDone: Bool { if case .done = self { true } else { false } }
    }

    /// A TLS record's largest content.
    static let recordSize = 16_384
    /// How much may come without any data in it, one after the other: 38,000 changes of keys. Nobody needs a hundredth.
    static let barrenLimit = 1 << 20

    let context: TLSContext
    /// nil in a server, and in a client that has no name to check.
    let serverName: ServerName?
    /// Where the sessions of this connection are kept; nil in a server, and where none are to be.
    let sessionKey: SessionCache.Key?
    let isClient: Bool
    /// After this nothing more can be read.
    private var readFailure: (any Error)?
    /// After this nothing more can be written. When the network refuses a write, what has arrived can still be read.
    private var writeFailure: (any Error)?
    /// A message was sent in part and then given up: an end mark would tell the peer that it is whole.
    var isBrokenOff = false

    /// Whether the handshake is over. OpenSSL's own answer turns to no again when something fails later.
    private(set) var isEstablished = false

    /// The SSL, for this class's own files only.
    let raw: OpaquePointer
    private let wire: UnsafeMutablePointer<Wire>
    private var offersSession = false

    /// Takes part in a connection over a descriptor, which it borrows until `detach()`.
    private init(
        _ context: TLSContext, descriptor: Int32, isClient: Bool, serverName: ServerName?, sessionKey: SessionCache.Key?
    ) throws {
        OpenSSL.clearErrors()
        guard let raw = SSL_new(context.raw) else {
            throw OpenSSL.error(.invalidConfiguration, "OpenSSL makes no connection")
        }
        let wire = UnsafeMutablePointer<Wire>.allocate(capacity: 1)
        wire.initialize(to: Wire(descriptor: descriptor))
        self.context = context
        self.isClient = isClient
        self.serverName = serverName
        self.sessionKey = sessionKey
        self.raw = raw
        self.wire = wire
        // Safe: all stored properties are set, so `deinit` frees both, also when this throws. The wire outlives the BIO,
        // which goes with `raw`.
        guard let bio = Wire.makeBIO(wire) else {
            throw OpenSSL.error(.invalidConfiguration, "OpenSSL makes no BIO")
        }
        // Safe: one BIO for both directions takes one reference, which goes over to `raw`.
        SSL_set_bio(raw, bio, bio)
        // Safe: unretained, for `raw` goes in this object's `deinit`, and its callbacks come from this object's calls.
        guard cssl_set_app_data(raw, Unmanaged.passUnretained(self).toOpaque()) == 1 else {
            throw OpenSSL.error(.invalidConfiguration, "no memory for a connection")
        }
    }

    deinit {
        // In this order: freeing the SSL frees the BIO, which points at the wire.
        SSL_free(raw)
        wire.deinitialize(count: 1)
        wire.deallocate()
    }

    /// The engine behind an `SSL`, in OpenSSL's callbacks.
    static func of(_ ssl: OpaquePointer) -> Engine? {
        // Safe: only `init` sets app data, to an engine that is alive while its SSL is.
        cssl_get_app_data(ssl).map { Unmanaged<Engine>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: - Making

    /// A client's side.
    ///
    /// - Parameter place: The port or path, which together with the name says whose sessions to resume.
    static func client(
        _ context: TLSContext, descriptor: Int32, serverName: ServerName?, place: String?
    ) throws -> Engine {
        var key: SessionCache.Key?
        if let serverName, let place, context.configuration.resumesSessions {
            key = SessionCache.Key(host: serverName.text, place: place)
        }
        let engine = try Engine(
            context, descriptor: descriptor, isClient: true, serverName: serverName, sessionKey: key)
        try engine.prepareClient()
        return engine
    }

    /// A server's side.
    static func server(_ context: TLSContext, descriptor: Int32) throws -> Engine {
        guard context.configuration.credential != nil else {
            throw TLSError(.invalidConfiguration, "a server needs a credential, and this context has none")
        }
        let engine = try Engine(context, descriptor: descriptor, isClient: false, serverName: nil, sessionKey: nil)
        engine.prepareServer()
        return engine
    }

    private func prepareClient() throws {
        let verification = context.configuration.verification
        SSL_set_verify(raw, verification == .none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
        if verification == .full {
            guard let serverName else {
                throw TLSError(.invalidConfiguration, "there is no host name to verify the server's certificate for")
            }
            guard let parameters = SSL_get0_param(raw), expect(serverName, parameters) else {
                throw OpenSSL.error(.invalidConfiguration, "the host name \"\(serverName.text)\" cannot be verified")
            }
        }
        // RFC 6066: no addresses in SNI.
        if case .host(let name) = serverName, cssl_set_server_name(raw, name) != 1 {
            throw OpenSSL.error(.invalidConfiguration, "the host name \"\(name)\" cannot be sent")
        }
        if let sessionKey, let session = context.sessions.take(for: sessionKey) {
            // The SSL takes a reference of its own.
            offersSession = SSL_set_session(raw, session.raw) == 1
        }
        SSL_set_connect_state(raw)
    }

    private func expect(_ name: ServerName, _ parameters: OpaquePointer) -> Bool {
        switch name {
        case .host(let name):
            // "f*.example" names no host: wildcards stand for a whole label.
            X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            // 0: up to the NUL byte; the name has none inside, and no leading dot, which would stand for every name
            // beneath: `ServerName` sees to it.
            return X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1
        case .address(let address):
            return X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1
        }
    }

    private func prepareServer() {
        let configuration = context.configuration
        if configuration.requiresClientCertificate {
            let mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            if configuration.verification == .none {
                // Some certificate, no matter which.
                SSL_set_verify(raw, mode) { _, _ in 1 }
            } else {
                SSL_set_verify(raw, mode, nil)
            }
        } else {
            SSL_set_verify(raw, SSL_VERIFY_NONE, nil)
        }
        SSL_set_accept_state(raw)
    }

    // MARK: - Steps

    /// Goes on with the handshake, until its last message has gone to the kernel.
    func handshake() -> Step {
        if let readFailure { return .failed(readFailure) }
        let result = begin { SSL_do_handshake(raw) }
        if result == 1 {
            isEstablished = true
            wire.pointee.bore()
            return flush()
        }
        let step = outcome(result)
        if case .failed = step, offersSession, let sessionKey { context.sessions.removeAll(for: sessionKey) }
        if case .ended = step {
            return failBoth(TLSError(.handshakeFailed, "\(peer) ended the connection during the handshake"))
        }
        // The peer answers to nothing that it has not got.
        if case .wantsRead = step, hasOutgoing, case let flushed = flush(), !flushed.isDone { return flushed }
        return step
    }

    /// Takes decrypted bytes, up to the buffer's size.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        if let readFailure { return .failed(readFailure) }
        // Safe: OpenSSL writes at most as many bytes as it is told the buffer has.
        return taken(begin { SSL_read(raw, buffer.baseAddress, Int32(clamping: buffer.count)) })
    }

    /// The same, but the bytes stay where they are for the next call.
    func peek(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        if let readFailure { return .failed(readFailure) }
        // Safe: as in `read`.
        return taken(begin { SSL_peek(raw, buffer.baseAddress, Int32(clamping: buffer.count)) })
    }

    private func taken(_ result: Int32) -> Step {
        if result > 0 {
            wire.pointee.bore()
            return .done(Int(result))
        }
        let step = outcome(result)
        // Reading only wants to write where answers to the peer's messages pile up.
        if case .wantsWrite = step {
            return failBoth(TLSError(.protocolError, "\(peer) asks for answers and does not read them"))
        }
        return step
    }

    /// Sends bytes, at most one record of them: the answer's count says how many.
    ///
    /// What is still outgoing goes first: while the kernel has no room for that, nothing of these bytes is taken. Those
    /// that are taken go out, by `flush()` where the kernel has not had room for all.
    func write(_ bytes: UnsafeRawBufferPointer) -> Step {
        if let writeFailure { return .failed(writeFailure) }
        if hasOutgoing, case let flushed = flush(), !flushed.isDone { return flushed }
        let count = min(bytes.count, Self.recordSize)
        // Safe: OpenSSL reads at most `count` bytes, which the caller's buffer has.
        let result = begin { SSL_write(raw, bytes.baseAddress, Int32(count)) }
        guard result <= 0 else {
            isBrokenOff = false
            return .done(Int(result))
        }
        let step = outcome(result, isWrite: true)
        guard case .failed(let error) = step, let alert = alertBehind(error) else { return step }
        return failBoth(alert)
    }

    /// Whether something is encrypted that the kernel had no room for yet.
    var hasOutgoing: Bool { !wire.pointee.outgoing.isEmpty }

    /// Gives up what is outgoing.
    func takeOutgoing() -> [UInt8] { wire.pointee.takeOutgoing() }

    /// Sends on what is outgoing.
    func flush() -> Step {
        if let writeFailure { return .failed(writeFailure) }
        switch wire.pointee.flush() {
        case .moved, .ended: return .done(0)
        case .again: return .wantsWrite
        case .failed:
            let error = takeWireFailure()
            if let alert = alertBehind(error) { return failBoth(alert) }
            writeFailure = error
            return .failed(error)
        }
    }

    /// Sends the end mark, if that can be done properly. `done` once it is sent, whether or not the peer has answered.
    func sendEnd() -> Step {
        if let writeFailure { return .failed(writeFailure) }
        guard SSL_is_init_finished(raw) == 1 else { return .done(0) }
        // A second time it would look for the peer's, which is reading's affair.
        if SSL_get_shutdown(raw) & SSL_SENT_SHUTDOWN == 0 {
            let result = begin { SSL_shutdown(raw) }
            if result < 0 { return outcome(result, isWrite: true) }
        }
        return flush()
    }

    /// A call into OpenSSL that can fail.
    private func begin(_ call: () -> Int32) -> Int32 {
        OpenSSL.clearErrors()
        wire.pointee.beginStep()
        return call()
    }

    /// Takes in what has arrived besides data, so that a client that only ever wrote gets its session tickets, and the
    /// kernel does not answer the close of a descriptor with unread bytes by a reset, which can destroy what was sent.
    func absorb() {
        guard readFailure == nil, isEstablished else { return }
        becameReadable()
        var byte: UInt8 = 0
        // Safe: room for the one byte.
        _ = begin { SSL_peek(raw, &byte, 1) }
        OpenSSL.clearErrors()
    }

    /// To be called after each wait for reading: the wire may be asked again.
    func becameReadable() {
        wire.pointee.isDrained = false
    }

    /// Lets go of the descriptor, which is about to be closed: nothing may reach its number any more.
    func detach() {
        wire.pointee.descriptor = -1
        let closed = SocketError(errno: Wire.closedNumber)
        readFailure = readFailure ?? closed
        writeFailure = writeFailure ?? closed
    }

    // MARK: - Failures

    private func failBoth(_ error: any Error) -> Step {
        readFailure = error
        writeFailure = error
        return .failed(error)
    }

    /// What a call that returned `result` wants or has failed with. Comes right after that call.
    private func outcome(_ result: Int32, isWrite: Bool = false) -> Step {
        switch SSL_get_error(raw, result) {
        case SSL_ERROR_WANT_READ:
            guard wire.pointee.barrenCount <= Self.barrenLimit else {
                return failBoth(TLSError(.protocolError, "\(peer) sends records without end that carry no data"))
            }
            return wire.pointee.isCutShort ? .wantsTurn : .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL where wire.pointee.failure != 0:
            let error = takeWireFailure()
            guard isWrite else { return failBoth(error) }
            writeFailure = error
            return .failed(error)
        default:
            // With nothing in the queue the stream has ended where it must not.
            return failBoth(HandshakeFailure.describe(OpenSSL.takeErrors(), describing: self))
        }
    }

    private func takeWireFailure() -> SocketError {
        defer { wire.pointee.failure = 0 }
        return SocketError(errno: wire.pointee.failure)
    }

    /// A write that finds the connection gone may have the reason waiting to be read: with TLS 1.3 a server refuses a
    /// client's certificate when the client thinks the handshake is over and is writing.
    private func alertBehind(_ error: any Error) -> TLSError? {
        guard !(error is TLSError) else { return nil }
        becameReadable()
        var byte: UInt8 = 0
        // Safe: room for the one byte; a peek leaves data where it is.
        let result = begin { SSL_peek(raw, &byte, 1) }
        guard result <= 0, SSL_get_error(raw, result) == SSL_ERROR_SSL else { return nil }
        let found = HandshakeFailure.describe(OpenSSL.takeErrors(), describing: self)
        guard case .peerAlert = found.reason else { return nil }
        return found
    }
}
