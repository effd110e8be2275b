import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct ConnectEdgeTests {
    /// A listener whose backlog is full, and who fills it.
    func fullListener() throws -> (Socket, [Socket]) {
        let listener = try Family.unix.listen(backlog: 0)
        return (listener, [try Socket.connect(to: listener.localAddress)])
    }

    // gevent: BlockingIOError(11, 'Resource temporarily unavailable').
    @Test func `with a timeout of zero a full backlog is EAGAIN`() throws {
        let (listener, clients) = try fullListener()
        let address = try listener.localAddress
        #expect(socketError { _ = try Socket.connect(to: address, timeout: .zero) }?.errno == EAGAIN)
        #expect(socketError { _ = try Socket.connect(to: address, timeout: .milliseconds(3)) } is SocketTimeout)
        let late = spawn { try Socket.connect(to: address, timeout: .seconds(600)) }
        try sleep(for: .milliseconds(2))
        try listener.accept().0.close()
        try late.get().close()
        for client in clients { client.close() }
    }

    @Test(arguments: Family.available.filter { $0 != .unix })
    func `a socket that meets itself is refused`(_ family: Family) throws {
        let listener = try family.listen()
        let address = try listener.localAddress
        listener.close()
        let error = socketError { _ = try Socket.connect(to: address, from: address) }
        #expect(error?.errno == ECONNREFUSED)
    }

    @Test func `a name with a zero byte is not read up to it`() throws {
        #expect(throws: AddressError.self) { try Socket.connect(host: "127.0.0.1\0.example", port: 1) }
        #expect(throws: AddressError.self) { try SocketAddress.resolve(host: "::1\0x") }
        #expect(throws: AddressError.self) { try SocketAddress.host("127.0.0.1\0", port: 1).nameInfo() }
        #expect(throws: AddressError.self) { try Socket.connect(to: .unix("/tmp/a\0b")) }
        let socket = try Socket.datagram(.ipv4)
        #expect(throws: AddressError.self) { try socket.joinMulticast("224.0.0.251\0x") }
        #expect(throws: AddressError.self) { try socket.joinMulticast("224.0.0.251", interface: "lo\0x") }
        #expect(socketError { _ = try File("/dev/null\0x") }?.errno == EINVAL)
    }
}

@Suite(.virtualTime)
struct FullReceiverTests {
    // A Unix datagram socket that is not connected counts as writable, however full the receiver is.
    @Test func `a message to a full receiver waits without turning in circles`() throws {
        let address = SocketAddress.unix("\0gevent-test-\(UInt64.random(in: 0 ... .max))")
        let receiver = try Socket.datagram(on: address)
        let sender = try Socket.datagram(.unix)
        sender.timeout = .zero
        while socketError({ try sender.send("x", to: address) }) == nil {}
        sender.timeout = nil
        let before = Hub.current.statistics.turns
        let sending = spawn { try sender.send("last", to: address) }
        try sleep(for: .seconds(10))
        #expect(!sending.isReady)
        #expect(Hub.current.statistics.turns - before < 1_000)
        _ = try receiver.receiveFrom(upTo: 10)
        #expect(try sending.get() == 4)
        sender.timeout = .seconds(5)
        #expect(socketError { try sender.send("x", to: address) } is SocketTimeout)
        #expect(socketError { try sender.sendMessage(Array("x".utf8), to: address) } is SocketTimeout)
    }
}
