/// A stream of bytes in both directions: what `Socket` and `TLSSocket` share, and what code that does not care which
/// it has is written against.
public protocol ByteStream: AnyObject {
    /// How long one operation may wait: nil, the default, for ever; zero never waits, and throws a `SocketError` with
    /// `EAGAIN` where it would have to. A negative one stops the program.
    var timeout: Duration? { get set }

    /// Whether it was closed on this side.
    var isClosed: Bool { get }

    /// Sends some of the bytes and returns how many. Parks the calling greenlet while none can be sent.
    @available(*, noasync)
    func send(_ bytes: RawSpan) throws -> Int

    /// Sends all of the bytes. Parks the calling greenlet as often as it takes; the timeout is for the whole call.
    @available(*, noasync)
    func sendAll(_ bytes: RawSpan) throws

    /// Receives some bytes, at most as many as the buffer has room for, and returns how many; 0 at the end of the stream
    /// (or for an empty buffer). Parks the calling greenlet while there is none.
    @available(*, noasync)
    func receive(into buffer: inout MutableRawSpan) throws -> Int

    /// Closes it. Never parks. Whoever waits for it gets a `SocketError` with `EBADF`. Idempotent.
    func close()
}

/// A stream that can look ahead and that takes a deadline for several steps of one call.
package protocol DeadlineStream: ByteStream {
    /// When `timeout` from now is over; zero never waits.
    func deadline(after timeout: Duration?) -> Deadline

    /// `receive(into:)` with a deadline instead of the stream's timeout.
    func receive(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int

    /// The same, but the bytes are received once more the next time.
    func peek(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int

    /// `sendAll` with a deadline instead of the stream's timeout.
    func sendAll(_ bytes: RawSpan, until deadline: Deadline) throws
}

extension DeadlineStream {
    /// For a stream that cannot: with its own timeout.
    package func sendAll(_ bytes: RawSpan, until deadline: Deadline) throws { try sendAll(bytes) }
}
