internal import COpenSSL

/// Puts a credential's certificate, chain and key into a context.
enum CredentialLoader {
    static func load(_ credential: TLSCredential, into context: OpaquePointer) throws {
        let chain: [OwnedPointer]
        let key: OwnedPointer
        switch credential.source {
        case .files(let certificatePath, let keyPath):
            chain = try PEMFile.certificates(PEMFile.read(certificatePath), named: certificatePath)
            key = try privateKey(PEMFile.read(keyPath), credential.passphrase, named: keyPath)
        case .pem(let certificate, let keyBytes):
            chain = try PEMFile.certificates(certificate, named: "the certificate's PEM text")
            key = try privateKey(keyBytes, credential.passphrase, named: "the key's PEM text")
        }
        // Their pointers are used to the end of this function.
        defer { withExtendedLifetime((chain, key)) {} }
        guard let leaf = chain.first else { throw TLSError(.invalidConfiguration, "no certificate") }
        OpenSSL.clearErrors()
        guard X509_check_private_key(leaf.raw, key.raw) == 1 else {
            throw OpenSSL.error(.keyMismatch, "the private key does not belong to the certificate")
        }
        // Both take references of their own.
        guard SSL_CTX_use_certificate(context, leaf.raw) == 1, SSL_CTX_use_PrivateKey(context, key.raw) == 1 else {
            throw OpenSSL.error(.invalidConfiguration, "the certificate or its key cannot be used")
        }
        for intermediate in chain.dropFirst() {
            // Safe: the context takes over one reference, which is therefore added first.
            X509_up_ref(intermediate.raw)
            guard cssl_ctx_add0_chain_cert(context, intermediate.raw) == 1 else {
                X509_free(intermediate.raw)
                throw OpenSSL.error(.invalidConfiguration, "a certificate of the chain cannot be used")
            }
        }
    }

    /// A private key from PEM text.
    static func privateKey(_ pem: [UInt8], _ passphrase: String?, named name: String) throws -> OwnedPointer {
        var answer = Passphrase(bytes: passphrase.map { Array($0.utf8) })
        // Safe: exactly the array's own bytes.
        defer { answer.bytes?.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        OpenSSL.clearErrors()
        // Always with a callback: without one OpenSSL asks at the terminal.
        let key = try PEMFile.withBIO(pem) { bio in
            // Safe: the callback gets the pointer back during this call only, and there is no other access meanwhile.
            withUnsafeMutablePointer(to: &answer) { pointer in
                PEM_read_bio_PrivateKey(bio, nil, givePassphrase, pointer)
            }
        }
        let failure: TLSError.Reason = answer.wasAsked ? .wrongPassphrase : .invalidConfiguration
        let what =
            if !answer.wasAsked {
                "\(name) has no usable private key"
            } else if answer.bytes == nil {
                "\(name) is encrypted and no passphrase is given"
            } else {
                "the passphrase for \(name) is wrong"
            }
        return try OwnedPointer(key, orThrow: OpenSSL.error(failure, what), EVP_PKEY_free)
    }
}

/// What the passphrase callback reads and leaves.
private struct Passphrase {
    var bytes: [UInt8]?
    var wasAsked = false
}

/// OpenSSL's `pem_password_cb`.
private func givePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isForWriting: Int32, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    // Safe: `data` is the pointer that `privateKey` passed, valid and exclusive for the length of its call.
    guard let buffer, let answer = data?.assumingMemoryBound(to: Passphrase.self) else { return -1 }
    answer.pointee.wasAsked = true
    guard let bytes = answer.pointee.bytes, bytes.count <= Int(size) else { return -1 }
    // Safe: `buffer` has room for `size` bytes, and there are not more than that.
    UnsafeMutableRawPointer(buffer).copyMemory(from: bytes, byteCount: bytes.count)
    return Int32(bytes.count)
}
