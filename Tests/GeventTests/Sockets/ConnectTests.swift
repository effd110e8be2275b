import GeventTesting
import Glibc
import Testing

@testable import Gevent

@Suite(.hub)
struct ConnectTests {
    /// Some address that refuses connections: on the loopback interface, but not where other tests listen.
    static func deadAddress() throws -> SocketAddress { .host("127.66.77.88", port: 9) }

    /// A listener that takes no more connections, whose clients then hang, and those that filled it.
    static func fullListener() throws -> (SocketAddress, [Socket]) {
        let listener = try Family.ipv4.listen(backlog: 0)
        let address = try listener.localAddress
        var held = [listener]
        for _ in 0..<10 {
            do { held.append(try Socket.connect(to: address, timeout: .milliseconds(50))) } catch is SocketTimeout {
                return (address, held)
            }
        }
        throw SocketError("the listener's backlog does not fill")
    }

    @Test func `a refused connection says who refused it`() throws {
        let address = try Self.deadAddress()
        let error = socketError { _ = try Socket.connect(to: address) }
        #expect(error?.errno == ECONNREFUSED)
        #expect(error.map { "\($0)" } == "connecting to \(address): Connection refused (errno 111)")
        #expect(socketError { _ = try Socket.connect(to: .unix("/no/such/socket")) }?.errno == ENOENT)
    }

    // Conformance 142: connect
    @Test func `every address is tried and the first that answers is taken`() throws {
        let listener = try Family.ipv4.listen()
        let address = try listener.localAddress
        let candidates = try [Self.deadAddress(), address, Self.deadAddress()].map { address in
            try #require(RawAddress(numeric: address.host ?? "", port: UInt16(address.port ?? 0)))
        }
        let socket = try Socket.connect(
            toFirstOf: candidates, of: .host("three.example", port: 1), .seconds(5), HubCore.current)
        #expect(try socket.peerAddress == address)
        #expect(socket.timeout == .seconds(5), "as in Python, the timeout stays")
    }

    // Conformance 142: connect
    @Test func `where none answers the last one's error is thrown`() throws {
        let last = try Self.deadAddress()
        let candidates = [
            try RawAddress(path: "/no/such/socket"),
            try #require(RawAddress(numeric: last.host ?? "", port: UInt16(last.port ?? 0))),
        ]
        let error = socketError {
            _ = try Socket.connect(toFirstOf: candidates, of: .host("two.example", port: 1), nil, HubCore.current)
        }
        #expect(error?.errno == ECONNREFUSED)
        #expect(error?.message == "connecting to two.example:1 (\(last))")
    }

    // Conformance 142: connect
    @Test func `the timeout is for each attempt`() throws {
        let (address, held) = try Self.fullListener()
        let raw = try #require(RawAddress(numeric: address.host ?? "", port: UInt16(address.port ?? 0)))
        let took = try Hub.current.clock.measure {
            let error = socketError {
                _ = try Socket.connect(toFirstOf: [raw, raw], of: address, .milliseconds(60), HubCore.current)
            }
            #expect(error is SocketTimeout)
            #expect(error?.message == "timed out while connecting to \(address)")
        }
        #expect(took >= .milliseconds(120))
        withExtendedLifetime(held) {}
    }

    // Conformance 142: connect
    @Test func `an interrupted attempt leaves no descriptor behind`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (address, held) = try ConnectTests.fullListener()
                defer { withExtendedLifetime(held) {} }
                let dead = try ConnectTests.deadAddress()
                return try !leaksDescriptors {
                    _ = try? Socket.connect(to: address, timeout: .milliseconds(2))
                    _ = try? withTimeout(.milliseconds(2)) { try Socket.connect(to: address) }
                    let connecting = spawn { try Socket.connect(to: address) }
                    try yield()
                    try connecting.kill()
                    _ = try? Socket.connect(to: dead)
                }
            }
        }
    }

    @Test func `a Unix listener whose backlog is full is tried again`() throws {
        let listener = try Family.unix.listen(backlog: 0)
        let address = try listener.localAddress
        var clients = [try Socket.connect(to: address)]
        #expect(socketError { clients.append(try .connect(to: address, timeout: .milliseconds(20))) } is SocketTimeout)
        let late = spawn { try Socket.connect(to: address, timeout: .seconds(600)) }
        try sleep(for: .milliseconds(5))
        _ = try listener.accept()
        clients.append(try late.get())
        #expect(clients.count == 2)
    }

    @Test func `a listener reports an address that is taken`() throws {
        let listener = try Family.ipv4.listen()
        let address = try listener.localAddress
        let error = socketError { _ = try Socket.listen(on: address) }
        #expect(error?.errno == EADDRINUSE)
        #expect(error?.message == "listening on \(address)")
    }

    @Test func `a port can be listened on again at once`() async {
        // In a process of its own: tests that start processes hold others' descriptors for a moment.
        await #expect(processExitsWith: .success) {
            exitWith {
                let listener = try Family.ipv4.listen()
                let address = try listener.localAddress
                let accepting = spawn { try listener.accept().0 }
                let client = try Socket.connect(to: address)
                // Our end closes first, and stays in TIME_WAIT.
                try accepting.get().close()
                listener.close()
                _ = try client.receive(upTo: 1)
                client.close()
                return try Socket.listen(on: address).localAddress == address
            }
        }
    }

    @Test func `a file system path works as a Unix address`() throws {
        let path = "/tmp/gevent-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let listener = try Socket.listen(on: .unix(path))
        defer { unlink(path) }
        let accepting = spawn { try listener.accept() }
        let client = try Socket.connect(to: .unix(path))
        #expect(try client.peerAddress == .unix(path))
        #expect(try accepting.get().1 == .unix(""))
    }
}

@Suite(.hub)
struct ResolverTests {
    // Conformance 143: resolving names
    @Test func `a name is resolved on the thread pool`() throws {
        let listener = try Family.ipv4.listen()
        let port = try #require(try listener.localAddress.port)
        #expect(Hub.current.threadPoolStorage == nil)
        let client = try Socket.connect(host: "localhost", port: port)
        #expect(try client.peerAddress == .loopback(port: port))
        #expect(Hub.current.threadPoolStorage != nil)
        #expect(try Socket.listen(on: .host("localhost", port: 0)).localAddress.host != nil)
    }

    @Test func `a numeric address needs no thread`() throws {
        let listener = try Family.ipv4.listen()
        _ = try Socket.connect(to: listener.localAddress)
        #expect(Hub.current.threadPoolStorage == nil)
    }

    // Conformance 143: resolving names
    @Test func `others run while a name is resolved and an interruption abandons it`() throws {
        // A pool of one thread that is taken: the look-up waits behind it.
        var configuration = Hub.current.configuration
        configuration.threadPoolSize = 1
        try Hub.withVirtualTime(configuration: configuration) { _ in
            let gate = Gate()
            let blocked = Hub.current.threadPool.spawn { gate.wait() }
            var others = 0
            let counting = spawn { while true { others += 1; try sleep(for: .milliseconds(1)) } }
            #expect(throws: Timeout.self) {
                try withTimeout(.milliseconds(10)) { _ = try Socket.connect(host: "localhost", port: 1) }
            }
            #expect(others > 5)
            let error = socketError { _ = try Socket.connect(host: "localhost", port: 1, timeout: .milliseconds(10)) }
            #expect(error?.message == "timed out while resolving \"localhost\"")
            try counting.kill()
            gate.open()
            _ = try blocked.get()
        }
    }

    @Test func `a name that does not exist is an AddressError that nobody else hears of`() throws {
        var reports = 0
        Hub.current.onUnhandledError = { _, _ in reports += 1 }
        let error = socketError { _ = try Socket.connect(host: "no-such-host.invalid", port: 1) }
        #expect(error is AddressError)
        #expect(error?.message.contains("no-such-host.invalid") == true)
        #expect(reports == 0)
    }

    @Test(arguments: [("", 1), ("a\0b", 1), ("127.0.0.1", 65_536), ("127.0.0.1", -1)])
    func `an address that cannot be is refused`(_ host: String, _ port: Int) {
        #expect(throws: AddressError.self) { try Socket.connect(host: host, port: port) }
        #expect(throws: AddressError.self) { try Socket.listen(on: .host(host, port: port)) }
    }
}
