import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct DescriptorPollerTests {
    func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SocketError(errno: errno) }
        return (ends[0], ends[1])
    }

    @Test func `all that are ready are told, in the order in which they were asked for`() throws {
        let pipes = try (0..<3).map { _ in try makePipe() }
        defer {
            pipes.forEach {
                close($0.reading); close($0.writing)
            }
        }
        for place in [2, 0] { #expect(write(pipes[place].writing, "x", 1) == 1) }
        var others = 0
        spawn { others += 1 }
        let ready = try waitForDescriptors(
            readable: pipes.map(\.reading), writable: [pipes[1].writing], timeout: .seconds(600))
        #expect(ready.readable == [pipes[0].reading, pipes[2].reading])
        #expect(ready.writable == [pipes[1].writing])
        #expect(others == 0, "what is ready at once does not park")
        // Level-triggered: nobody has read.
        #expect(try waitForDescriptors(readable: [pipes[2].reading]).readable == [pipes[2].reading])
    }

    // Conformance 137: several may wait for one descriptor
    @Test func `several greenlets may wait for one descriptor`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        let (other, peer) = try Socket.pair()
        defer { peer.close() }
        let selecting = (0..<3).map { _ in spawn { try waitForDescriptors(readable: [other.descriptor, reading]) } }
        let waiting = spawn { try waitReadable(reading) }
        try sleep(for: .milliseconds(1))
        #expect(selecting.allSatisfy { !$0.isReady } && !waiting.isReady)
        #expect(write(writing, "x", 1) == 1)
        for greenlet in selecting { #expect(try greenlet.get().readable == [reading]) }
        try waiting.get()
    }

    // gevent: select.select([], [], [], timeout); KeyError for a poll that never had it.
    @Test func `a wait for nothing lasts as long as its timeout, and what was never registered is not unregistered`()
        throws
    {
        var isEmpty = false
        let took = try Hub.current.clock.measure { isEmpty = try waitForDescriptors(timeout: .milliseconds(5)).isEmpty }
        #expect(isEmpty)
        #expect(took >= .milliseconds(5))
        #expect(!DescriptorPoller().unregister(5))
    }

    @Test func `nothing is ready when the time is over`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        var isEmpty = false
        let took = try Hub.current.clock.measure {
            isEmpty = try waitForDescriptors(readable: [reading], timeout: .milliseconds(5)).isEmpty
        }
        #expect(isEmpty)
        #expect(took >= .milliseconds(5))
        #expect(try waitForDescriptors(readable: [reading], timeout: .zero).isEmpty)
        #expect(try waitForDescriptors(timeout: .milliseconds(1)).isEmpty)
        #expect(throws: Timeout.self) {
            try withTimeout(.milliseconds(1)) { _ = try waitForDescriptors(readable: [reading]) }
        }
    }

    @Test func `the end of a pipe and a regular file are ready`() throws {
        let (reading, writing) = try makePipe()
        defer { close(reading) }
        let file = open("/proc/self/status", O_RDONLY)
        defer { close(file) }
        let waiting = spawn { try waitForDescriptors(readable: [reading]) }
        try yield()
        close(writing)
        #expect(try waiting.get().readable == [reading])
        #expect(
            try waitForDescriptors(readable: [file], writable: [file])
                == waitForDescriptors(
                    readable: [file], writable: [file]))
    }

    @Test func `one that is not open is EBADF`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        #expect(socketError { _ = try waitForDescriptors(readable: [reading, 1 << 20]) }?.errno == EBADF)
        #expect(socketError { _ = try waitForDescriptors(writable: [-1]) }?.errno == EBADF)
        // Closed before the poll that would tell the kernel of it.
        let copy = fcntl(reading, F_DUPFD, 910)
        Hub.current.onUnhandledError = { _, _ in }
        let waiting = spawn { _ = try waitForDescriptors(readable: [copy]) }
        spawn { close(copy) }
        #expect(socketError { try waiting.get(timeout: .seconds(600)) }?.errno == EBADF)
    }

    // Conformance 140: cancelling waits
    @Test func `cancelled waits end with EBADF, later, whatever waits`() throws {
        Hub.current.onUnhandledError = { _, _ in }
        let (reading, writing) = try makePipe()
        let (a, b) = try Socket.pair()
        defer { b.close() }
        defer { [reading, writing].forEach { close($0) } }
        let descriptor = a.descriptor
        let waiting = [
            spawn { _ = try waitForDescriptors(readable: [reading, descriptor]) },
            spawn { try waitReadable(descriptor) }, spawn { _ = try a.receive(upTo: 1) },
        ]
        try yield()
        cancelWaits(on: descriptor)
        #expect(waiting.allSatisfy { !$0.isReady })
        for greenlet in waiting {
            let error = socketError { try greenlet.get() }
            #expect(error?.errno == EBADF)
            #expect(error?.message == "File descriptor was closed in another greenlet")
        }
        // Nobody waits any longer, and the socket is as before.
        cancelWaits(on: descriptor)
        cancelWaits(on: -1)
        cancelWaits(on: 1 << 20)
        #expect(!a.isClosed)
        a.timeout = .milliseconds(1)
        #expect(socketError { _ = try a.receive(upTo: 1) } is SocketTimeout)
    }

    @Test func `a poller tells each descriptor's events, every time anew`() throws {
        let (a, b) = try Socket.pair()
        let (reading, writing) = try makePipe()
        defer { close(reading) }
        let poller = DescriptorPoller()
        poller.register(a.descriptor, for: [.readable, .writable])
        poller.register(reading, for: .readable)
        #expect(poller.descriptors == [a.descriptor, reading])
        #expect(try poller.poll().map(\.events) == [.writable])
        try b.sendAll("x")
        close(writing)
        // Another test that starts a process may hold the other end for a moment.
        try waitReadable(reading)
        for _ in 0..<2 {
            let found = try poller.poll()
            #expect(found.map(\.descriptor) == [a.descriptor, reading])
            #expect(found.map(\.events) == [[.readable, .writable], .hangUp])
        }
        poller.register(a.descriptor, for: .readable)
        #expect(poller.unregister(reading) && !poller.unregister(reading))
        _ = try a.receive(upTo: 1)
        #expect(try poller.poll(timeout: .milliseconds(2)).isEmpty)
        let polling = spawn { try poller.poll().map(\.events) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try poller.poll() }
        try b.sendAll("y")
        #expect(try polling.get() == [.readable])
    }

    @Test func `a poller survives descriptors that are closed and numbers that are used again`() throws {
        let (reading, writing) = try makePipe()
        defer { close(writing) }
        let number = fcntl(reading, F_DUPFD, 920)
        close(reading)
        let poller = DescriptorPoller()
        poller.register(number, for: .readable)
        #expect(try poller.poll(timeout: .milliseconds(1)).isEmpty)
        close(number)
        #expect(try poller.poll().map(\.events) == [.invalid])
        // The same number, another file: it is watched like any other.
        let (next, nextWriting) = try makePipe()
        defer { close(nextWriting) }
        #expect(dup2(next, number) == number)
        close(next)
        let polling = spawn { try poller.poll(timeout: .seconds(600)).map(\.descriptor) }
        try sleep(for: .milliseconds(1))
        #expect(write(nextWriting, "x", 1) == 1)
        #expect(try polling.get() == [number])
        close(number)
    }
}
