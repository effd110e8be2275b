import Gevent
import GeventTesting
import Testing

/// A stream of somebody's own, which cannot look ahead: gives what it holds in parts.
final class ScriptedStream: ByteStream {
    var timeout: Duration?
    var isClosed = false
    private var parts: [[UInt8]]
    private(set) var sent: [UInt8] = []

    init(_ parts: [[UInt8]]) { self.parts = parts }

    func send(_ bytes: RawSpan) throws -> Int {
        guard bytes.byteCount > 0 else { return 0 }
        sent.append(bytes.unsafeLoad(as: UInt8.self))
        return 1
    }

    func sendAll(_ bytes: RawSpan) throws {
        bytes.withUnsafeBytes { sent += $0 }
    }

    func receive(into buffer: inout MutableRawSpan) throws -> Int {
        guard var part = parts.first else { return 0 }
        let count = min(part.count, buffer.byteCount)
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: part.prefix(count)) }
        part.removeFirst(count)
        if part.isEmpty { parts.removeFirst() } else { parts[0] = part }
        return count
    }

    func close() { isClosed = true }
}

@Suite(.hub)
struct ByteStreamTests {
    enum Kind: CaseIterable { case socket, other }

    /// A stream that gives these parts, one at a time, and then ends.
    func stream(_ kind: Kind, _ parts: [String]) throws -> any ByteStream {
        try stream(kind, parts.map { Array($0.utf8) })
    }

    func stream(_ kind: Kind, _ parts: [[UInt8]]) throws -> any ByteStream {
        guard kind == .socket else { return ScriptedStream(parts) }
        let (a, b) = try Socket.pair()
        spawn {
            for part in parts {
                try b.sendAll(part)
                try sleep(for: .milliseconds(2))
            }
            b.close()
        }
        return a
    }

    @Test(arguments: Kind.allCases)
    func `lines come without their newlines, and the rest at the end`(_ kind: Kind) throws {
        let stream = try stream(kind, ["one\ntwo\r\n\n", "thr", "ee\nlast"])
        #expect(try stream.receiveLine() == "one")
        #expect(try stream.receiveLine() == "two")
        #expect(try stream.receiveLine() == "")
        #expect(try stream.receiveLine() == "three")
        #expect(try stream.receiveLine() == "last")
        #expect(try stream.receiveLine() == nil)
        #expect(try stream.receiveLine() == nil)
    }

    @Test(arguments: Kind.allCases)
    func `a line takes nothing behind its newline`(_ kind: Kind) throws {
        let stream = try stream(kind, ["OK\nrest"])
        #expect(try stream.receiveLine() == "OK")
        #expect(try stream.receive(upTo: 100) == Array("rest".utf8))
    }

    @Test(arguments: Kind.allCases)
    func `a line has a limit`(_ kind: Kind) throws {
        #expect(try stream(kind, ["12345\n"]).receiveLine(upTo: 5) == "12345")
        #expect(try stream(kind, ["12345\r\n"]).receiveLine(upTo: 5) == "12345")
        #expect(try stream(kind, ["12345"]).receiveLine(upTo: 5) == "12345")
        for line in ["123456\n", "123456", "1234567\n", "12345678901234567890"] {
            let stream = try stream(kind, [line])
            let error = socketError { _ = try stream.receiveLine(upTo: 5) }
            #expect(error?.message == "a line is longer than 5 bytes")
        }
    }

    @Test(arguments: Kind.allCases)
    func `a long line is received in steps`(_ kind: Kind) throws {
        let line = String(repeating: "0123456789", count: 6000)
        #expect(try stream(kind, [line + "\n"]).receiveLine() == line)
    }

    @Test(arguments: Kind.allCases)
    func `exactly as many bytes as asked for, or an error that says how far it came`(_ kind: Kind) throws {
        let stream = try stream(kind, ["ab", "cd", "efgh", "xyz"])
        #expect(try stream.receiveExactly(0) == [])
        #expect(try stream.receiveExactly(5) == Array("abcde".utf8))
        #expect(try stream.receiveExactly(3) == Array("fgh".utf8))
        let error = socketError { _ = try stream.receiveExactly(10) }
        #expect(error?.message == "the stream ended after 3 of 10 bytes")
    }

    @Test(arguments: Kind.allCases)
    func `a length that the peer made up takes no memory`(_ kind: Kind) throws {
        let stream = try stream(kind, ["short"])
        #expect(throws: SocketError.self) { try stream.receiveExactly(.max) }
        #expect(try self.stream(kind, ["short"]).receive(upTo: .max) == Array("short".utf8))
    }

    @Test(arguments: Kind.allCases)
    func `text is never cut within a character`(_ kind: Kind) throws {
        let smile = Array("😀".utf8)
        let stream = try stream(kind, [[0x61] + smile[0..<1], Array(smile[1..<3]), smile[3...] + [0x62]])
        #expect(try stream.receiveText(upTo: 10) == "a😀")
        #expect(try stream.receiveText(upTo: 10) == "b")
        #expect(try stream.receiveText(upTo: 10) == "")
        #expect(try self.stream(kind, ["añb"]).receiveText(upTo: 2) == "añ")
    }

    @Test(arguments: Kind.allCases)
    func `what is not UTF-8 is repaired`(_ kind: Kind) throws {
        #expect(try stream(kind, [[0x61, 0xFF, 0x62]]).receiveText(upTo: 10) == "a\u{FFFD}b")
        #expect(try stream(kind, [[0x61, 0xE2, 0x82]]).receiveText(upTo: 10) == "a\u{FFFD}", "cut by the end")
        #expect(try stream(kind, [[0x80, 0x80, 0x80, 0x80, 0x80]]).receiveText(upTo: 10).unicodeScalars.count == 5)
    }

    @Test(arguments: Kind.allCases)
    func `an array is filled from its start`(_ kind: Kind) throws {
        let stream = try stream(kind, ["ab"])
        var buffer: [UInt8] = [9, 9, 9]
        #expect(try stream.receive(into: &buffer) == 2)
        #expect(buffer == [0x61, 0x62, 9])
        #expect(try stream.receive(into: &buffer) == 0)
    }

    @Test func `anything that gives bytes can be sent`() throws {
        let stream = ScriptedStream([])
        try stream.sendAll("é")
        try stream.sendAll([1, 2] as [UInt8])
        try stream.sendAll(stride(from: UInt8(3), to: 6, by: 1))
        #expect(try stream.send("xy") == 1)
        #expect(try stream.send(Array("z".utf8)[...]) == 1)
        #expect(stream.sent == [0xC3, 0xA9, 1, 2, 3, 4, 5, 0x78, 0x7A])
    }

    @Test func `the timeout is for the whole line or block, however slowly it comes`() throws {
        let ways: [(Socket) throws -> Void] = [{ _ = try $0.receiveLine() }, { _ = try $0.receiveExactly(1000) }]
        for receive in ways {
            let (a, b) = try Socket.pair()
            let dripping = spawn {
                while true {
                    try b.sendAll("x")
                    try sleep(for: .milliseconds(5))
                }
            }
            a.timeout = .milliseconds(40)
            let took = try Hub.current.clock.measure {
                #expect(socketError { try receive(a) } is SocketTimeout)
            }
            #expect(took >= .milliseconds(40))
            try dripping.kill()
        }
    }
}
