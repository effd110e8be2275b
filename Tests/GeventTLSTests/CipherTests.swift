import Testing

@testable import GeventTLS

/// Which ciphers the two sides agree on.
struct CipherTests {
    /// With an RSA certificate the old ciphers are possible too.
    private static let authority = Result { try CertificateAuthority(keyKind: .rsa2048) }
    private static let certificate = Result { try authority.get().issueServer() }

    /// The cipher of a TLS 1.2 connection, or the reason of the client's failure.
    private func agreed(
        client: TLSCipherSuites = .modern, server: TLSCipherSuites = .modern, only list: String? = nil,
        onServer: Bool = false
    ) throws -> (cipher: String?, reason: TLSError.Reason?) {
        let trust = try Self.authority.get().trust
        let credential = try Self.certificate.get().credential
        let clientContext = try Certificates.clientContext {
            $0.trust = trust
            $0.only(.v1_2)
            $0.cipherSuites = client
        }
        let serverContext = try Certificates.serverContext {
            $0.credential = credential
            $0.cipherSuites = server
        }
        if let list { #expect((onServer ? serverContext : clientContext).useCiphers(list)) }
        let pair = try WirePair(client: clientContext, server: serverContext)
        let errors = pair.handshakeErrors()
        guard let error = errors.client ?? errors.server else { return (pair.client.cipher, nil) }
        return (nil, reason(error))
    }

    private static let old = ["AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA256", "ECDHE-RSA-AES256-SHA"]

    @Test(arguments: old, [true, false])
    func `a peer that has old ciphers alone is refused, in both roles`(cipher: String, isServer: Bool) throws {
        #expect(
            try agreed(
                client: isServer ? .modern : .legacy, server: isServer ? .legacy : .modern, only: cipher,
                onServer: isServer
            ).reason == .peerAlert(.handshakeFailure))
    }

    @Test(arguments: old, [true, false])
    func `with the option it is accepted, in both roles`(cipher: String, isServer: Bool) throws {
        #expect(
            try agreed(client: .legacy, server: .legacy, only: cipher, onServer: isServer).cipher == cipher)
    }

    @Test func `the option changes nothing between two sides that have better`() throws {
        let cipher = try #require(try agreed(client: .legacy, server: .legacy).cipher)
        #expect(cipher.hasPrefix("ECDHE-") && cipher.contains("-GCM-"))
    }

    @Test func `the server's order counts`() throws {
        let backwards = "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
        #expect(try agreed(only: backwards).cipher == "ECDHE-RSA-AES256-GCM-SHA384")
        #expect(try agreed(only: backwards, onServer: true).cipher == "ECDHE-RSA-CHACHA20-POLY1305")
    }
}
