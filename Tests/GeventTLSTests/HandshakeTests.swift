import Gevent
import GeventTesting
import Testing

@testable import GeventTLS

/// Connecting, when the other side does not do what it should, and what connections share.
@Suite(.hub)
struct HandshakeTests {
    @Test func `a server that is no TLS server is told as that`() throws {
        let server = try listenPlain { socket in
            try socket.sendAll("220 mail.example ESMTP, speak SMTP to me\r\n")
            _ = try socket.receive(upTo: 1000)
        }
        let error = thrown { _ = try Certificates.clientContext().connect(to: server.address) }
        #expect(reason(error) == .notTLS)
        #expect("\(error as Any)".contains("does not speak TLS"))
        try server.stop()
    }

    @Test func `a client that is no TLS client is told as that`() throws {
        let (near, far) = try Socket.pair()
        try near.sendAll("GET / HTTP/1.0\r\n\r\n")
        #expect(reason(thrown { _ = try Certificates.serverContext().accept(far) }) == .notTLS)
        #expect(far.isClosed)
    }

    @Test func `a peer that closes in the middle of the handshake fails it`() throws {
        let server = try listenPlain { socket in _ = try socket.receive(upTo: 10_000) }
        let error = thrown { _ = try Certificates.clientContext().connect(to: server.address) }
        #expect(reason(error) == .handshakeFailed)
        #expect("\(error as Any)".contains("closed the connection during the TLS handshake"))
        try server.stop()
    }

    @Test func `nobody listening is a connection that is refused`() throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        listener.close()
        let error = thrown { _ = try Certificates.clientContext().connect(to: address) }
        #expect((error as? SocketError)?.errno == 111)
        #expect(!(error is TLSError))
    }

    @Test func `an empty or broken host name is refused and the socket closed`() throws {
        for name in ["", "a\0b", ".localhost", "bücher.example"] {
            let (near, _) = try Socket.pair()
            let error = thrown { _ = try Certificates.clientContext().wrap(near, serverHostname: name) }
            #expect(reason(error) == .invalidServerName(name))
            #expect(near.isClosed)
        }
    }

    @Test func `a broken host name is refused before anybody is asked for its address`() throws {
        let context = try Certificates.clientContext()
        #expect(
            reason(thrown { _ = try context.connect(host: "bücher.example", port: 1) })
                == .invalidServerName("bücher.example"))
        #expect(thrown { _ = try Socket.connect(host: "bücher.example", port: 1) } is AddressError)
    }

    @Test func `a wrong authority fails both sides and closes both`() throws {
        var refused: [any Error] = []
        let server = try listen(Certificates.serverContext(), onHandshakeFailure: { error, _ in refused.append(error) })
        {
            _, _ in Issue.record("the handler ran")
        }
        let context = try Certificates.clientContext { $0.trust = Certificates.otherAuthority.trust }
        let error = thrown { _ = try context.connect(to: server.address) }
        guard case .certificateVerifyFailed? = reason(error) else {
            Issue.record("wrong error: \(String(describing: error))")
            return
        }
        while refused.isEmpty { try sleep(for: .milliseconds(1)) }
        #expect(reason(refused[0]) == .peerAlert(.unknownCA))
        try server.stop()
    }

    @Test(arguments: bothVersions)
    func `a client without a required certificate is told before anything is served`(version: TLSVersion) throws {
        let required = try Certificates.serverContext { $0.requiresClientCertificate = true }
        let server = try listen(required, onHandshakeFailure: { _, _ in }) { _, _ in Issue.record("the handler ran") }
        let context = try Certificates.clientContext { $0.only(version) }
        let error = thrown {
            let stream = try context.connect(to: server.address)
            _ = try stream.receive(upTo: 10)
        }
        #expect(reason(error) == .peerAlert(version == .v1_3 ? .certificateRequired : .handshakeFailure))
        try server.stop()
    }

    @Test(arguments: bothVersions)
    func `mutual TLS works`(version: TLSVersion) throws {
        let context = try Certificates.serverContext { $0.requiresClientCertificate = true }
        let server = try listen(context) { stream, _ in
            try stream.sendAll(stream.peerCertificate == nil ? "nobody" : "client")
        }
        let client = try Certificates.clientContext {
            $0.only(version)
            $0.credential = Certificates.client.credential
        }
        let stream = try client.connect(to: server.address)
        #expect(try stream.receiveText(upTo: 100) == "client")
        stream.close()
        try server.stop()
    }

    @Test(arguments: bothVersions)
    func `the second connection to a host and port resumes the session`(version: TLSVersion) throws {
        var resumed: [Bool] = []
        let server = try listen(Certificates.serverContext()) { stream, _ in
            resumed.append(stream.isResumed)
            try echo(stream)
        }
        let context = try Certificates.clientContext { $0.only(version) }
        var seen: [Bool] = []
        for _ in 0..<4 {
            let stream = try context.connect(to: server.address)
            try stream.sendAll("x")
            _ = try stream.receiveExactly(1)
            seen.append(stream.isResumed)
            stream.close()
        }
        #expect(seen == [false, true, true, true])
        #expect(resumed == seen)
        try server.stop()
    }

    @Test func `the application protocol is agreed on`() throws {
        let (client, server) = try connectedPair(
            client: Certificates.clientContext { $0.applicationProtocols = ["x", "epp"] },
            server: Certificates.serverContext { $0.applicationProtocols = ["epp"] })
        #expect(client.applicationProtocol == "epp")
        #expect(server.applicationProtocol == "epp")
    }

    @Test func `a context serves a hub on another thread`() async throws {
        let thread = HubThread(name: "tls")
        let context = try Certificates.serverContext()
        let address = try await thread.run {
            let server = try listen(context) { stream, _ in try echo(stream) }
            return server.address
        }
        let answer = try await HubThread(name: "client").run {
            let stream = try Certificates.clientContext().connect(to: address)
            try stream.sendAll("over")
            return try stream.receiveExactly(4)
        }
        #expect(answer == Array("over".utf8))
        await thread.stop()
    }

    @Test func `many clients at once are all served`() throws {
        let server = try listen(Certificates.serverContext()) { stream, _ in try echo(stream) }
        let context = try Certificates.clientContext()
        let clients = (0..<100).map { number in
            Greenlet.spawn {
                let stream = try context.connect(to: server.address)
                defer { stream.close() }
                for round in 0..<10 {
                    let bytes = pattern(200 + round, seed: UInt8(number))
                    try stream.sendAll(bytes)
                    guard try stream.receiveExactly(bytes.count) == bytes else { return false }
                }
                return true
            }
        }
        for client in clients { #expect(try client.get()) }
        try server.stop()
    }

    @Test func `a handler's connection is closed when it returns or throws`() throws {
        struct Oops: Error {}
        Hub.current.onUnhandledError = { _, _ in }
        let server = try listen(Certificates.serverContext()) { stream, _ in
            if try stream.receiveLine() == "throw" { throw Oops() }
        }
        for word in ["return\n", "throw\n"] {
            let stream = try Certificates.clientContext().connect(to: server.address)
            try stream.sendAll(word)
            #expect(try stream.receive(upTo: 1) == [])
        }
        try server.stop()
    }

    @Test func `a handshake that fails is reported to the hub and the server goes on`() throws {
        var reported: [any Error] = []
        var greenlet = ""
        Hub.current.onUnhandledError = { context, error in
            reported.append(error)
            if case .greenlet(let failed) = context { greenlet = failed.description }
        }
        let server = try StreamServer(on: .loopback(port: 0), context: Certificates.serverContext()) { stream, _ in
            try echo(stream)
        }
        let line = #line - 3
        try server.start()
        let plain = try Socket.connect(to: server.address)
        try plain.sendAll("this is no TLS at all\r\n")
        while try !plain.receive(upTo: 100).isEmpty {}
        while reported.isEmpty { try sleep(for: .milliseconds(1)) }
        #expect(reason(reported[0]) == .notTLS)
        #expect(greenlet.contains("\"\(try plain.localAddress)\""))
        #expect(greenlet.hasSuffix(": spawned at GeventTLSTests/HandshakeTests.swift:\(line)>"))
        let stream = try Certificates.clientContext().connect(to: server.address)
        try stream.sendAll("x")
        #expect(try stream.receiveExactly(1) == [0x78])
        stream.close()
        try server.stop()
    }
}
