internal import COpenSSL
internal import Glibc

/// What lies between OpenSSL and the descriptor: OpenSSL's BIO calls these functions, which never park. They say "try
/// again" instead, and the socket parks outside of OpenSSL.
///
/// Not OpenSSL's own socket BIO, for three reasons: that writes with `write`, which raises SIGPIPE when the peer has
/// gone; it leaves the error in errno, which OpenSSL's clean-up may change before it is read; and it does not remember
/// that the last read took everything, so that each command on an idle connection costs a read that finds nothing.
struct Wire {
    /// -1 once the socket is closed; then nothing reaches the kernel any more.
    var descriptor: Int32
    /// The errno of the last call that failed for good, 0 while none did.
    var failure: Int32 = 0
    /// The last read took less than it had room for: there is nothing more until the descriptor is readable again.
    var isDrained = false
    /// The peer has closed its direction.
    var hasEnded = false

    /// What using a closed connection gives.
    static let closedNumber: Int32 = EBADF
    /// The peer threw the connection away.
    static let resetNumber: Int32 = ECONNRESET

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func read(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int) -> Outcome {
        if isDrained { return .again }
        while true {
            // Safe: the caller (OpenSSL) vouches for `count` writable bytes at `buffer`.
            let received = recv(descriptor, buffer, count, 0)
            if received > 0 {
                isDrained = received < count
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
        while true {
            // Safe: the caller (OpenSSL) vouches for `count` readable bytes at `bytes`.
            let sent = send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
            if sent >= 0 { return .moved(sent) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .again
            case let number:
                failure = number
                return .failed
            }
        }
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
