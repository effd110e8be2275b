extension ByteStream {
    /// The lines that come, up to the end of the stream: `while let line = try lines.next() { }`. Each parks as
    /// `receiveLine(upTo:)` does. Python's `for line in socket.makefile()`, without the newlines.
    public func lines(upTo count: Int = 65_536) -> Results<String> {
        Results { [self] timeout in
            guard let timeout else { return try receiveLine(upTo: count) }
            return try withTimeout(timeout) { try receiveLine(upTo: count) }
        } close: {
        }
    }
}
