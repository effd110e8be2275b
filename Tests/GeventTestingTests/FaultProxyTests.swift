import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.virtualTime(quiet: .milliseconds(200)))
struct `A fault proxy` {
    @Test func `hands on what comes, and the end of it`() throws {
        try withEcho { proxy in
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            #expect(try socket.receiveExactly(5) == Array("hello".utf8))
            #expect(proxy.connectionCount == 1)
            try socket.shutDown(.writing)
            #expect(try socket.receive(upTo: 10).isEmpty)
            socket.close()
        }
    }

    @Test(arguments: [.zero, .seconds(10_000_000_000), .seconds(Int64.max), Duration(attoseconds: .max)] as [Duration])
    func `delays for as long as a duration is, or until it is healed`(time: Duration) throws {
        try withEcho { proxy in
            proxy.inject(.delay(time))
            proxy.inject(.delay(time))
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            // So long that virtual time may be at its end then; it may also be healed before.
            spawn(after: .milliseconds(1)) { proxy.heal() }
            #expect(try socket.receiveExactly(5) == Array("hello".utf8))
        }
    }

    @Test func `hands on a reset`() throws {
        var error: (any Error)?
        try withServer { socket in
            do { _ = try socket.receiveExactly(100) } catch let failure { error = failure }
        } _: { proxy in
            let socket = try connect(proxy)
            try socket.sendAll("x")
            try sleep(for: .seconds(1))
            proxy.cutAll()
            try sleep(for: .seconds(1))
            #expect((error as? SocketError)?.errno == ECONNRESET)
        }
    }

    @Test func `closes both sides after as many bytes as told`() throws {
        try withEcho { proxy in
            proxy.inject(.close(after: 3, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            #expect(try socket.receive(upTo: 10) == Array("hel".utf8))
            #expect(try socket.receive(upTo: 10).isEmpty)
            #expect(proxy.statistics.strikes == 1)
        }
    }

    @Test func `ends one direction and leaves the other one open`() throws {
        var heard: [UInt8] = []
        try withServer { socket in
            try socket.sendAll("hello")
            heard = try socket.receiveExactly(7)
        } _: { proxy in
            proxy.inject(.halfClose(after: 3, .toClient))
            let socket = try connect(proxy)
            #expect(try socket.receiveExactly(3) == Array("hel".utf8))
            #expect(try socket.receive(upTo: 10).isEmpty)
            try socket.sendAll("I still")
            try sleep(for: .seconds(1))
            #expect(heard == Array("I still".utf8))
        }
    }

    @Test func `ends the direction to the server, whose replies still come`() throws {
        try withEcho { proxy in
            proxy.inject(.halfClose(after: 4, .toServer))
            let socket = try connect(proxy)
            try socket.sendAll("ping, and what vanishes")
            #expect(try socket.receiveExactly(4) == Array("ping".utf8))
            // The echo has seen the end of the stream.
            #expect(try socket.receive(upTo: 10).isEmpty)
            #expect(proxy.statistics.bytesToServer == 4)
        }
    }

    @Test func `refuses so that the server never hears of it`() throws {
        var accepted = 0
        try withServer { _ in
            accepted += 1
        } _: { proxy in
            proxy.inject(.refuse)
            let error = #expect(throws: SocketError.self) { try connect(proxy).receiveExactly(1) }
            #expect(error?.errno == ECONNRESET)
            #expect(accepted == 0)
            #expect(proxy.statistics.refused == 1)
        }
    }

    @Test func `of a server that is down resets`() throws {
        let port = try Socket.listen(on: .loopback(port: 0))
        let proxy = try FaultProxy(to: port.localAddress)
        defer { proxy.close() }
        port.close()
        #expect(throws: SocketError.self) { try connect(proxy).receiveExactly(1) }
        #expect(proxy.connectionCount == 0)
    }

    @Test(arguments: [FaultProxy.Fault.reset(), .reset(after: 2, .toServer), .reset(after: 4, .toClient)])
    func `resets`(_ fault: FaultProxy.Fault) throws {
        try withEcho { proxy in
            proxy.inject(fault)
            let error = #expect(throws: SocketError.self) {
                let socket = try connect(proxy)
                try socket.sendAll("hello")
                while try !socket.receive(upTo: 10).isEmpty {}
            }
            #expect(error?.errno == ECONNRESET)
        }
    }

    @Test func `stalls until it is healed`() throws {
        try withEcho { proxy in
            proxy.inject(.stall(after: 2, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            #expect(try socket.receiveExactly(2) == Array("he".utf8))
            socket.timeout = .seconds(3_600)
            #expect(throws: SocketTimeout.self) { try socket.receive(upTo: 10) }
            proxy.heal()
            #expect(try socket.receiveExactly(3) == Array("llo".utf8))
        }
    }

    @Test func `delays each piece and the end, and not one after the other`() throws {
        try withEcho { proxy in
            let clock = Hub.current.clock
            proxy.inject(.delay(.seconds(60), .toServer))
            proxy.inject(.delay(.seconds(40), .toClient))
            let socket = try connect(proxy)
            let start = clock.now
            let writer = spawn {
                try socket.sendAll("a")
                try sleep(for: .seconds(10))
                try socket.sendAll("b")
                try socket.shutDown(.writing)
            }
            #expect(try socket.receive(upTo: 10) == Array("a".utf8))
            #expect(clock.now - start == .seconds(100))
            #expect(try socket.receive(upTo: 10) == Array("b".utf8))
            #expect(clock.now - start == .seconds(110))
            #expect(try socket.receive(upTo: 10).isEmpty)
            #expect(clock.now - start == .seconds(110))
            try writer.join()
        }
    }

    @Test func `lets go what it delayed when it is healed`() throws {
        try withEcho { proxy in
            let clock = Hub.current.clock
            proxy.inject(.delay(.seconds(60)))
            let socket = try connect(proxy)
            let start = clock.now
            try socket.sendAll("a")
            spawn(after: .seconds(7)) { proxy.heal() }
            #expect(try socket.receiveExactly(1) == Array("a".utf8))
            #expect(clock.now - start == .seconds(7))
        }
    }

    @Test func `throttles to so many bytes a second`() throws {
        try withEcho { proxy in
            let clock = Hub.current.clock
            proxy.inject(.throttle(bytesPerSecond: 50, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll([UInt8](repeating: 7, count: 100))
            let start = clock.now
            #expect(try socket.receive(upTo: 100).count == 5)
            #expect(clock.now - start == .milliseconds(100))
            _ = try socket.receiveExactly(95)
            #expect(clock.now - start == .seconds(2))
            // A pause is not made up for afterwards.
            try sleep(for: .seconds(10))
            let later = clock.now
            try socket.sendAll([UInt8](repeating: 7, count: 25))
            _ = try socket.receiveExactly(25)
            #expect(clock.now - later == .milliseconds(500))
        }
    }

    @Test func `splits into pieces that a waiting receiver sees one by one`() throws {
        try withEcho { proxy in
            proxy.inject(.split(into: 2, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("abcde")
            #expect(try socket.receiveText(upTo: 10) == "ab")
            #expect(try socket.receiveText(upTo: 10) == "cd")
            #expect(try socket.receiveText(upTo: 10) == "e")
        }
    }

    @Test func `garbles one byte in each direction`() throws {
        try withEcho { proxy in
            proxy.inject(.garble(at: 1))
            proxy.inject(.garble(at: 2, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("abc")
            // The second byte was turned over twice.
            #expect(try socket.receiveExactly(3) == [97, 98, UInt8(ascii: "c") ^ 0xff])
            #expect(proxy.statistics.strikes == 3)
        }
    }

    @Test func `lets several faults hold together`() throws {
        try withEcho { proxy in
            let clock = Hub.current.clock
            proxy.inject(.delay(.seconds(10), .toClient))
            proxy.inject(.throttle(bytesPerSecond: 1, .toClient))
            proxy.inject(.garble(at: 0, .toServer))
            proxy.inject(.halfClose(after: 3, .toClient))
            let socket = try connect(proxy)
            try socket.sendAll("hello")
            let start = clock.now
            #expect(try socket.receiveExactly(3) == [UInt8(ascii: "h") ^ 0xff] + Array("el".utf8))
            #expect(clock.now - start == .seconds(13))
            #expect(try socket.receive(upTo: 1).isEmpty)
        }
    }

    @Test func `strikes the connections that it was told to`() throws {
        try withEcho { proxy in
            proxy.inject(.garble(at: 0, .toClient), connections: 2, skipping: 1)
            let first = try (0..<4).map { _ in
                let socket = try connect(proxy)
                try socket.sendAll("a")
                return try socket.receiveText(upTo: 1) == "a"
            }
            #expect(first == [true, false, false, true])
            #expect(proxy.statistics.connections == 4)
            #expect(proxy.statistics.strikes == 2)
        }
    }

    @Test func `cuts all that are open and goes on`() throws {
        try withEcho { proxy in
            let sockets = try (0..<3).map { _ in try connect(proxy) }
            for socket in sockets {
                try socket.sendAll("x")
                _ = try socket.receiveExactly(1)
            }
            #expect(proxy.connectionCount == 3)
            proxy.cutAll()
            for socket in sockets {
                let error = #expect(throws: SocketError.self) { try socket.receiveExactly(1) }
                #expect(error?.errno == ECONNRESET)
            }
            try sleep(for: .seconds(1))
            #expect(proxy.connectionCount == 0)
            let another = try connect(proxy)
            try another.sendAll("x")
            #expect(try another.receiveExactly(1) == [UInt8(ascii: "x")])
        }
    }

    @Test(arguments: [
        FaultProxy.Fault.stall(), .delay(.seconds(3_600)), .throttle(bytesPerSecond: 1), .halfClose(),
        .split(into: 1),
    ])
    func `leaves no descriptor and no greenlet`(_ fault: FaultProxy.Fault) throws {
        let before = Hub.current.statistics.greenlets
        let server = try StreamServer(on: .loopback(port: 0)) { socket, _ in
            // Reads without end, and answers a lot.
            while try !socket.receive(upTo: 4_096).isEmpty { try socket.sendAll([UInt8](repeating: 9, count: 500)) }
        }
        Hub.current.onUnhandledError = { _, _ in }
        try server.start()
        let proxy = try FaultProxy(to: server.address)
        let port = try #require(proxy.address.port)
        proxy.inject(fault)
        let sockets = try (0..<5).map { _ in try connect(proxy) }
        for socket in sockets { try socket.sendAll("hello") }
        try sleep(for: .seconds(5))
        #expect(ownedConnections(port) > 0)
        proxy.close()
        for socket in sockets { socket.close() }
        server.close()
        try sleep(for: .seconds(1))
        #expect(Hub.current.statistics.greenlets == before)
        #expect(proxy.connectionCount == 0)
        // Another test's child process may hold copies for a moment, by the real clock.
        while ownedConnections(port) > 0 { usleep(10_000) }
    }

    @Test func `that nobody holds closes itself`() throws {
        try withServer { socket in
            _ = try socket.receiveExactly(1)
        } _: { proxy in
            let target = proxy.address
            var other: FaultProxy? = try FaultProxy(to: target)
            let socket = try connect(#require(other))
            try sleep(for: .seconds(1))
            #expect(other?.connectionCount == 1)
            other = nil
            let error = #expect(throws: SocketError.self) { try socket.receiveExactly(1) }
            #expect(error?.errno == ECONNRESET)
        }
    }
}

@Suite(.hub)
struct `A fault proxy by a real clock` {
    @Test func `throttles, delays and stalls`() throws {
        try withEcho { proxy in
            let clock = Hub.current.clock
            proxy.inject(.throttle(bytesPerSecond: 10_000, .toServer))
            proxy.inject(.delay(.milliseconds(10), .toClient))
            proxy.inject(.stall(after: 500, .toClient))
            let socket = try connect(proxy)
            let took = try clock.measure {
                try socket.sendAll([UInt8](repeating: 1, count: 501))
                _ = try socket.receiveExactly(500)
            }
            #expect(took >= .milliseconds(60))
            socket.timeout = .milliseconds(20)
            #expect(throws: SocketTimeout.self) { try socket.receive(upTo: 10) }
            proxy.heal()
            socket.timeout = .seconds(600)
            #expect(try socket.receive(upTo: 10) == [1])
        }
    }
}
