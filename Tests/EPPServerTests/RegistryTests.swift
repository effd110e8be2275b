import EPP
import EPPServer
import Gevent
import GeventTLS
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct `An embedded registry` {
    private func waitUntil(_ condition: () -> Bool) throws {
        try withTimeout(.seconds(600)) {
            while !condition() { try sleep(for: .milliseconds(2)) }
        }
    }

    @Test func `greets, serves and says goodbye`() throws {
        let registry = try EmbeddedRegistry()
        let peer = try Peer(registry)
        #expect(try peer.receive()?.kind == .greeting)
        #expect(try peer.send(Login(clientID: registry.clientID, password: registry.password)) == .success)
        #expect(try peer.send(CheckDomain("example.gov")) == .success)
        #expect(try peer.send(Logout()) == .successEndingSession)
        // A clean end, not a truncation, which would be thrown.
        #expect(try peer.receive() == nil)
        peer.stream.close()
        registry.stop()
        #expect(try registry.join(timeout: .seconds(5)))
        let statistics = registry.statistics
        #expect(statistics.connections == 1 && statistics.handshakes == 1 && statistics.logins == 1)
        #expect(statistics.commands == 3 && statistics.logouts == 1 && statistics.openConnections == 0)
    }

    @Test func `takes no client without a certificate`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let context = try TLSContext(TLSConfiguration { $0.trust = .pem(registry.pki.authority) })
        #expect(throws: TLSError.self) { try Peer(registry, context: context).receive() }
        try waitUntil { registry.statistics.handshakeFailures == 1 }
        #expect(registry.statistics.handshakes == 0)
    }

    @Test func `closes a connection over the quota without a greeting`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.maximumSessions = 2 })
        defer { registry.stop() }
        let peers = try (0..<2).map { _ in try Peer(registry) }
        for peer in peers { #expect(try peer.receive()?.kind == .greeting) }
        let third = try Peer(registry)
        #expect(try third.receive() == nil)
        #expect(registry.statistics.overQuota == 1)
        third.stream.close()
        peers[0].stream.close()
        try waitUntil { registry.statistics.openConnections == 1 }
        #expect(try Peer(registry).receive()?.kind == .greeting)
    }

    @Test func `closes an idle connection`() throws {
        let registry = try EmbeddedRegistry(RegistryConfiguration { $0.idleTimeout = .milliseconds(50) })
        defer { registry.stop() }
        let peer = try Peer(registry)
        #expect(try peer.receive()?.kind == .greeting)
        #expect(try peer.receive() == nil)
        #expect(registry.statistics.idled == 1)
    }

    @Test func `closes a connection that sends no frames`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let peer = try Peer(registry)
        #expect(try peer.receive()?.kind == .greeting)
        try peer.stream.sendAll("GET / HTTP/1.1\r\n\r\n")
        #expect(try peer.receive() == nil)
        try waitUntil { registry.statistics.openConnections == 0 }
    }

    @Test func `cuts without a goodbye`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let peers = try (0..<3).map { _ in try Peer(registry) }
        for peer in peers { #expect(try peer.receive()?.kind == .greeting) }
        #expect(registry.cut(1) == 1)
        #expect(throws: SocketError.self) { try peers[0].receive() }
        #expect(registry.cutAll() >= 2)
        for peer in peers.dropFirst() { #expect(throws: SocketError.self) { try peer.receive() } }
        try waitUntil { registry.statistics.openConnections == 0 }
    }

    @Test func `strikes with a fault as often as asked, then behaves`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        registry.inject(.result(.commandFailed), times: 2)
        registry.inject(.notLoggedIn, times: 1)
        let peer = try Peer(registry)
        _ = try peer.receive()
        let login = Login(clientID: registry.clientID, password: registry.password)
        #expect(try peer.send(login) == .success)
        let codes = try (0..<4).map { _ in try peer.send(CheckDomain("example.gov")) }
        #expect(codes == [.commandFailed, .commandFailed, .commandUseError, .commandUseError])
        #expect(try peer.send(login) == .success)
        #expect(try peer.send(CheckDomain("example.gov")) == .success)
        #expect(registry.statistics.faults == 3)
    }

    @Test func `keeps its certificates in a directory, the keys for their owner alone`() throws {
        var path = Array("/tmp/epp-pki-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&path))
        let parent = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = parent + "/pki"
        defer {
            for name in ["ca.pem", "server.pem", "server.key", "client.pem", "client.key"] {
                unlink("\(directory)/\(name)")
            }
            rmdir(directory)
            rmdir(parent)
        }
        let made = try RegistryPKI(directory: directory)
        for (name, mode) in [("server.key", 0o600), ("client.key", 0o600), ("ca.pem", 0o644)] {
            var status = stat()
            #expect(stat("\(directory)/\(name)", &status) == 0)
            #expect(Int(status.st_mode & 0o777) & ~mode == 0)
        }
        let read = try RegistryPKI(directory: directory)
        #expect(read.authority == made.authority)
        let registry = try EmbeddedRegistry(pki: read)
        defer { registry.stop() }
        #expect(try Peer(registry, context: made.clientContext()).receive()?.kind == .greeting)

        unlink("\(directory)/client.key")
        let error = try #require(throws: RegistryPKIError.self) { try RegistryPKI(directory: directory) }
        #expect(error.description.contains("client.key"))
        #expect(throws: RegistryPKIError.self) { try RegistryPKI(directory: "/proc/nowhere") }
    }

    @Test func `runs on a thread of its own`() throws {
        let registry = try RegistryThread()
        let stream = try registry.pki.clientContext().connect(
            host: registry.host, port: registry.port, timeout: .seconds(5))
        stream.timeout = .seconds(5)
        #expect(try stream.receive(upTo: 4).count == 4)
        #expect(registry.statistics.handshakes == 1)
        #expect(try registry.cut() == 1)
        #expect(registry.statistics.cut == 1)
        stream.close()
        try registry.stop()
        #expect(throws: SocketError.self) {
            try Socket.connect(host: registry.host, port: registry.port, timeout: .seconds(1))
        }
    }

    @Test func `dropped without being stopped, is let go on its own thread`() throws {
        let pki = try RegistryPKI()
        // Elsewhere the last reference to its listening socket stops the program: each is a chance for that.
        for _ in 0..<100 { _ = try RegistryThread(pki: pki) }
    }
}
