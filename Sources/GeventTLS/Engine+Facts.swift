internal import COpenSSL

/// What is known of a connection once its handshake is over.
extension Engine {
    /// The protocol that was agreed on by ALPN.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(raw, &name, &count)
        guard let name, count > 0 else { return nil }
        // Safe: `count` bytes that live as long as the SSL, which this object holds.
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    var version: TLSVersion { SSL_version(raw) >= TLS1_3_VERSION ? .v1_3 : .v1_2 }

    var isResumed: Bool { SSL_session_reused(raw) == 1 }

    /// Decrypted bytes, or records not yet looked at, that a read would take without the descriptor.
    var hasBuffered: Bool { SSL_has_pending(raw) == 1 }

    /// Decrypted bytes that are ready.
    var pending: Int { Int(SSL_pending(raw)) }

    var cipher: String {
        // Safe: a static string of OpenSSL's.
        SSL_CIPHER_get_name(SSL_get_current_cipher(raw)).map { String(cString: $0) } ?? ""
    }

    /// The peer's certificate, DER.
    var peerCertificate: [UInt8]? {
        guard let certificate = SSL_get1_peer_certificate(raw) else { return nil }
        defer { X509_free(certificate) }
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
            var end = buffer.baseAddress
            // Safe: it writes the `count` bytes that it announced, and moves `end` behind them.
            written = Int(max(0, i2d_X509(certificate, &end)))
        }
    }

    /// OpenSSL's verdict on the peer's certificate.
    var verifyResult: Int { SSL_get_verify_result(raw) }

    /// The peer in error texts.
    var peer: String {
        guard let serverName else { return isClient ? "the server" : "the client" }
        return serverName.text
    }
}
