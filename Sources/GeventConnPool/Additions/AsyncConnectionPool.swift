public import Gevent

/// A pool for async code: a `ConnectionPool` on a hub thread, each borrow a greenlet there.
///
/// ```swift
/// let pool = try await AsyncConnectionPool(on: hub) { MyPool(20) }
/// let text = try await pool.get { c in
///     try c.sendAll("x")
///     return try c.receiveText(upTo: 3)
/// }
/// ```
///
/// Cancelling the task interrupts the borrow. Dropping this drops the pool, on its hub.
public final class AsyncConnectionPool<Connection>: Sendable {
    /// Holds the pool where it may pass through other threads.
    ///
    /// Safe: `pool` is touched on the hub's thread only.
    private final class Box: @unchecked Sendable {
        var pool: ConnectionPool<Connection>?

        init(_ pool: ConnectionPool<Connection>) { self.pool = pool }

        func current() throws -> ConnectionPool<Connection> {
            guard let pool else { throw PoolClosed(pool: "AsyncConnectionPool") }
            return pool
        }
    }

    private let hub: HubThread
    private let box: Box
    /// Whether it is, or was, a service.
    package let isServing = OnceFlag()

    /// Makes the pool on `hub`.
    public init(
        on hub: HubThread, _ make: @escaping @Sendable () -> ConnectionPool<Connection>
    ) async throws {
        self.hub = hub
        box = try await hub.run { Box(make()) }
    }

    deinit {
        hub.handle.release { [box] in box.pool = nil }
    }

    /// Lends a connection to `body`, which runs in a greenlet of the hub and may park there. See `ConnectionPool.get`.
    @discardableResult
    public func get<Result: Sendable>(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable (Connection) throws -> Result,
        isReusable: (@Sendable (Result) -> Bool)? = nil
    ) async throws -> Result {
        try await hub.run { [box] in
            try box.current().get(timeout: timeout, file: file, line: line, body, isReusable: isReusable)
        }
    }

    /// What the pool has and did.
    public var statistics: PoolStatistics {
        get async throws { try await hub.run { [box] in try box.current().statistics } }
    }

    /// Closes the pool and waits until nothing of it is left. See `ConnectionPool.close(timeout:)`.
    public func close(timeout: Duration? = nil) async throws {
        try await hub.run { [box] in try box.current().close(timeout: timeout) }
    }
}
