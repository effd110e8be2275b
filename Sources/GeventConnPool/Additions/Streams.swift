internal import Gevent

/// A stream that its borrower closed, or that was closed since, is not lent: only in pools of what is a `ByteStream`.
final class Streams: Judge {
    private weak var pool: AnyConnectionPool?

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    private func isClosed(_ slot: Slot) -> Bool { pool?.isOpen(slot) == false }

    override var needsTime: Bool { false }
    override func fitness(_ slot: Slot, _ now: Nanoseconds) -> Fitness { isClosed(slot) ? .afterCheck : .good }
    override func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? { isClosed(slot) ? "closed" : nil }

    override func check(_ slot: Slot) throws {
        if isClosed(slot) { throw StreamClosed() }
    }
}

/// Why a stream is dropped.
struct StreamClosed: Error, CustomStringConvertible {
    var description: String { "the stream was closed by its borrower" }
}

extension AnyConnectionPool {
    func furnishStreams() -> [Addition] { isOfStreams ? [Streams(self)] : [] }
}
