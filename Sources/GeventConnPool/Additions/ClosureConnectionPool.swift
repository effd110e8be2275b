internal import Gevent

/// A pool whose hooks are closures, where a subclass is too much or cannot reach what it needs: an override in main.swift
/// cannot touch main.swift's variables, a closure can.
///
/// ```swift
/// let pool = ClosureConnectionPool(20) { try Socket.connect(host: "test.example.org", port: 2485) }
/// ```
public final class ClosureConnectionPool<Connection>: ConnectionPool<Connection> {
    private let connect: () throws -> Connection?
    private let keepAlive: ((Connection) throws -> Void)?
    private let judge: ((any Error) -> Bool)?
    private let check: ((Connection) throws -> Bool)?
    private let close: ((Connection) -> Void)?
    private let retire: ((Connection) throws -> Void)?
    private let refusal: ((any Error) -> Bool)?

    /// A pool of `size` connections. Each closure takes the place of the hook of its name; what is nil, the default, is
    /// as `ConnectionPool` has it. With a keepalive interval, `keepalive` must be given.
    public init(
        _ size: Int, errorTypes: [any Error.Type] = defaultErrorTypes, keepalive interval: Duration? = nil,
        configuration: Configuration = .init(),
        connect: @escaping () throws -> Connection?,
        keepalive: ((Connection) throws -> Void)? = nil,
        isConnectionError: ((any Error) -> Bool)? = nil,
        validate: ((Connection) throws -> Bool)? = nil,
        close: ((Connection) -> Void)? = nil,
        retire: ((Connection) throws -> Void)? = nil,
        isRefusal: ((any Error) -> Bool)? = nil
    ) {
        require(interval == nil || keepalive != nil, "a pool with a keepalive interval needs a keepalive closure")
        self.connect = connect
        keepAlive = keepalive
        judge = isConnectionError
        check = validate
        self.close = close
        self.retire = retire
        refusal = isRefusal
        super.init(size, errorTypes: errorTypes, keepalive: interval, configuration: configuration)
    }

    /// Calls `connect`.
    public override func newConnection() throws -> Connection? { try connect() }

    /// Calls `keepalive`.
    public override func keepalive(_ connection: Connection) throws { try keepAlive?(connection) }

    /// Calls `isConnectionError`.
    public override func isConnectionError(_ error: any Error) -> Bool {
        judge?(error) ?? super.isConnectionError(error)
    }

    /// Calls `isRefusal`.
    public override func isRefusal(_ error: any Error) -> Bool { refusal?(error) ?? super.isRefusal(error) }

    /// Calls `validate`.
    public override func validate(_ connection: Connection) throws -> Bool {
        try check?(connection) ?? super.validate(connection)
    }

    /// Calls `close`.
    public override func closeConnection(_ connection: Connection) {
        if let close { close(connection) } else { super.closeConnection(connection) }
    }

    /// Calls `retire`.
    public override func retireConnection(_ connection: Connection) throws {
        if let retire { try retire(connection) } else { try super.retireConnection(connection) }
    }
}
