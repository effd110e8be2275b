extension ByteStream {
    /// Receives some bytes, `count` at most; none at the end of the stream. Parks the calling greenlet while there is
    /// none.
    @available(*, noasync)
    public func receive(upTo count: Int) throws -> [UInt8] {
        require(count >= 0, "cannot receive \(count) bytes")
        return try receiveOnce(min(count, 1 << 20), until: nil)
    }

    /// Receives some bytes into the array, which keeps its size, and returns how many; 0 at the end of the stream (or
    /// for an empty array). Parks the calling greenlet while there is none.
    @available(*, noasync)
    public func receive(into buffer: inout [UInt8]) throws -> Int {
        var span = buffer.mutableSpan
        var bytes = span.mutableBytes
        return try receive(into: &bytes)
    }

    /// Receives `count` bytes, no more and no fewer. Parks the calling greenlet as often as it takes; the timeout of a
    /// `Socket` or `TLSSocket` is for the whole call.
    ///
    /// Where the stream ends before, a `SocketError` says how far it came. After an error what was received is lost.
    @available(*, noasync)
    public func receiveExactly(_ count: Int) throws -> [UInt8] {
        require(count >= 0, "cannot receive \(count) bytes")
        let limit = wholeCallLimit()
        var received: [UInt8] = []
        while received.count < count {
            // In steps, so that a length which the peer made up does not take the memory at once.
            let step = min(count - received.count, max(1 << 16, received.count))
            let part = try receiveOnce(step, until: limit)
            guard !part.isEmpty else {
                throw SocketError("the stream ended after \(received.count) of \(count) bytes")
            }
            if received.isEmpty { received = part } else { received += part }
        }
        return received
    }

    /// Receives some text in UTF-8, `count` bytes at most, and never half a character; "" at the end of the stream.
    /// Parks the calling greenlet while there is none.
    ///
    /// Where the bytes at hand end within a character, its other bytes (three at most, on top of `count`) are waited
    /// for and received too. What is not UTF-8 becomes U+FFFD, also a character that the end of the stream cuts off.
    @available(*, noasync)
    public func receiveText(upTo count: Int) throws -> String {
        require(count >= 0, "cannot receive \(count) bytes")
        let limit = wholeCallLimit()
        var bytes = try receiveOnce(min(count, 1 << 20), until: limit)
        while case let missing = missingBytes(bytes), missing > 0 {
            let part = try receiveOnce(missing, until: limit)
            if part.isEmpty { break }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Receives a line in UTF-8 and gives it without its `\n` or `\r\n`; what the stream ends with if that is no
    /// newline; nil at its end. Parks the calling greenlet as often as it takes; the timeout of a `Socket` or
    /// `TLSSocket` is for the whole call.
    ///
    /// Nothing behind the newline is taken from the stream, so lines may be mixed with `receive` and with a change to
    /// TLS. A stream that cannot look ahead (one of your own) is read byte by byte for that. What is not UTF-8 becomes
    /// U+FFFD.
    ///
    /// A line of more than `count` bytes throws a `SocketError`; its beginning is lost then.
    @available(*, noasync)
    public func receiveLine(upTo count: Int = 65_536) throws -> String? {
        require(count > 0, "a line of \(count) bytes at most cannot be received")
        let limit = wholeCallLimit()
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard line.count <= count + 1 else {
                throw SocketError("a line is longer than \(count) bytes")
            }
            let part = try receiveUpToNewline(min(count + 2 - line.count, 4096), until: limit)
            if part.isEmpty {
                guard !line.isEmpty else { return nil }
                break
            }
            line += part
        }
        if line.last == UInt8(ascii: "\n") {
            line.removeLast()
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
        }
        guard line.count <= count else { throw SocketError("a line is longer than \(count) bytes") }
        return String(decoding: line, as: UTF8.self)
    }
}

/// When a call of several steps is over. nil: each step has the stream's own timeout.
private struct Limit {
    let stream: any DeadlineStream
    let deadline: Deadline
}

extension ByteStream {
    private func wholeCallLimit() -> Limit? {
        (self as? any DeadlineStream).map { Limit(stream: $0, deadline: $0.deadline(after: $0.timeout)) }
    }

    private func receiveOnce(_ count: Int, until limit: Limit?) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, received in
            // Safe: as many bytes are initialised as the stream says it has received.
            var span = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
                .mutableBytes
            if let limit {
                received = try limit.stream.receive(into: &span, until: limit.deadline)
            } else {
                received = try receive(into: &span)
            }
        }
    }

    /// Some bytes, `count` at most, none behind a newline.
    private func receiveUpToNewline(_ count: Int, until limit: Limit?) throws -> [UInt8] {
        guard let limit else { return try receiveOnce(1, until: nil) }
        let ahead = try [UInt8](unsafeUninitializedCapacity: count) { buffer, seen in
            // Safe: as above.
            var span = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
                .mutableBytes
            seen = try limit.stream.peek(into: &span, until: limit.deadline)
        }
        guard !ahead.isEmpty else { return [] }
        let end = ahead.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? ahead.count
        return try receiveOnce(end, until: limit)
    }

    /// How many bytes the last character still lacks.
    private func missingBytes(_ bytes: [UInt8]) -> Int {
        for (continuations, byte) in bytes.suffix(4).reversed().enumerated() {
            let length: Int
            switch byte {
            case 0x80...0xBF: continue
            case 0xC2...0xDF: length = 2
            case 0xE0...0xEF: length = 3
            case 0xF0...0xF4: length = 4
            default: length = 1
            }
            return max(0, length - 1 - continuations)
        }
        return 0
    }
}
