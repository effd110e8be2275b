import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct DescriptorStreamTests {
    @Test func `a reader parks until something is written and others run meanwhile`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let reader = spawn { try reading.receiveText(upTo: 100) }
        try yield()
        #expect(!reader.isReady)
        try writing.sendAll("hello")
        #expect(try reader.get() == "hello")
        writing.close()
        #expect(try reading.receive(upTo: 10) == [])
    }

    @Test func `a writer parks while the pipe is full and all of it arrives`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let writer = spawn {
            try writing.sendAll(bytes)
            writing.close()
        }
        try yield()
        #expect(!writer.isReady)
        #expect(try reading.receiveExactly(bytes.count) == bytes)
        #expect(try reading.receive(upTo: 1) == [])
        try writer.get()
    }

    @Test func `lines are read without losing what follows them`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        try writing.sendAll("one\ntwo\r\nrest")
        writing.close()
        #expect(try reading.receiveLine() == "one")
        #expect(try reading.receiveText(upTo: 2) == "tw")
        #expect(try reading.receiveLine() == "o")
        #expect(try reading.receiveText(upTo: 100) == "rest")
        #expect(try reading.receiveLine() == nil)
    }

    @Test func `a pipe that nobody reads gives EPIPE and the program lives`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        reading.close()
        // Another test's child may have a copy of the reading end until it runs its program.
        var error: SocketError?
        while error == nil {
            error = socketError { try writing.sendAll("x") }
            try sleep(for: .milliseconds(1))
        }
        #expect(error?.errno == EPIPE)
        var pending = sigset_t()
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
    }

    @Test func `a timeout is for each operation and zero never waits`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        reading.timeout = .milliseconds(2)
        #expect(socketError { _ = try reading.receive(upTo: 1) } is SocketTimeout)
        reading.timeout = .zero
        #expect(socketError { _ = try reading.receive(upTo: 1) }?.errno == EAGAIN)
        try writing.sendAll("x")
        #expect(try reading.receiveText(upTo: 1) == "x")
    }

    @Test func `closing it wakes whoever waits with EBADF and later use says so too`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let reader = spawn { socketError { _ = try reading.receive(upTo: 1) }?.errno }
        try yield()
        reading.close()
        reading.close()
        #expect(try reader.get() == EBADF)
        #expect(reading.isClosed && reading.descriptor == -1)
        #expect(socketError { _ = try reading.receive(upTo: 1) }?.errno == EBADF)
        writing.close()
    }

    @Test func `a second reader is refused`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let reader = spawn { try reading.receive(upTo: 1) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try reading.receive(upTo: 1) }
        try writing.sendAll("x")
        try reader.join()
    }

    @Test func `a killed reader leaves what comes later to the next one`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let reader = spawn { try reading.receive(upTo: 1) }
        try yield()
        try reader.kill()
        try writing.sendAll("x")
        #expect(try reading.receiveText(upTo: 1) == "x")
    }

    @Test func `a file or a closed descriptor is refused`() throws {
        let file = open("/proc/self/exe", O_RDONLY)
        #expect(socketError { _ = try DescriptorStream(descriptor: file) }?.errno == EPERM)
        close(file)
        #expect(socketError { _ = try DescriptorStream(descriptor: 9_999) }?.errno == EBADF)
    }

    @Test func `a device that polling does not know is read at once`() throws {
        let stream = try DescriptorStream(descriptor: open("/dev/zero", O_RDONLY))
        #expect(try stream.receiveExactly(10_000).allSatisfy { $0 == 0 })
    }
}
