internal import COpenSSL

/// Turns what OpenSSL left in its queue into a `TLSError` with a kind and a text that says what to do about it.
enum HandshakeFailure {
    /// Alerts from the peer stand among the reasons of the SSL library from this number on.
    private static let alerts: Range<Int32> = 1000..<1256

    static func describe(_ failures: [OpenSSL.Failure], describing engine: Engine) -> TLSError {
        guard let first = failures.first(where: { $0.library == ERR_LIB_SSL }) ?? failures.first else {
            return streamEnded(describing: engine)
        }
        let peer = engine.peer
        guard first.library == ERR_LIB_SSL else {
            return TLSError(engine.isEstablished ? .protocolError : .handshakeFailed, "TLS with \(peer): \(first.text)")
        }
        if alerts.contains(first.reason), let code = UInt8(exactly: first.reason - alerts.lowerBound) {
            return alert(TLSAlert(code: code), from: peer)
        }
        switch first.reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return unverified(engine)
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return streamEnded(describing: engine)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return TLSError(.clientCertificateMissing, "\(peer) gave no certificate, and one is required")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH:
            return TLSError(.protocolVersion, "no version of TLS in common with \(peer): \(first.text)")
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG:
            guard !engine.isEstablished else { break }
            return TLSError(.notTLS, "\(peer) does not speak TLS: \(first.text)")
        default:
            break
        }
        guard engine.isEstablished else {
            return TLSError(.handshakeFailed, "the TLS handshake with \(peer) failed: \(first.text)")
        }
        return TLSError(.protocolError, "TLS with \(peer): \(first.text)")
    }

    /// The stream ended where it must not.
    static func streamEnded(describing engine: Engine) -> TLSError {
        guard engine.isEstablished else {
            return TLSError(.handshakeFailed, "\(engine.peer) closed the connection during the TLS handshake")
        }
        return TLSError(.truncated, "\(engine.peer) closed the connection without a TLS end mark: data may miss")
    }

    private static func alert(_ alert: TLSAlert, from peer: String) -> TLSError {
        if alert == .protocolVersion {
            return TLSError(.protocolVersion, "no version of TLS in common with \(peer): it sent \"\(alert)\"")
        }
        return TLSError(.peerAlert(alert), "\(peer) refused the TLS connection: \(alert)")
    }

    private static func unverified(_ engine: Engine) -> TLSError {
        let verdict = engine.verifyResult
        // Safe: a static string of OpenSSL's for any number.
        let text = X509_verify_cert_error_string(verdict).map { String(cString: $0) } ?? "error \(verdict)"
        let message = "the certificate of \(engine.peer) cannot be trusted: \(text)"
        switch Int32(clamping: verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let name = engine.serverName?.text ?? ""
            return TLSError(.hostnameMismatch(name), "the server's certificate is not for \"\(name)\": \(text)")
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TLSError(.certificateExpired, message)
        case X509_V_ERR_CERT_REVOKED:
            return TLSError(.certificateRevoked, message)
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TLSError(.certificateNotYetValid, message)
        default:
            return TLSError(.certificateVerifyFailed(text), message)
        }
    }
}
