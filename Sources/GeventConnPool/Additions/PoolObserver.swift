/// Something that happened in a pool.
///
/// For one connection the order is: `connecting`, then `connectFailed` and no more, or `connected`; then any number of
/// `leased`, `returned` and `checking`, `checked` pairs; then `discarded` or `retiring`, in place of the second of a
/// pair or after it; then `closed`.
public struct PoolEvent: Sendable, CustomStringConvertible {
    /// One connection of a pool, or one attempt at it: no two of a pool's life are the same.
    public struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
        let number: Int

        /// A number sign and a number, counted from 1.
        public var description: String { "#\(number)" }
    }

    /// What happened.
    public enum Kind: Sendable {
        /// `newConnection()` begins, failed, gave a connection.
        case connecting, connectFailed(any Error), connected
        /// A borrower got it, brought it back; a check or keepalive began, passed.
        case leased, returned, checking, checked
        /// It is dropped as broken; it is retired; `closeConnection(_:)` is over.
        case discarded((any Error)?), retiring, closed
        /// A borrower begins to wait, gets `PoolExhausted`, goes away without: interrupted, or refused as the pool was
        /// closed or its breaker opened.
        case waiting, exhausted, gaveUp
        /// A lease is held longer than `leakThreshold`; it has ended after all.
        case leaked(file: String, line: UInt), leakCleared(file: String, line: UInt)
        /// There has been no connection for `Breaker.openAfter`, borrowers fail at once if it says so; there is one again.
        case breakerOpened, breakerClosed
    }

    /// The pool's name.
    public let pool: String
    /// Which connection; nil for what concerns borrowers or the pool.
    public let connection: ConnectionID?
    /// What happened.
    public let kind: Kind
    /// How long the connect took (`connected`, `connectFailed`), the borrower waited (`leased`) or had the connection
    /// (`returned`, and `discarded` where a borrower had it); nil for other events. By the loop's own time, as in
    /// `PoolStatistics`.
    public let duration: Duration?
    /// How many borrowers wait.
    public let waiters: Int

    /// The pool, the connection and what happened.
    public var description: String { "\(pool)\(connection.map { " \($0)" } ?? "") \(kind)" }
}

/// Is told what happens in a pool, at once and in order, in whichever greenlet it happens. It must not park.
public protocol PoolObserver: AnyObject {
    /// Something happened.
    func observe(_ event: PoolEvent)
}
