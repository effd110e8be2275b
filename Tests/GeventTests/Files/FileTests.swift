import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct FileTests {
    /// A path of one's own, gone afterwards.
    private func withPath(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/gevent-file-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        close(descriptor)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        try body(path)
    }

    @Test func `what is written is read`() throws {
        try withPath { path in
            let file = try File(path, for: .writing)
            try file.write("hello ")
            try file.write([UInt8]("world".utf8))
            #expect(file.position == 11)
            #expect(try file.size() == 11)
            file.close()
            file.close()
            #expect(file.isClosed && file.descriptor == -1)
            let reading = try File(path)
            #expect(try reading.read(upTo: 5) == Array("hello".utf8))
            #expect(try reading.readToEnd() == Array(" world".utf8))
            #expect(try reading.read(upTo: 5) == [])
            #expect(try reading.read(upTo: 0) == [])
        }
    }

    @Test func `each mode does what Python's does`() throws {
        try withPath { path in
            try File(path, for: .writing).write("abc")
            let appending = try File(path, for: .appending)
            try appending.write("de")
            #expect(appending.position == 5)
            let updating = try File(path, for: .updating)
            #expect(try updating.read(upTo: 1) == Array("a".utf8))
            try updating.write("X")
            #expect(try updating.seek(to: 0) == 0)
            #expect(try updating.readToEnd() == Array("aXcde".utf8))
            #expect(try updating.seek(to: -2, from: .end) == 3)
            #expect(try updating.seek(to: 1, from: .current) == 4)
            #expect(try updating.readToEnd() == Array("e".utf8))
            try updating.truncate(to: 2)
            try updating.synchronize()
            #expect(try updating.size() == 2)
            #expect(socketError { _ = try File(path, for: .creating) }?.errno == EEXIST)
            #expect(try File(path, for: .writing).size() == 0)
        }
    }

    @Test func `errors name what was tried`() throws {
        #expect(
            socketError { _ = try File("/no/such/file") }?.description
                == "open \"/no/such/file\": No such file or directory (errno 2)")
        #expect(socketError { _ = try File("a\0b") }?.errno == EINVAL)
        try withPath { path in
            let file = try File(path)
            #expect(socketError { try file.write("x") }?.errno == EBADF)
            #expect(socketError { try file.seek(to: -1) }?.errno == EINVAL)
            file.close()
            #expect(socketError { _ = try file.read(upTo: 1) }?.errno == EBADF)
            #expect(
                socketError {
                    _ = try File(path, for: .writing).write("123"); _ = try File(path).readToEnd(limit: 2)
                }?
                .errno == EFBIG)
        }
    }

    @Test func `others run while it waits and a killed reader leaves its thread to it`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        // A pipe stands for a disk that takes its time.
        let file = try File(descriptor: ends[0])
        let reader = spawn { try file.read(upTo: 10) }
        try sleep(for: .milliseconds(2))
        #expect(!reader.isReady)
        try reader.kill()
        #expect(Hub.current.threadPool.unfinishedCount == 1)
        // For the thread.
        #expect(write(ends[1], "x", 1) == 1)
        try Hub.current.threadPool.join()
        file.close()
        #expect(file.isClosed)
        close(ends[1])
    }

    @Test func `several greenlets take turns`() throws {
        try withPath { path in
            let file = try File(path, for: .writing)
            let line = String(repeating: "x", count: 999) + "\n"
            try joinAll((0..<20).map { _ in spawn { try file.write(line) } })
            #expect(try File(path).readToEnd() == Array(String(repeating: line, count: 20).utf8))
        }
    }
}
