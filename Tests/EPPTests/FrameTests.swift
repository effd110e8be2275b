import EPP
import Testing

@Suite
struct FrameTests {
    private static let documents: [[UInt8]] = [
        Array("<a/>".utf8), [0], Array(repeating: 7, count: 300), Array("<epp/>".utf8),
    ]

    private static let stream = documents.flatMap(Frame.encode)

    @Test func `a frame's length counts its own four bytes, most significant first`() {
        #expect(Frame.encode(Array("abc".utf8)) == [0, 0, 0, 7, 0x61, 0x62, 0x63])
        #expect(Frame.header(forDocumentOfCount: 0x0102_0304 - 4) == [1, 2, 3, 4])
        #expect(Frame.header(forDocumentOfCount: Int(UInt32.max) - 4) == [255, 255, 255, 255])
    }

    @Test func `documents come out whole wherever the stream is cut in two`() throws {
        for cut in 0...Self.stream.count {
            var decoder = FrameDecoder()
            var read: [[UInt8]] = []
            for piece in [Self.stream[..<cut], Self.stream[cut...]] {
                decoder.append(piece)
                while let document = try decoder.next() { read.append(document) }
            }
            try decoder.finish()
            #expect(read == Self.documents, "cut at \(cut)")
        }
    }

    @Test(arguments: 1...17) func `documents come out whole from pieces of any size`(size: Int) throws {
        var decoder = FrameDecoder()
        var read: [[UInt8]] = []
        for start in stride(from: 0, to: Self.stream.count, by: size) {
            decoder.append(Self.stream[start..<min(start + size, Self.stream.count)])
            while let document = try decoder.next() { read.append(document) }
        }
        try decoder.finish()
        #expect(read == Self.documents)
    }

    @Test func `it asks for what is missing and no more`() throws {
        var decoder = FrameDecoder()
        #expect(decoder.missingCount == 4)
        decoder.append([0, 0])
        #expect(decoder.missingCount == 2)
        decoder.append([0, 10])
        #expect(decoder.missingCount == 6)
        decoder.append([1, 2, 3, 4, 5])
        #expect(decoder.missingCount == 1)
        #expect(try decoder.next() == nil)
        decoder.append([6])
        #expect(decoder.missingCount == 0)
        #expect(try decoder.next() == [1, 2, 3, 4, 5, 6])
        #expect(decoder.missingCount == 4)
        #expect(decoder.pendingCount == 0)
    }

    @Test func `memory lent by the caller is taken too`() throws {
        var decoder = FrameDecoder()
        Frame.encode([1, 2, 3]).withUnsafeBytes { decoder.append($0) }
        #expect(try decoder.next() == [1, 2, 3])
    }

    @Test(arguments: 0...4) func `a length that leaves no room for a document is refused`(length: Int) {
        var decoder = FrameDecoder()
        decoder.append([0, 0, 0, UInt8(length)])
        #expect(throws: FrameError.self) { try decoder.next() }
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.kind == .tooShort(length: length))
    }

    @Test func `a length beyond the limit is refused at the header, and for good`() throws {
        var decoder = FrameDecoder(limit: 100)
        decoder.append([0, 0, 0, 100])
        decoder.append(Array(repeating: 9, count: 96))
        #expect(try decoder.next()?.count == 96)
        decoder.append([0, 0, 0, 101])
        #expect(decoder.missingCount == 0)
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.kind == .tooLong(length: 101, limit: 100))
        decoder.append(Frame.encode([1]))
        #expect(throws: FrameError.self) { try decoder.next() }
        #expect(throws: FrameError.self) { try decoder.finish() }
    }

    @Test func `text of another protocol is refused at its fourth byte`() {
        var decoder = FrameDecoder()
        decoder.append(Array("HTTP".utf8))
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.kind == .tooLong(length: 0x4854_5450, limit: 1 << 20))
    }

    @Test func `the end of the stream inside a frame is an error, between frames it is none`() throws {
        for cut in 0...Self.stream.count {
            var decoder = FrameDecoder()
            decoder.append(Self.stream[..<cut])
            while try decoder.next() != nil {}
            if decoder.pendingCount == 0 {
                try decoder.finish()
            } else {
                let received = decoder.pendingCount
                let error = #expect(throws: FrameError.self) { try decoder.finish() }
                guard case .truncated(received: received, expected: let expected) = error?.kind else {
                    Issue.record("cut at \(cut): \(String(describing: error))")
                    continue
                }
                #expect((expected == nil) == (received < 4))
            }
        }
    }

    @Test func `an error says the figures`() {
        var decoder = FrameDecoder(limit: 64)
        decoder.append([0, 0, 1, 0])
        let error = #expect(throws: FrameError.self) { try decoder.next() }
        #expect(error?.description == "frame of 256 bytes, but no more than 64 are allowed")
    }

    /// In quadratic time, with the buffer moved at each piece, this would copy 80 GB.
}
