import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct SendFileTests {
    static let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }

    /// An open file without a name.
    static func file(_ bytes: [UInt8] = content) throws -> Int32 {
        var template = Array("/tmp/gevent-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw SocketError(errno: errno) }
        unlink(template)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SocketError(errno: errno) }
            rest = rest.dropFirst(count)
        }
        return descriptor
    }

    @Test(arguments: Family.available)
    func `a file is sent whole and its position stays`(_ family: Family) throws {
        let file = try Self.file()
        defer { close(file) }
        lseek(file, 17, SEEK_SET)
        let (client, server) = try family.connection()
        let receiving = spawn { try server.receiveExactly(Self.content.count) }
        #expect(try client.sendFile(file) == Self.content.count)
        #expect(try receiving.get() == Self.content)
        #expect(lseek(file, 0, SEEK_CUR) == 17)
    }

    @Test func `a part is sent, and no more than there is`() throws {
        let file = try Self.file([1, 2, 3, 4, 5])
        defer { close(file) }
        let (a, b) = try Socket.pair()
        #expect(try a.sendFile(file, offset: 1, count: 3) == 3)
        #expect(try a.sendFile(file, offset: 3) == 2)
        #expect(try a.sendFile(file, offset: 4, count: 100) == 1)
        #expect(try a.sendFile(file, offset: 5) == 0)
        #expect(try a.sendFile(file, offset: 100, count: 1) == 0)
        #expect(try a.sendFile(file, count: 0) == 0)
        #expect(try b.receive(upTo: 100) == [2, 3, 4, 4, 5, 5])
    }

    // Conformance 138: one deadline for the whole call
    @Test func `the timeout is for the whole file`() throws {
        let file = try Self.file()
        defer { close(file) }
        let (a, b) = try Socket.pair()
        a.timeout = .milliseconds(60)
        let reader = spawn { while !(try b.receive(upTo: 10_000).isEmpty) { try sleep(for: .milliseconds(10)) } }
        let took = try Hub.current.clock.measure {
            #expect(socketError { try a.sendFile(file) } is SocketTimeout)
        }
        #expect(took >= .milliseconds(60) && took < .seconds(600))
        try reader.kill()
    }

    // Conformance 137: one writer
    @Test func `nobody else writes into the middle of a file`() throws {
        let file = try Self.file()
        defer { close(file) }
        let (a, b) = try Socket.pair()
        let sending = spawn { try a.sendFile(file) }
        try yield()
        #expect(throws: ConcurrentObjectUseError.self) { try a.send("x") }
        #expect(throws: ConcurrentObjectUseError.self) { try a.sendFile(file) }
        #expect(try b.receiveExactly(Self.content.count) == Self.content)
        #expect(try sending.get() == Self.content.count)
    }

    @Test func `a peer that has gone is an error and no signal`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let file = try SendFileTests.file()
                let (a, b) = try Family.ipv4.connection()
                b.close()
                // The first may still be taken, the later ones are not.
                var code: Int32?
                for _ in 0..<100 where code == nil {
                    code = socketError { try a.sendFile(file) }?.errno
                }
                let (c, d) = try Socket.pair()
                d.close()
                return (code == EPIPE || code == ECONNRESET) && socketError { try c.sendFile(file) }?.errno == EPIPE
            }
        }
    }

    @Test func `what cannot be sent says so`() throws {
        let (a, b) = try Socket.pair()
        defer { b.close() }
        #expect(socketError { try a.sendFile(1 << 20) }?.errno == EBADF)
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        _ = write(ends[1], "x", 1)
        #expect(socketError { try a.sendFile(ends[0]) }?.errno == ESPIPE)
        a.close()
        #expect(socketError { try a.sendFile(ends[0]) }?.errno == EBADF)
    }

    @Test func `what the system does not send by itself is read and sent`() throws {
        // A file of /proc has contents but no pages; any stream that is no Socket has no sendfile at all.
        let file = open("/proc/self/cmdline", O_RDONLY)
        defer { close(file) }
        var expected = [UInt8](repeating: 0, count: 10)
        #expect(pread(file, &expected, 10, 0) == 10)
        let (a, b) = try Socket.pair()
        #expect(try a.sendFile(file, count: 10) == 10)
        #expect(try b.receiveExactly(10) == expected)
        let stream: any ByteStream = ScriptedStream([])
        #expect(try stream.sendFile(file, count: 10) == 10)
        #expect((stream as? ScriptedStream)?.sent == expected)
    }
}
