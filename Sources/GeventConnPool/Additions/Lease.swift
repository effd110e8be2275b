internal import Gevent

/// A borrowed connection, which goes back when the lease goes out of scope.
///
/// ```swift
/// let lease = try pool.lease()
/// try lease.connection.sendAll("PING\n")
/// if try lease.connection.receiveLine() != "PONG" { lease.discard() }
/// ```
///
/// It cannot be copied, so that a connection cannot be returned twice. An error that passes a lease by is not seen by
/// it: unless its greenlet was interrupted meanwhile, the connection goes back as good. `use` judges errors as
/// `ConnectionPool.get` does. `discard` can stand neither in a `defer` nor at the end of a main.swift's global.
public struct Lease<Connection>: ~Copyable {
    // A generic noncopyable struct's own deinit is dropped or run twice in some optimised builds (Swift 6.3.1); that of
    // a class inside is not.
    private let ticket: Ticket<Connection>

    fileprivate init(_ pool: ConnectionPool<Connection>, _ loan: Loan, _ connection: Connection) {
        ticket = Ticket(pool, loan, connection)
    }

    /// The connection; not to be kept beyond the lease.
    public var connection: Connection { ticket.connection }

    /// Runs `body` with the connection and judges its outcome as `ConnectionPool.get` does: a connection that turns out
    /// broken is discarded at once, and the lease is over.
    @available(*, noasync) @discardableResult
    public func use<Result>(
        _ body: (Connection) throws -> Result, isReusable: ((Result) -> Bool)? = nil
    ) throws -> Result {
        try ticket.use(body, isReusable)
    }

    /// Returns the connection as good.
    public consuming func `return`() { ticket.end(.good) }

    /// Drops the connection as broken; its slot connects again after `PoolConfiguration.reconnectDelay`.
    ///
    /// - Parameter error: why, for the observer.
    public consuming func discard(because error: (any Error)? = nil) { ticket.end(.broken(error)) }

    /// Returns the connection as one that works but is to be replaced, after `ConnectionPool.retireConnection(_:)`.
    public consuming func retire() { ticket.end(.spent) }
}

@available(*, unavailable) extension Lease: Sendable {}

/// What a lease holds; returned once.
private final class Ticket<Connection> {
    let connection: Connection
    private let pool: ConnectionPool<Connection>
    private let loan: Loan
    private let borrower = AnyGreenlet.current
    private var isOver = false

    init(_ pool: ConnectionPool<Connection>, _ loan: Loan, _ connection: Connection) {
        self.pool = pool
        self.loan = loan
        self.connection = connection
    }

    deinit {
        guard !isOver else { return }
        let isInterrupted =
            borrower.interruptionCount != loan.interruptions && !pool.configuration.base.keepsInterrupted
        end(isInterrupted ? .interrupted(nil) : .good)
    }

    func end(_ verdict: Verdict) {
        guard !isOver else { return }
        isOver = true
        pool.giveBack(loan.slot, pool.tidied(loan.slot, verdict), Hub.freshTime)
    }

    @available(*, noasync)
    func use<Result>(_ body: (Connection) throws -> Result, _ isReusable: ((Result) -> Bool)?) throws -> Result {
        // The lease may have gone to another greenlet.
        let user = AnyGreenlet.current
        let before = user.interruptionCount
        do {
            let result = try body(connection)
            let isInterrupted = user.interruptionCount != before && !pool.configuration.base.keepsInterrupted
            if isInterrupted { end(.interrupted(nil)) } else if isReusable?(result) == false { end(.broken(nil)) }
            return result
        } catch {
            let verdict = pool.verdict(on: error, isInterrupted: user.interruptionCount != before)
            switch verdict {
            case .broken, .interrupted: end(verdict)
            case .good, .threw, .spent: break
            }
            throw error
        }
    }
}

extension ConnectionPool {
    /// Lends a connection until the lease is returned, discarded, or goes out of scope. Parks the calling greenlet if
    /// none is idle. `get` is the safer form; see `Lease`.
    ///
    /// - Parameter timeout: as for `get`.
    /// - Throws: `PoolExhausted`, `PoolUnavailable`, `PoolClosed`.
    @available(*, noasync)
    public final func lease(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Lease<Connection> {
        let loan = try borrow(timeout, file, line)
        let connection = connection(of: loan.slot)
        do {
            try willLend(connection)
        } catch {
            end(loan, throwing: error)
            throw error
        }
        return Lease(self, loan, connection)
    }
}
