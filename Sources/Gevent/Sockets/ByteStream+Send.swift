extension ByteStream {
    /// Sends some of the bytes and returns how many. Parks the calling greenlet while none can be sent.
    @available(*, noasync) @discardableResult @inlinable
    public func send(_ bytes: some Sequence<UInt8>) throws -> Int {
        try withSpan(of: bytes) { try send($0) }
    }

    /// Sends some of the text's UTF-8 and returns how many bytes. Parks the calling greenlet while none can be sent.
    @available(*, noasync) @discardableResult
    public func send(_ text: String) throws -> Int {
        try send(text.utf8)
    }

    /// Sends all of the bytes. Parks the calling greenlet as often as it takes; the timeout is for the whole call.
    @available(*, noasync) @inlinable
    public func sendAll(_ bytes: some Sequence<UInt8>) throws {
        try withSpan(of: bytes) { try sendAll($0) }
    }

    /// Sends the text as UTF-8. Parks the calling greenlet as often as it takes; the timeout is for the whole call.
    @available(*, noasync)
    public func sendAll(_ text: String) throws {
        try sendAll(text.utf8)
    }

    // Inlined in the caller's module: what it sends would be looked up by its type there each time, a tenth of a
    // microsecond.
    @inlinable
    func withSpan<Result>(of bytes: some Sequence<UInt8>, _ body: (RawSpan) throws -> Result) throws -> Result {
        // Safe: the span lives as long as the closure, and so does the storage.
        if let result = try bytes.withContiguousStorageIfAvailable({ try body(UnsafeRawBufferPointer($0).bytes) }) {
            return result
        }
        return try Array(bytes).withUnsafeBytes { try body($0.bytes) }
    }
}
