internal import COpenSSL
internal import Gevent

/// The settings that TLS connections share, made ready for use: certificates read and checked, authorities loaded,
/// sessions to resume. Make one and keep it; it serves any number of connections, as client and as server, on any
/// number of hubs. Python's `ssl.SSLContext`.
public final class TLSContext: Sendable {
    /// What the context was made from.
    public let configuration: TLSConfiguration

    // Safe (nonisolated(unsafe)): an SSL_CTX counts its references and locks its tables itself; it is configured in
    // `init` only, before anybody else sees it, and freed in `deinit`.
    nonisolated(unsafe) let raw: OpaquePointer

    /// The sessions that clients of this context may resume.
    let sessions = SessionCache()

    /// Makes a context. Reads the files that the configuration names, and never parks: make it at start.
    ///
    /// - Throws: `TLSError` where a file cannot be read, a certificate or key cannot be used, the passphrase is wrong,
    ///   or the key does not belong to the certificate.
    public init(_ configuration: TLSConfiguration = .init()) throws {
        OpenSSL.start()
        OpenSSL.clearErrors()
        guard let raw = SSL_CTX_new(TLS_method()) else {
            throw OpenSSL.error(.invalidConfiguration, "OpenSSL makes no context")
        }
        self.raw = raw
        self.configuration = configuration
        // From here on `deinit` frees `raw`, also when this throws: all stored properties are set.
        try applyVersions()
        try configuration.cipherSuites.apply(to: raw)
        applyModes()
        applySessions()
        try applyProtocols()
        try TrustLoader.load(configuration.trust, into: raw)
        try TrustLoader.load(configuration.revocation, into: raw)
        if let credential = configuration.credential {
            try CredentialLoader.load(credential, into: raw)
        }
    }

    deinit {
        SSL_CTX_free(raw)
    }

    private func applyVersions() throws {
        let lowest = configuration.minimumVersion
        let highest = configuration.maximumVersion
        if let highest, highest < lowest {
            throw TLSError(.invalidConfiguration, "the maximum version, \(highest), is below the minimum, \(lowest)")
        }
        guard cssl_ctx_set_min_version(raw, lowest.wireNumber) == 1,
            cssl_ctx_set_max_version(raw, highest?.wireNumber ?? 0) == 1
        else { throw OpenSSL.error(.invalidConfiguration, "these TLS versions cannot be set") }
    }

    private func applyModes() {
        // AUTO_RETRY: a read that took in only a session ticket goes on to the next record instead of asking to wait,
        // since that record may lie in OpenSSL's buffer already, where no descriptor becomes readable for it.
        // MOVING_WRITE_BUFFER: a retry may come from another address, or with other bytes (`Engine.write`).
        // NO_AUTO_CHAIN: the credential's own chain is sent, instead of one looked for anew in each handshake.
        let modes = SSL_MODE_AUTO_RETRY | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN
        _ = cssl_ctx_set_mode(raw, Int(modes))
        // Renegotiation would let a read want to write and the reverse in the middle of the stream, which one reader and
        // one writer at once could not bear; TLS 1.3 has none.
        _ = SSL_CTX_set_options(raw, CSSL_OPTION_NO_RENEGOTIATION | CSSL_OPTION_NO_COMPRESSION)
        // One recv takes a record's header and body, and whatever else has arrived.
        cssl_ctx_set_read_ahead(raw, 1)
    }

    private func applySessions() {
        // Tickets that a server gives out are bound to what it is for; required where client certificates are checked.
        let identifier: [UInt8] = Array("gevent".utf8)
        _ = SSL_CTX_set_session_id_context(raw, identifier, UInt32(identifier.count))
        guard configuration.resumesSessions else {
            _ = cssl_ctx_set_session_cache_mode(raw, Int(SSL_SESS_CACHE_OFF))
            _ = SSL_CTX_set_options(raw, CSSL_OPTION_NO_TICKET)
            _ = SSL_CTX_set_num_tickets(raw, 0)
            return
        }
        // The client's sessions go to `sessions` by host; OpenSSL's own table is of use to servers only.
        let mode = SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL_STORE
        _ = cssl_ctx_set_session_cache_mode(raw, Int(mode))
        SSL_CTX_sess_set_new_cb(raw) { ssl, session in
            guard let ssl, let session, let engine = Engine.of(ssl), let key = engine.sessionKey else { return 0 }
            engine.context.sessions.store(SessionCache.Session(owning: session), for: key)
            // 1: this side has taken over OpenSSL's reference.
            return 1
        }
    }

    private func applyProtocols() throws {
        guard !configuration.applicationProtocols.isEmpty else { return }
        let list = try ApplicationProtocols.encode(configuration.applicationProtocols)
        // Unlike the others this one answers 0 for success.
        guard SSL_CTX_set_alpn_protos(raw, list, UInt32(list.count)) == 0 else {
            throw OpenSSL.error(.invalidConfiguration, "the application protocols cannot be set")
        }
        SSL_CTX_set_alpn_select_cb(
            raw,
            { ssl, chosen, chosenCount, offered, offeredCount, _ in
                guard let ssl, let chosen, let chosenCount, let offered, let engine = Engine.of(ssl) else {
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }
                // Safe: OpenSSL passes `offeredCount` readable bytes, which live as long as this call's message.
                let offer = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                let wanted = engine.context.configuration.applicationProtocols
                guard let range = ApplicationProtocols.choose(wanted, from: offer) else {
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }
                // Safe: the answer points into the client's offer, as OpenSSL's own chooser has it.
                chosen.pointee = offered + range.lowerBound
                chosenCount.pointee = UInt8(range.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }
}
