internal import COpenSSL
internal import Glibc

/// What lies between OpenSSL and the descriptor: OpenSSL's BIO calls these functions, which never park. They say "try
/// again" instead, and the socket parks outside of OpenSSL.
///
/// Not OpenSSL's own socket BIO, for three reasons: that writes with `write`, which raises SIGPIPE when the peer has
/// gone; it leaves the error in errno, which OpenSSL's clean-up may change before it is read; and it does not remember
/// that the last read took everything, so that each command on an idle connection costs a read that finds nothing.
///
/// What OpenSSL writes is taken whole: what the kernel has no room for is kept in `outgoing`, and goes out before anything
/// else does. So OpenSSL never holds a record that is half written, and whether bytes are on their way is known the moment
/// they are encrypted.
struct Wire {
    /// -1 once the socket is closed; then nothing reaches the kernel any more.
    var descriptor: Int32
    /// The errno of the last call that failed for good, 0 while none did.
    var failure: Int32 = 0
    /// The last read took less than it had room for: there is nothing more until the descriptor is readable again.
    var isDrained = false
    /// The peer has closed its direction.
    var hasEnded = false
    /// How often the kernel may still be asked for bytes in the step that is going on. A step that takes in more without
    /// coming to its end stops, so that others run: a peer could send records that carry no data for ever.
    private var readsLeft = 0
    /// Whether the step stopped for that, although there may be more.
    private(set) var isCutShort = false
    /// How many bytes have been received since the last that meant something to the caller.
    private(set) var barrenCount = 0
    /// What OpenSSL wrote and the kernel had no room for yet.
    private(set) var outgoing: [UInt8] = []

    /// One read fills OpenSSL's buffer: 600 changes of keys, which take 10 ms.
    private static let readsPerStep = 1
    /// What may be kept beside what a caller sends: answers to the peer's messages, which it does not take.
    private static let outgoingLimit = 1 << 16

    /// What using a closed connection gives.
    static let closedNumber: Int32 = EBADF
    /// The peer threw the connection away.
    static let resetNumber: Int32 = ECONNRESET

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func read(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int) -> Outcome {
        if isDrained { return .again }
        guard readsLeft > 0 else {
            isCutShort = true
            return .again
        }
        readsLeft -= 1
        while true {
            // Safe: the caller (OpenSSL) vouches for `count` writable bytes at `buffer`.
            let received = recv(descriptor, buffer, count, Int32(MSG_DONTWAIT))
            if received > 0 {
                isDrained = received < count
                barrenCount += received
                return .moved(received)
            }
            if received == 0 {
                hasEnded = true
                return .ended
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isDrained = true
                return .again
            case let number:
                failure = number
                return .failed
            }
        }
    }

    mutating func write(_ bytes: UnsafePointer<CChar>, _ count: Int) -> Outcome {
        if !outgoing.isEmpty, case .failed = flush() { return .failed }
        // Safe: the caller (OpenSSL) vouches for `count` readable bytes at `bytes`.
        var rest = UnsafeRawBufferPointer(start: bytes, count: count)
        if outgoing.isEmpty {
            switch push(rest) {
            case .moved(let sent): rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
            case .again, .ended: break
            case .failed: return .failed
            }
        }
        guard outgoing.count < Self.outgoingLimit else { return .again }
        outgoing.append(contentsOf: rest)
        return .moved(count)
    }

    /// Sends on what is outgoing; `again` while some of it is left.
    mutating func flush() -> Outcome {
        while !outgoing.isEmpty {
            // A local one: `push` changes this value, and the bytes must stay where they are meanwhile.
            let bytes = outgoing
            let outcome = bytes.withUnsafeBytes { push($0) }
            guard case .moved(let sent) = outcome else { return outcome }
            outgoing.removeFirst(sent)
        }
        return .moved(0)
    }

    /// Gives up what is outgoing.
    mutating func takeOutgoing() -> [UInt8] {
        defer { outgoing = [] }
        return outgoing
    }

    private mutating func push(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        while true {
            // Safe: exactly the buffer's own bytes.
            let sent = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            if sent >= 0 { return .moved(sent) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .again
            case let number:
                failure = number
                outgoing = []
                return .failed
            }
        }
    }

    /// A step begins.
    mutating func beginStep() {
        readsLeft = Self.readsPerStep
        isCutShort = false
    }

    /// What was received had data in it, or was the handshake's end.
    mutating func bore() {
        barrenCount = 0
    }

    enum Outcome {
        case moved(Int)
        case again
        case ended
        case failed
    }
}

extension Wire {
    /// OpenSSL's description of this kind of BIO; made once, never freed. nil where memory ran out.
    private static let method: SendableMethod? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gevent wire") else { return nil }
        // Safe (all three): the data of a BIO of this kind is the Wire that `makeBIO` was given, whose owner keeps it
        // until it has freed the SSL, and with it the BIO. OpenSSL calls on the thread that called it, and these
        // functions call nothing back, so the access is exclusive.
        BIO_meth_set_read(method) { bio, buffer, count in
            guard let bio, let buffer, let wire = Wire.of(bio) else { return -1 }
            return Wire.answer(bio, wire.pointee.read(buffer, Int(count)), retry: BIO_FLAGS_READ)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio, let bytes, let wire = Wire.of(bio) else { return -1 }
            return Wire.answer(bio, wire.pointee.write(bytes, Int(count)), retry: BIO_FLAGS_WRITE)
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_CTRL_FLUSH: return 1
            // By this OpenSSL tells the end of the stream from a failure.
            case BIO_CTRL_EOF: return bio.flatMap(Wire.of)?.pointee.hasEnded == true ? 1 : 0
            default: return 0
            }
        }
        return SendableMethod(raw: method)
    }()

    /// A BIO over a wire. It borrows the wire, which must outlive it.
    static func makeBIO(_ wire: UnsafeMutablePointer<Wire>) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method.raw) else { return nil }
        // Safe: `wire` outlives the BIO by this function's contract.
        BIO_set_data(bio, wire)
        BIO_set_init(bio, 1)
        return bio
    }

    private static func of(_ bio: OpaquePointer) -> UnsafeMutablePointer<Wire>? {
        // Safe: only `makeBIO` makes BIOs of this kind, and it sets a Wire.
        BIO_get_data(bio)?.assumingMemoryBound(to: Wire.self)
    }

    /// An outcome in a BIO's terms: the count, or 0 or -1 with the flag that says whether trying again may help.
    private static func answer(_ bio: OpaquePointer, _ outcome: Outcome, retry: Int32) -> Int32 {
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY)
        switch outcome {
        // OpenSSL asked with an Int32 count, so the answer fits.
        case .moved(let count): return Int32(count)
        case .ended: return 0
        case .failed: return -1
        case .again:
            BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY)
            return -1
        }
    }
}

/// Safe (@unchecked Sendable): OpenSSL only reads a method table once it is filled in.
private struct SendableMethod: @unchecked Sendable {
    let raw: OpaquePointer
}
