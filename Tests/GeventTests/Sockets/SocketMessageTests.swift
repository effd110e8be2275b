import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SocketMessageTests {
    func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SocketError(errno: errno) }
        return (ends[0], ends[1])
    }

    /// Whether both are open descriptors of one file.
    func isSameFile(_ a: Int32, _ b: Int32) -> Bool {
        var (first, second) = (stat(), stat())
        return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino
            && first.st_dev == second.st_dev
    }

    @Test(arguments: [SocketKind.stream, .datagram, .sequencedPackets])
    func `descriptors travel with bytes and are closed on exec`(_ kind: SocketKind) throws {
        let (a, b) = try Socket.pair(kind)
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        let receiving = spawn { try b.receiveMessage(upTo: 100, maximumDescriptors: 2) }
        try yield()
        #expect(try a.sendMessage([1, 2, 3], descriptors: [reading, writing]) == 3)
        let message = try receiving.get()
        #expect(message.bytes == [1, 2, 3] && message.count == 3)
        #expect(!message.isTruncated && !message.areDescriptorsTruncated)
        try #require(message.descriptors.count == 2)
        defer { message.descriptors.forEach { close($0) } }
        #expect(isSameFile(message.descriptors[0], reading) && message.descriptors[0] != reading)
        for descriptor in message.descriptors { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
        // They work: what goes into one comes out of the other.
        #expect(write(message.descriptors[1], "x", 1) == 1)
        var byte: UInt8 = 0
        #expect(read(message.descriptors[0], &byte, 1) == 1 && byte == UInt8(ascii: "x"))
        // A message without any has none.
        try a.sendMessage([4])
        #expect(try b.receiveMessage(upTo: 100, maximumDescriptors: 2).descriptors.isEmpty)
    }

    @Test(arguments: 0...3)
    func `descriptors beyond those asked for are closed, and told`(_ maximum: Int) async {
        await #expect(processExitsWith: .success) { [maximum] in
            exitWith {
                let (a, b) = try Socket.pair()
                let file = open("/dev/null", O_RDONLY)
                let leaks = try leaksDescriptors {
                    try a.sendMessage([1], descriptors: [file, file, file, file])
                    let message = try b.receiveMessage(upTo: 10, maximumDescriptors: maximum)
                    guard message.descriptors.count == maximum, message.areDescriptorsTruncated else {
                        throw SocketError("\(message)")
                    }
                    for descriptor in message.descriptors { close(descriptor) }
                }
                return !leaks
            }
        }
    }

    @Test func `plain receiving leaves no descriptors behind`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (a, b) = try Socket.pair()
                let file = open("/dev/null", O_RDONLY)
                return try !leaksDescriptors {
                    try a.sendMessage([1], descriptors: [file])
                    _ = try b.receive(upTo: 10)
                }
            }
        }
    }

    @Test func `as many as the system allows can be sent, and no more`() throws {
        let (a, b) = try Socket.pair()
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        try a.sendMessage([1], descriptors: Array(repeating: file, count: 253))
        let message = try b.receiveMessage(upTo: 1, maximumDescriptors: 253)
        #expect(message.descriptors.count == 253 && !message.areDescriptorsTruncated)
        message.descriptors.forEach { close($0) }
        let tooMany = Array(repeating: file, count: 254)
        #expect(socketError { try a.sendMessage([1], descriptors: tooMany) }?.errno == EINVAL)
        #expect(socketError { try a.sendMessage([1], descriptors: [1 << 20]) }?.errno == EBADF)
        #expect(socketError { try a.sendMessage([], descriptors: [file]) }?.errno == EINVAL)
        #expect(try a.sendMessage([]) == 0)
    }

    @Test func `parts are gathered and scattered in their order`() throws {
        let (a, b) = try Socket.pair()
        #expect(try a.sendMessage(parts: [[1, 2], [], [3], [4, 5, 6]]) == 6)
        var parts: [[UInt8]] = [[0], [0, 0, 0], [], [0, 0, 9]]
        let message = try b.receiveMessage(into: &parts)
        #expect(message.count == 6 && message.bytes.isEmpty)
        #expect(parts == [[1], [2, 3, 4], [], [5, 6, 9]])
    }

    @Test func `a message has its sender, can be addressed, and tells that it was cut`() throws {
        let a = try Socket.datagram(on: .loopback(port: 0))
        let b = try Socket.datagram(on: .loopback(port: 0))
        try a.sendMessage(parts: [[1, 2], [3]], to: b.localAddress)
        let whole = try b.receiveMessage(upTo: 3)
        #expect(whole.bytes == [1, 2, 3] && !whole.isTruncated)
        #expect(try whole.address == a.localAddress)
        try a.sendMessage([1, 2, 3], to: b.localAddress)
        let cut = try b.receiveMessage(upTo: 2)
        #expect(cut.bytes == [1, 2] && cut.isTruncated)
        let (c, d) = try Socket.pair()
        c.close()
        let end = try d.receiveMessage(upTo: 10, maximumDescriptors: 1)
        #expect(end.count == 0 && end.address == nil)
    }

    // Conformance 136: timeouts
    // Conformance 139: closing under a waiter
    @Test func `messages wait as other operations do`() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let (a, b) = try Socket.pair()
        defer { b.close() }
        a.timeout = .milliseconds(5)
        #expect(socketError { _ = try a.receiveMessage(upTo: 1) } is SocketTimeout)
        let block = [UInt8](repeating: 0, count: 100_000)
        #expect(socketError { while true { try a.sendMessage(block) } } is SocketTimeout)
        a.timeout = nil
        let waiting = spawn { _ = try a.receiveMessage(upTo: 1) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try a.receiveMessage(upTo: 1) }
        a.close()
        #expect(socketError { try waiting.get() }?.errno == EBADF)
        #expect(socketError { try a.sendMessage([1]) }?.errno == EBADF)
    }
}
