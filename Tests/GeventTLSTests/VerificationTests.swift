import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// Who is believed, and how a refusal is told, on both sides.
@Suite(.inTurn)
struct VerificationTests {
    private func errors(
        server: CertificateAuthority.Issued = Certificates.server, name: String? = "localhost",
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> (client: (any Error)?, server: (any Error)?) {
        let pair = try WirePair(
            client: Certificates.clientContext(change),
            server: Certificates.serverContext { $0.credential = server.credential }, name: name)
        return pair.handshakeErrors()
    }

    @Test(arguments: ["localhost", "127.0.0.1", "::1", "LOCALHOST", "localhost.", "0:0:0:0:0:0:0:1", "::1%lo"])
    func `the certificate's names and addresses are accepted`(name: String) throws {
        let errors = try errors(name: name)
        #expect(errors.client == nil)
        #expect(errors.server == nil)
    }

    @Test(arguments: ["example.gov", "127.0.0.2", "::2", "localhost.example", "a.localhost"])
    func `another name or address is refused`(name: String) throws {
        let errors = try errors(name: name)
        guard case .hostnameMismatch? = reason(errors.client) else {
            Issue.record("not refused for its name: \(String(describing: errors.client))")
            return
        }
        #expect(reason(errors.server) == .peerAlert(.badCertificate))
    }

    @Test func `a wildcard stands for one whole label`() throws {
        let server = try Certificates.authority.issueServer(["*.example.gov", "f*.example.org"])
        #expect(try errors(server: server, name: "epp.example.gov").client == nil)
        #expect(try errors(server: server, name: "a.b.example.gov").client != nil)
        #expect(try errors(server: server, name: "foo.example.org").client != nil)
    }

    @Test func `an IP address in place of a DNS name does not count as a name`() throws {
        let server = try Certificates.authority.issueServer(["localhost"])
        #expect(try errors(server: server, name: "127.0.0.1").client != nil)
    }

    @Test func `a server of an unknown authority is refused with OpenSSL's text`() throws {
        let errors = try errors { $0.trust = Certificates.otherAuthority.trust }
        guard case .certificateVerifyFailed(let text)? = reason(errors.client) else {
            Issue.record("wrong reason: \(String(describing: errors.client))")
            return
        }
        #expect(text == "unable to get local issuer certificate")
        #expect("\(errors.client as Any)".contains("localhost"))
        #expect(reason(errors.server) == .peerAlert(.unknownCA))
    }

    @Test func `the machine's authorities do not vouch for our own`() throws {
        #expect(try errors { $0.trust = .system }.client is TLSError)
    }

    @Test func `an expired certificate is refused as that`() throws {
        let errors = try errors(server: Certificates.authority.issueServer(validity: .expired))
        #expect(reason(errors.client) == .certificateExpired)
        #expect(reason(errors.server) == .peerAlert(.certificateExpired))
    }

    @Test func `a certificate of the future is refused as that`() throws {
        #expect(
            try reason(errors(server: Certificates.authority.issueServer(validity: .future)).client)
                == .certificateNotYetValid)
    }

    @Test func `a client's certificate is none for a server`() throws {
        let server = Certificates.client
        guard
            case .certificateVerifyFailed? = try reason(errors(server: server) { $0.verification = .chainOnly }.client)
        else {
            Issue.record("accepted")
            return
        }
    }

    @Test func `chainOnly leaves the name out and nothing else`() throws {
        #expect(try errors(name: "example.gov") { $0.verification = .chainOnly }.client == nil)
        #expect(
            try errors(name: "localhost") {
                $0.verification = .chainOnly
                $0.trust = Certificates.otherAuthority.trust
            }.client != nil)
    }

    @Test func `none accepts anything`() throws {
        let errors = try errors(server: Certificates.authority.issueServer(validity: .expired), name: "example.gov") {
            $0.verification = .none
            $0.trust = Certificates.otherAuthority.trust
        }
        #expect(errors.client == nil)
    }

    @Test func `full verification without a name does not start`() throws {
        #expect { _ = try errors(name: nil) } throws: { reason($0) == .invalidConfiguration }
    }

    @Test func `a chain over an intermediate authority is accepted when the server sends it, else refused`() throws {
        let intermediate = try Certificates.authority.issue(.intermediate, name: "Intermediate")
        let under = CertificateAuthority(certificate: intermediate.certificate, key: intermediate.key)
        let leaf = try under.issueServer()
        let client = try Certificates.clientContext()
        let whole = try Certificates.serverContext { $0.credential = leaf.credential(chain: intermediate.certificate) }
        #expect(try WirePair(client: client, server: whole).handshakeErrors().client == nil)
        let part = try Certificates.serverContext { $0.credential = leaf.credential }
        #expect(try WirePair(client: client, server: part).handshakeErrors().client != nil)
    }

    @Test func `a certificate that is trusted by itself needs no authority`() throws {
        #expect(try errors { $0.trust = .pem(Certificates.server.certificate) }.client == nil)
    }

    // MARK: - Revocation

    @Test func `a revoked certificate is good where nothing is said about revocation, and refused by a list`() throws {
        let server = try Certificates.authority.issueServer()
        let list = try Certificates.authority.revocationList([server.certificate])
        #expect(try errors(server: server).client == nil)
        let errors = try errors(server: server) { $0.revocation = .lists(list) }
        #expect(reason(errors.client) == .certificateRevoked)
        #expect(try self.errors { $0.revocation = .lists(list) }.client == nil)
    }

    @Test func `a list that has expired, or of another authority, is as none: the certificate is refused`() throws {
        let old = try Certificates.authority.revocationList([], validity: .expired)
        let foreign = try Certificates.otherAuthority.revocationList([])
        for list in [old, foreign] {
            guard
                case .certificateVerifyFailed? = try reason(errors { $0.revocation = .lists(list) }.client)
            else {
                Issue.record("accepted")
                return
            }
        }
    }

    @Test func `a server looks its clients up in its list`() throws {
        let list = try Certificates.authority.revocationList([Certificates.client.certificate])
        let pair = try WirePair(
            client: Certificates.clientContext { $0.credential = Certificates.client.credential },
            server: Certificates.serverContext {
                $0.requiresClientCertificate = true
                $0.revocation = .lists(list)
            })
        #expect(reason(pair.handshakeErrors().server) == .certificateRevoked)
    }

    @Test func `an intermediate authority that was revoked takes its certificates with it`() throws {
        let intermediate = try Certificates.authority.issue(.intermediate, name: "Intermediate")
        let under = CertificateAuthority(certificate: intermediate.certificate, key: intermediate.key)
        let leaf = try under.issueServer()
        let lists = try Certificates.authority.revocationList([intermediate.certificate]) + under.revocationList([])
        let server = try Certificates.serverContext { $0.credential = leaf.credential(chain: intermediate.certificate) }
        let client = try Certificates.clientContext { $0.revocation = .lists(lists) }
        #expect(try reason(WirePair(client: client, server: server).handshakeErrors().client) == .certificateRevoked)
    }

    @Test func `RSA certificates work`() throws {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try authority.issueServer()
        #expect(try errors(server: server) { $0.trust = authority.trust }.client == nil)
    }

    // MARK: - Client certificates

    @Test(arguments: bothVersions)
    func `a client with a certificate is accepted and known`(version: TLSVersion) throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.credential = Certificates.client.credential },
            server: Certificates.serverContext {
                $0.requiresClientCertificate = true
                $0.only(version)
            })
        try pair.shakeHands()
        #expect(pair.server.peerCertificate?.isEmpty == false)
    }

    @Test func `with TLS 1.2 a client without a certificate fails in the handshake`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(.v1_2) },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        let errors = pair.handshakeErrors()
        #expect(reason(errors.server) == .clientCertificateMissing)
        #expect(reason(errors.client) == .peerAlert(.handshakeFailure))
    }

    @Test func `with TLS 1.3 a client without a certificate fails at its first read`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(.v1_3) },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        let errors = pair.handshakeErrors()
        #expect(reason(errors.server) == .clientCertificateMissing)
        #expect(errors.client == nil)
        let error = pair.client.readError()
        #expect(reason(error) == .peerAlert(.certificateRequired))
        #expect("\(error as Any)".contains("certificate required"))
    }

    @Test func `with TLS 1.3 a refused client that writes first is told the alert, not a broken pipe`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.only(.v1_3) },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        _ = pair.handshakeErrors()
        pair.cut(1)
        guard case .failed(let error) = pair.client.put([1, 2, 3]) else {
            Issue.record("the write found no closed connection")
            return
        }
        #expect(reason(error) == .peerAlert(.certificateRequired))
    }

    @Test func `a client certificate of an unknown authority is refused`() throws {
        let stranger = try Certificates.otherAuthority.issueClient()
        let pair = try WirePair(
            client: Certificates.clientContext { $0.credential = stranger.credential },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        let errors = pair.handshakeErrors()
        guard case .certificateVerifyFailed? = reason(errors.server) else {
            Issue.record("accepted")
            return
        }
        #expect(reason(errors.client ?? pair.client.readError()) == .peerAlert(.unknownCA))
    }

    @Test func `an expired client certificate is refused`() throws {
        let old = try Certificates.authority.issueClient(validity: .expired)
        let pair = try WirePair(
            client: Certificates.clientContext { $0.credential = old.credential },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        #expect(reason(pair.handshakeErrors().server) == .certificateExpired)
    }

    @Test func `a server's certificate is none for a client`() throws {
        let pair = try WirePair(
            client: Certificates.clientContext { $0.credential = Certificates.server.credential },
            server: Certificates.serverContext { $0.requiresClientCertificate = true })
        #expect(pair.handshakeErrors().server is TLSError)
    }
}
