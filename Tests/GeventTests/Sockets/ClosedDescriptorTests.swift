import Gevent
import GeventTesting
import Glibc
import Testing

/// What waits for a descriptor's number, apart from whom it belongs to.
enum NumberWait: CaseIterable {
    case readable, writable, any, poller

    func callAsFunction(_ descriptor: Int32) throws {
        switch self {
        case .readable: try waitReadable(descriptor)
        case .writable: try waitWritable(descriptor)
        case .any: _ = try waitForDescriptors(readable: [descriptor])
        case .poller:
            let poller = DescriptorPoller()
            poller.register(descriptor, for: .readable)
            _ = try poller.poll()
        }
    }
}

@Suite(.hub)
struct ClosedDescriptorTests {
    /// Fills the number again, with a socket that is readable and writable.
    func reuse(_ descriptor: Int32) throws -> (Socket, Socket) {
        var (one, other) = try Socket.pair()
        if one.descriptor != descriptor, other.descriptor != descriptor {
            // Another thread of the tests' has taken it.
            one = try Socket(descriptor: fcntl(one.descriptor, F_DUPFD, descriptor))
        } else if other.descriptor == descriptor {
            (one, other) = (other, one)
        }
        try other.sendAll("x")
        return (one, other)
    }

    // gevent: wait_read returns, select says that it is readable; the next use of the socket says EBADF.
    @Test(arguments: NumberWait.allCases)
    func `closing a socket wakes all that wait for its number, and none sees the next one`(_ wait: NumberWait) throws {
        let (socket, other) = try Socket.pair()
        let number = socket.descriptor
        // Full, so that it is not writable.
        socket.timeout = .zero
        while socketError({ try socket.send([UInt8](repeating: 0, count: 65_536)) }) == nil {}
        let waiters = (0..<2).map { _ in spawn { socketError { try wait(number) } } }
        try idle()
        #expect(waiters.allSatisfy { !$0.isReady })
        socket.close()
        let next = try reuse(number)
        for waiter in waiters { #expect(try waiter.get(timeout: .seconds(600))?.errno == EBADF) }
        withExtendedLifetime((other, next)) {}
    }

    @Test(arguments: NumberWait.allCases)
    func `one that is ready and closed before the waiter's turn is closed`(_ wait: NumberWait) throws {
        let (first, firstOther) = try Socket.pair()
        let (second, secondOther) = try Socket.pair()
        let number = second.descriptor
        second.timeout = .zero
        while socketError({ try second.send([UInt8](repeating: 0, count: 65_536)) }) == nil {}
        var next: (Socket, Socket)?
        spawn {
            try waitReadable(first.descriptor)
            second.close()
            next = try reuse(number)
        }
        let waiter = spawn { socketError { try wait(number) } }
        try idle()
        // Both in one poll, in this order.
        try firstOther.sendAll("x")
        try secondOther.sendAll("x")
        var room = [UInt8](repeating: 0, count: 1 << 20)
        #expect(recv(secondOther.descriptor, &room, room.count, 0) > 0)
        #expect(try waiter.get(timeout: .seconds(600))?.errno == EBADF)
        #expect(next != nil)
    }

    @Test(arguments: NumberWait.allCases)
    func `another descriptor that gets the number of one closed behind the hub's back is not reported`(
        _ wait: NumberWait
    ) throws {
        let (first, firstOther) = try Socket.pair()
        let number = fcntl(first.descriptor, F_DUPFD, 930)
        first.timeout = .zero
        while socketError({ try first.send([UInt8](repeating: 0, count: 65_536)) }) == nil {}
        let invalid = DescriptorPoller()
        invalid.register(number, for: .readable)
        let waiter = spawn {
            if wait == .poller { return try invalid.poll().first?.events == .invalid }
            return socketError { try wait(number) }?.errno == EBADF
        }
        try idle()
        let (next, nextOther) = try Socket.pair()
        // Closes the first one's number on the way.
        #expect(dup2(next.descriptor, number) == number)
        try nextOther.sendAll("x")
        // Has the kernel told that the number is another one.
        try waitReadable(number)
        #expect(try waiter.get(timeout: .seconds(600)))
        close(number)
        withExtendedLifetime(firstOther) {}
    }

    @Test func `closing a server, a stream or a file wakes those who wait for its number`() throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        let server = StreamServer(listener) { _, _ in }
        let datagrams = try Socket.datagram(on: .loopback(port: 0))
        let receiver = DatagramServer(datagrams) { _, _, _ in }
        let (reading, writing) = try DescriptorStream.pipe()
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let shared = try DescriptorStream(descriptor: ends[0], closesDescriptor: false)
        let file = try File(descriptor: dup(ends[0]))
        let numbers = [
            listener.descriptor, datagrams.descriptor, reading.descriptor, shared.descriptor, file.descriptor,
        ]
        let waiters = numbers.map { number in spawn { socketError { try waitReadable(number) } } }
        try server.start()
        try receiver.start()
        try idle()
        #expect(waiters.allSatisfy { !$0.isReady })
        server.close()
        receiver.close()
        reading.close()
        shared.close()
        file.close()
        for waiter in waiters { #expect(try waiter.get(timeout: .seconds(600))?.errno == EBADF) }
        writing.close()
        for end in ends { close(end) }
    }

    // gevent: a detached socket's number goes on being waited for.
    @Test func `a descriptor that is detached goes on being waited for`() throws {
        let (socket, other) = try Socket.pair()
        let waiter = spawn { [number = socket.descriptor] in try waitReadable(number) }
        try yield()
        let number = try socket.detach()
        try other.sendAll("x")
        try waiter.get()
        close(number)
    }
}
