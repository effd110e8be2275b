/// A borrower got no connection: its timeout was over, or too many waited already.
public struct PoolExhausted: Error, CustomStringConvertible {
    /// The pool at that moment, the borrower no longer among its waiters.
    public let statistics: PoolStatistics
    /// How long the borrower waited; zero if it was not let in.
    public let waited: Duration
    /// What the last `newConnection()` that failed threw; nil if none has since a connect succeeded.
    public let lastConnectError: (any Error)?
    /// What the last check or keepalive that failed threw; nil if one has passed, or a connect succeeded, since.
    public let lastCheckError: (any Error)?

    let pool: String
    let reason: Reason

    enum Reason {
        case timedOut(heldByCaller: Int)
        case tooManyWaiters(Int)
        case notReady(Int)
    }

    /// Size, idle, leased, connecting, waiting, how long it waited, the last connect error.
    public var description: String {
        let s = statistics
        var text = "\(pool): "
        var held = ""
        switch reason {
        case .timedOut(let count):
            text += "no connection after waiting \(waited)"
            if count > 0 { held = " (\(count) by the greenlet that asks for another)" }
        case .tooManyWaiters(let limit):
            text += "no connection, and \(limit) wait already, which is the limit"
        case .notReady(let count):
            text += "not \(count) connections after waiting \(waited)"
        }
        text += ": size \(s.size), idle \(s.idle), leased \(s.leased)\(held), connecting \(s.connecting)"
        text += ", checking \(s.checking), retiring \(s.retiring), waiting to connect \(s.waitingToConnect)"
        text += ", waiters \(s.waiters)"
        if let lastConnectError { text += "; last connect error: \(lastConnectError)" }
        if let lastCheckError { text += "; last failed check: \(lastCheckError)" }
        return text
    }
}

/// There is no connection at all, and has not been for `Breaker.openAfter`: borrowers do not wait.
public struct PoolUnavailable: Error, CustomStringConvertible {
    /// What the last `newConnection()` that failed threw.
    public let lastConnectError: (any Error)?
    let pool: String

    /// That there is no connection, and why.
    public var description: String {
        "\(pool): no connection, and none is waited for"
            + (lastConnectError.map { "; last connect error: \($0)" } ?? "")
    }
}

/// The pool is closed, or was closed while the borrower waited.
public struct PoolClosed: Error, CustomStringConvertible {
    let pool: String

    /// Which pool is closed.
    public var description: String { "\(pool): the pool is closed" }
}
