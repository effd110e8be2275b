import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// Session resumption.
@Suite(.inTurn)
struct SessionTests {
    /// One connection from handshake to end, and whether it resumed on both sides.
    private func connect(
        _ client: TLSContext, _ server: TLSContext, name: String = "localhost", place: String = "1"
    ) throws -> Bool {
        let pair = try WirePair(client: client, server: server, name: name, place: place)
        try pair.shakeHands()
        // The tickets of TLS 1.3 come with the first read.
        #expect(pair.server.put([1]).isDone)
        #expect(pair.client.take().bytes == [1])
        _ = pair.client.sendEnd()
        #expect(pair.client.isResumed == pair.server.isResumed)
        return pair.client.isResumed
    }

    @Test(arguments: bothVersions)
    func `the second connection resumes the first's session`(version: TLSVersion) throws {
        let client = try Certificates.clientContext { $0.only(version) }
        let server = try Certificates.serverContext()
        #expect(try !connect(client, server))
        for _ in 0..<5 { #expect(try connect(client, server)) }
    }

    @Test(arguments: bothVersions)
    func `a session with a client certificate is resumed and the certificate known`(version: TLSVersion) throws {
        let client = try Certificates.clientContext {
            $0.only(version)
            $0.credential = Certificates.client.credential
        }
        let server = try Certificates.serverContext { $0.requiresClientCertificate = true }
        #expect(try !connect(client, server))
        #expect(try connect(client, server))
        let pair = try WirePair(client: client, server: server)
        try pair.shakeHands()
        #expect(pair.server.isResumed)
        #expect(pair.server.peerCertificate?.isEmpty == false)
    }

    @Test func `another name, another port or another context does not resume`() throws {
        let client = try Certificates.clientContext()
        let server = try Certificates.serverContext()
        #expect(try !connect(client, server))
        #expect(try !connect(client, server, name: "127.0.0.1"))
        #expect(try !connect(client, server, place: "2"))
        #expect(try !connect(Certificates.clientContext(), server))
        #expect(try connect(client, server))
    }

    @Test func `a server that does not know the session shakes hands in full`() throws {
        let client = try Certificates.clientContext()
        #expect(try !connect(client, Certificates.serverContext()))
        #expect(try !connect(client, Certificates.serverContext()))
    }

    @Test(arguments: bothVersions)
    func `without resumption nothing is given out or kept`(version: TLSVersion) throws {
        let server = try Certificates.serverContext { $0.resumesSessions = false }
        let client = try Certificates.clientContext { $0.only(version) }
        #expect(try !connect(client, server))
        #expect(try !connect(client, server))
        let forgetful = try Certificates.clientContext {
            $0.only(version)
            $0.resumesSessions = false
        }
        let generous = try Certificates.serverContext()
        #expect(try !connect(forgetful, generous))
        #expect(try !connect(forgetful, generous))
    }

    @Test func `a ticket of TLS 1.3 is used once`() throws {
        let client = try Certificates.clientContext { $0.only(.v1_3) }
        let server = try Certificates.serverContext()
        let key = SessionCache.Key(host: "localhost", place: "1")
        #expect(try !connect(client, server))
        let first = client.sessions.count(for: key)
        #expect(first > 0)
        let taken = client.sessions.take(for: key)
        #expect(taken != nil)
        #expect(client.sessions.count(for: key) == first - 1)
    }

    @Test func `a client that only writes gets its tickets at the end`() throws {
        let client = try Certificates.clientContext { $0.only(.v1_3) }
        let pair = try WirePair(client: client, server: Certificates.serverContext())
        try pair.shakeHands()
        let key = SessionCache.Key(host: "localhost", place: "1")
        #expect(client.sessions.count(for: key) == 0)
        pair.client.absorb()
        #expect(client.sessions.count(for: key) > 0)
    }

    @Test func `the number of sessions kept is bounded`() throws {
        let client = try Certificates.clientContext { $0.only(.v1_3) }
        let server = try Certificates.serverContext()
        for _ in 0..<20 {
            let pair = try WirePair(client: client, server: server)
            try pair.shakeHands()
            pair.client.absorb()
            _ = pair.client.sendEnd()
        }
        #expect(client.sessions.count(for: SessionCache.Key(host: "localhost", place: "1")) <= 16)
    }

    @Test func `sessions of a failed handshake are forgotten`() throws {
        let client = try Certificates.clientContext()
        let server = try Certificates.serverContext()
        let key = SessionCache.Key(host: "localhost", place: "1")
        #expect(try !connect(client, server))
        #expect(client.sessions.count(for: key) > 0)
        let pair = try WirePair(client: client, server: server)
        pair.cut(1)
        #expect(pair.handshakeErrors().client != nil)
        #expect(client.sessions.count(for: key) == 0)
    }
}
