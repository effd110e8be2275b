internal import COpenSSL

/// A private key with its public half.
struct KeyPair {
    let key: OwnedPointer

    /// Makes a new one.
    init(_ kind: CertificateAuthority.KeyKind) throws {
        OpenSSL.clearErrors()
        let made =
            switch kind {
            case .ecP256: cssl_generate_ec("P-256")
            case .rsa2048: cssl_generate_rsa(2048)
            }
        key = try OwnedPointer(
            made, orThrow: OpenSSL.error(.invalidConfiguration, "no key can be made"), EVP_PKEY_free)
    }

    /// Takes one from PEM text that is not encrypted.
    init(pem: [UInt8]) throws {
        key = try CredentialLoader.privateKey(pem, nil, named: "the authority's key")
    }

    /// PEM text (PKCS #8), encrypted with AES-256 if there is a passphrase.
    func pem(passphrase: String?) throws -> [UInt8] {
        try MemoryText.write("the key") { bio in
            guard let passphrase else {
                return PEM_write_bio_PKCS8PrivateKey(bio, key.raw, nil, nil, 0, nil, nil)
            }
            var text = passphrase
            // Safe: the call reads `count` bytes of the string's own storage.
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    PEM_write_bio_PKCS8PrivateKey(
                        bio, key.raw, EVP_aes_256_cbc(), characters.baseAddress, Int32(characters.count), nil, nil)
                }
            }
        }
    }
}

/// What an OpenSSL function writes to a BIO.
enum MemoryText {
    static func write(_ what: String, _ body: (OpaquePointer) -> Int32) throws -> [UInt8] {
        OpenSSL.clearErrors()
        let bio = try OwnedPointer(
            BIO_new(BIO_s_mem()), orThrow: OpenSSL.error(.invalidConfiguration, "no memory"), { BIO_free($0) })
        return try withExtendedLifetime(bio) {
            guard body(bio.raw) == 1 else {
                throw OpenSSL.error(.invalidConfiguration, "\(what) cannot be written")
            }
            var start: UnsafeMutablePointer<CChar>?
            let count = cssl_memory_bytes(bio.raw, &start)
            guard let start, count > 0 else { return [] }
            // Safe: the BIO's own `count` bytes, copied while it is alive.
            return Array(UnsafeRawBufferPointer(start: start, count: count))
        }
    }
}
