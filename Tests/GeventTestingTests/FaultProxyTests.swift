import Gevent
import GeventTesting
import Testing

@Suite(.hub, .timeLimit(.minutes(1)))
struct `A fault proxy` {
    /// A server that echoes, and a proxy in front of it.
    private func withProxy(_ body: (FaultProxy) throws -> Void) throws {
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            while true {
                let bytes = try socket.receive(upTo: 4_096)
                if bytes.isEmpty { return }
                try socket.sendAll(bytes)
            }
        }
        Hub.current.onUnhandledError = { _, _ in }
        try server.start()
        let proxy = try FaultProxy(to: server.address)
        defer {
            proxy.close()
            server.close()
        }
        try body(proxy)
    }

    private func connect(_ proxy: FaultProxy) throws -> Socket {
        let socket = try Socket.connect(to: proxy.address, timeout: .seconds(5))
        socket.timeout = .seconds(5)
        return socket
    }

    @Test func `hands on what comes, and the end of it`() throws {
        try withProxy { proxy in
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            #expect(try socket.receiveExactly(5) == Array("hello".utf8))
            #expect(proxy.connectionCount == 1)
            try socket.shutDown(.writing)
            #expect(try socket.receive(upTo: 10).isEmpty)
            socket.close()
        }
    }

    @Test func `closes after as many bytes as told, for as many connections as told`() throws {
        try withProxy { proxy in
            proxy.inject(.close(after: 3, .toClient), connections: 1)
            let cut = try connect(proxy)
            try cut.sendAll("hello")
            #expect(try cut.receive(upTo: 10) == Array("hel".utf8))
            #expect(try cut.receive(upTo: 10).isEmpty)
            let whole = try connect(proxy)
            try whole.sendAll("hello")
            #expect(try whole.receiveExactly(5) == Array("hello".utf8))
        }
    }

    @Test(arguments: [FaultProxy.Fault.refuse, .reset(), .reset(after: 2, .toServer)])
    func `resets`(_ fault: FaultProxy.Fault) throws {
        try withProxy { proxy in
            proxy.inject(fault)
            let error = #expect(throws: SocketError.self) {
                let socket = try connect(proxy)
                try socket.sendAll("hello")
                while try !socket.receive(upTo: 10).isEmpty {}
                try socket.sendAll("more")
                _ = try socket.receive(upTo: 10)
            }
            #expect(error.map { !($0 is SocketTimeout) } == true)
        }
    }

    @Test func `stalls until it is healed`() throws {
        try withProxy { proxy in
            proxy.inject(.stall(after: 2, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            #expect(try socket.receiveExactly(2) == Array("he".utf8))
            socket.timeout = .milliseconds(50)
            #expect(throws: SocketTimeout.self) { try socket.receive(upTo: 10) }
            proxy.heal()
            socket.timeout = .seconds(5)
            #expect(try socket.receiveExactly(3) == Array("llo".utf8))
        }
    }

    @Test func `splits, delays and garbles`() throws {
        try withProxy { proxy in
            proxy.inject(.split(into: 1, .toClient))
            proxy.inject(.delay(.milliseconds(2), .toClient))
            proxy.inject(.garble(at: 1, .toServer))
            let socket = try connect(proxy)
            try socket.sendAll("abc")
            #expect(try socket.receive(upTo: 10).count == 1)
            #expect(try socket.receiveExactly(2) == [UInt8(ascii: "b") ^ 0xff, UInt8(ascii: "c")])
        }
    }

    @Test func `cuts all that are open`() throws {
        try withProxy { proxy in
            let sockets = try (0..<3).map { _ in try connect(proxy) }
            for socket in sockets {
                try socket.sendAll("x")
                _ = try socket.receiveExactly(1)
            }
            #expect(proxy.connectionCount == 3)
            proxy.cutAll()
            for socket in sockets {
                #expect(throws: SocketError.self) { try socket.receiveExactly(1) }
            }
            try sleep(for: .milliseconds(1))
            #expect(proxy.connectionCount == 0)
        }
    }
}
