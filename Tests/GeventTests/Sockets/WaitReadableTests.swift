import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct WaitReadableTests {
    /// A pipe.
    func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SocketError(errno: errno) }
        return (ends[0], ends[1])
    }

    // Conformance 137: readers and writers
    // Conformance 141: waitReadable
    @Test func `several may wait for one descriptor`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        let waiting = (0..<3).map { _ in spawn { try waitReadable(reading) } }
        try sleep(for: .milliseconds(1))
        #expect(waiting.allSatisfy { !$0.isReady })
        #expect(write(writing, "x", 1) == 1)
        for greenlet in waiting { try greenlet.get() }
    }

    @Test func `a descriptor with room is writable at once and a full one when it is read`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        try waitWritable(writing)
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let block = [UInt8](repeating: 0, count: 65_536)
        while write(writing, block, block.count) > 0 {}
        #expect(throws: SocketTimeout.self) { try waitWritable(writing, timeout: .milliseconds(2)) }
        let waiting = spawn { try waitWritable(writing) }
        try yield()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(reading, &buffer, buffer.count) > 0)
        try waiting.get()
    }

    struct MyError: Error {}

    // Conformance 141: waitReadable
    @Test func `the timeout's error can be chosen`() throws {
        let (reading, writing) = try makePipe()
        defer { [reading, writing].forEach { close($0) } }
        let error = socketError { try waitReadable(reading, timeout: .milliseconds(2)) }
        #expect(error?.message == "timed out while waiting for descriptor \(reading) to become readable")
        #expect(error is SocketTimeout)
        #expect(throws: MyError.self) { try waitReadable(reading, timeout: .zero, throwing: MyError()) }
    }

    @Test func `a descriptor that is not open is EBADF, also one that is closed before the poll`() throws {
        #expect(socketError { try waitReadable(1 << 20) }?.errno == EBADF)
        #expect(socketError { try waitWritable(-1) }?.errno == EBADF)
        let (original, writing) = try makePipe()
        defer { [original, writing].forEach { close($0) } }
        // A number that no other test gets when it is closed.
        let reading = fcntl(original, F_DUPFD, 900)
        Hub.current.onUnhandledError = { _, _ in }
        let waiting = spawn { try waitReadable(reading) }
        spawn { close(reading) }
        #expect(socketError { try waiting.get(timeout: .seconds(600)) }?.errno == EBADF)
    }
}
