/// Cuts a stream of bytes into documents, whatever pieces it comes in.
///
///     var decoder = FrameDecoder()
///     decoder.append(piece)
///     while let document = try decoder.next() { … }
///     // at the end of the stream:
///     try decoder.finish()
///
/// Each byte is copied a fixed number of times, so the time is linear in the size of the stream. What is kept is what
/// has arrived, never what a header announces: a peer that promises a megabyte and sends nothing costs nothing.
public struct FrameDecoder: Sendable {
    /// The longest frame that is accepted, header included, in bytes.
    public let limit: Int

    /// What has come and was not handed out, from `head` on.
    private var buffer: [UInt8] = []
    private var head = 0
    private var failure: FrameError?

    /// A decoder at the start of a stream.
    ///
    /// - Parameter limit: The longest frame that is accepted, header included, in bytes; by default 1 MiB.
    public init(limit: Int = Frame.defaultLimit) {
        guard limit > Frame.headerLength else { fatalError("a limit of \(limit) bytes leaves no room for a document") }
        self.limit = limit
    }

    /// How many bytes came that belong to no document handed out.
    public var pendingCount: Int {
        buffer.count - head
    }

    /// How many bytes must still come before `next` has something to give, at least 1 while it has nothing: first the
    /// rest of the header, then the rest of the document. 0 where a document is ready or the stream has failed.
    public var missingCount: Int {
        guard failure == nil else { return 0 }
        guard let length = announcedLength else { return Frame.headerLength - pendingCount }
        guard length > Frame.headerLength, length <= limit else { return 0 }
        return max(0, length - pendingCount)
    }

    /// Takes the next piece of the stream. Nothing is judged before `next`.
    public mutating func append(_ piece: some Collection<UInt8>) {
        discardConsumed()
        buffer.append(contentsOf: piece)
    }

    /// Takes the next piece of the stream from memory that the caller lends.
    public mutating func append(_ piece: UnsafeRawBufferPointer) {
        discardConsumed()
        buffer.append(contentsOf: piece)
    }

    /// The next document, nil where it has not come wholly.
    ///
    /// - Throws: `FrameError` for a length that cannot be, again at each further call.
    public mutating func next() throws(FrameError) -> [UInt8]? {
        if let failure { throw failure }
        guard let length = announcedLength else { return nil }
        guard length > Frame.headerLength else { throw fail(.tooShort(length: length)) }
        guard length <= limit else { throw fail(.tooLong(length: length, limit: limit)) }
        guard pendingCount >= length else { return nil }
        let document = [UInt8](buffer[(head + Frame.headerLength)..<(head + length)])
        head += length
        return document
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: `FrameError` where it ended inside a frame, or had failed before.
    public mutating func finish() throws(FrameError) {
        if let failure { throw failure }
        guard pendingCount > 0 else { return }
        throw fail(.truncated(received: pendingCount, expected: announcedLength))
    }

    /// What the header in front says, nil while it has not come wholly.
    private var announcedLength: Int? {
        guard pendingCount >= Frame.headerLength else { return nil }
        var length = 0
        for byte in buffer[head..<(head + Frame.headerLength)] { length = length << 8 | Int(byte) }
        return length
    }

    /// Drops what was handed out once it is the larger part: each byte is then moved at most once for each time that
    /// its buffer was filled, which keeps the whole linear.
    private mutating func discardConsumed() {
        guard head > 0 else { return }
        if head == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 16)
        } else if head >= buffer.count - head {
            buffer.removeFirst(head)
        } else {
            return
        }
        head = 0
    }

    private mutating func fail(_ kind: FrameError.Kind) -> FrameError {
        let error = FrameError(kind)
        failure = error
        buffer = []
        head = 0
        return error
    }
}
