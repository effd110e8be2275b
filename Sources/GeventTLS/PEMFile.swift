internal import COpenSSL
internal import Glibc

/// Reads files and PEM text.
enum PEMFile {
    /// A certificate store or key of more than this is a mistake (Debian's bundle of all authorities has 220 KB).
    private static let limit = 16 << 20

    /// A file's bytes. Blocks the thread for as long as a read from disk takes, as every TLS library does at start.
    static func read(_ path: String) throws -> [UInt8] {
        // C would read the part before a NUL.
        let descriptor = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, path.utf8.contains(0) ? EINVAL : errno) }
        defer { _ = Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        // The chunk may have held a private key.
        // Safe: exactly the array's own bytes.
        defer { chunk.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        while true {
            // Safe: at most the array's own count is written.
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
            guard bytes.count <= limit else {
                throw TLSError(.unreadableFile(path), "\(path) is larger than a PEM file can be")
            }
        }
    }

    private static func unreadable(_ path: String, _ number: Int32) -> TLSError {
        TLSError(.unreadableFile(path), "cannot read \(path): \(String(cString: strerror(number)))")
    }

    /// All certificates of a PEM text, in order; whatever else it has in it is passed over.
    ///
    /// - Parameter name: What the text is called in errors.
    static func certificates(_ bytes: [UInt8], named name: String) throws -> [OwnedPointer] {
        try all("certificate", bytes, named: name, PEM_read_bio_X509, X509_free)
    }

    /// All revocation lists of a PEM text.
    static func revocationLists(_ bytes: [UInt8], named name: String) throws -> [OwnedPointer] {
        try all("revocation list", bytes, named: name, PEM_read_bio_X509_CRL, X509_CRL_free)
    }

    /// OpenSSL's readers of PEM look alike: they take the BIO, where to put the object, and who knows the passphrase.
    private typealias Reader = (
        OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?, PassphraseCallback?, UnsafeMutableRawPointer?
    ) -> OpaquePointer?

    private typealias PassphraseCallback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32

    private static func all(
        _ kind: String, _ bytes: [UInt8], named name: String, _ read: Reader,
        _ release: @escaping (OpaquePointer) -> Void
    ) throws -> [OwnedPointer] {
        OpenSSL.clearErrors()
        var isEncrypted = false
        return try withBIO(bytes) { bio in
            var found: [OwnedPointer] = []
            // Always with a callback: without one OpenSSL asks at the terminal.
            // Safe: the callback gets the pointer back during the call only, and there is no other access meanwhile.
            while let object = withUnsafeMutablePointer(to: &isEncrypted, { read(bio, nil, noPassphrase, $0) }) {
                found.append(try OwnedPointer(object, orThrow: TLSError(.invalidConfiguration, name), release))
            }
            let failures = OpenSSL.takeErrors()
            if isEncrypted {
                throw TLSError(
                    .wrongPassphrase, "a \(kind) in \(name) is encrypted, and none is read but in the clear")
            }
            // The end of the text is an error too: no further start line.
            let isEnd = failures.allSatisfy { $0.library == ERR_LIB_PEM && $0.reason == PEM_R_NO_START_LINE }
            guard isEnd, !found.isEmpty else {
                let why = failures.first.map { isEnd ? "no \(kind) in it" : $0.text } ?? "no \(kind) in it"
                throw TLSError(.invalidConfiguration, "\(name) cannot be used: \(why)")
            }
            return found
        }
    }

    /// A BIO that reads the bytes, for the length of a closure.
    static func withBIO<Result>(_ bytes: [UInt8], _ body: (OpaquePointer) throws -> Result) throws -> Result {
        guard let count = Int32(exactly: bytes.count) else {
            throw TLSError(.invalidConfiguration, "a PEM text of 2 GB")
        }
        // Safe: the BIO reads `count` bytes in place and is gone before the array is.
        return try bytes.withUnsafeBytes { buffer in
            let bio = try OwnedPointer(
                BIO_new_mem_buf(buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1), count),
                orThrow: OpenSSL.error(.invalidConfiguration, "no memory for a PEM text"), { BIO_free($0) })
            return try withExtendedLifetime(bio) { try body(bio.raw) }
        }
    }
}

/// OpenSSL's `pem_password_cb` for what takes no passphrase: notes that one was asked for.
private func noPassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isForWriting: Int32, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    // Safe: `data` is the pointer that `all` passed, valid and exclusive for the length of its call.
    data?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}
