internal import Gevent

/// What says that a connection is broken, where a pool or a retry is not told otherwise: `SocketError` and its
/// subclasses. The original's `DEFAULT_EXC_CLASSES`.
public let defaultErrorTypes: [any Error.Type] = [SocketError.self]

/// Keeps a number of connections open, lends them, and replaces those that fail. geventconnpool's `ConnectionPool`.
///
/// ```swift
/// class MyPool: ConnectionPool<Socket> {
///     override func newConnection() throws -> Socket {
///         try Socket.connect(host: "test.example.org", port: 2485)
///     }
/// }
/// let pool = MyPool(20)
/// try pool.get { c in
///     try c.sendAll("PING\n")
///     if try c.receiveLine() != "PONG" { throw SocketError("something awful happened") }
/// }
/// ```
///
/// It belongs to the hub it was made on. Its connections are made by greenlets of its own, one for each that is missing;
/// borrowers block on the pool only. A pool that is dropped without `close` lets its connections go by their own deinit:
/// its hooks cannot run any more.
///
/// In a forked child (`forkProcess`) it starts empty, with connections of its own. Those of the parent are not used,
/// retired or closed there: their references are dropped, and a `Socket` that nobody else holds closes the child's copy
/// of its descriptor, which the parent does not notice. Connection types of your own must not say goodbye in their
/// deinit. What a greenlet had borrowed when it was copied it still has, in both processes: let none use it in the child.
///
/// The members stand in the order of the original's pool.py. What was added to it is in Additions, one file each.
open class ConnectionPool<Connection>: AnyConnectionPool {
    /// How a pool lends, checks, connects and shrinks.
    public typealias Configuration = PoolConfiguration

    /// What lies between the first connects of two slots; 0.1 seconds. The original's `SPAWN_FREQUENCY`.
    /// `PoolConfiguration.spawnFrequency`, if set, takes its place.
    open class var spawnFrequency: Duration { .milliseconds(100) }

    /// A pool of `size` connections: the first is made at once, each other `spawnFrequency` after the one before. The
    /// hooks are called when the caller parks, not before. The original's `__init__`.
    ///
    /// A size or configuration that cannot be stops the program; see `PoolConfiguration.validate(size:)`.
    ///
    /// - Parameters:
    ///   - errorTypes: what, thrown by a borrower, says that its connection is broken; subclasses match.
    ///   - keepalive: how often `keepalive(_:)` sees each idle connection; over zero. nil, the default: never.
    public init(
        _ size: Int, errorTypes: [any Error.Type] = defaultErrorTypes, keepalive: Duration? = nil,
        configuration: Configuration = .init()
    ) {
        require(size >= 1, "the size of a pool must be at least 1, not \(size)")
        super.init(size, errorTypes, keepalive, configuration)
        name = "\(type(of: self))"
        frequency = Nanoseconds(configuration.spawnFrequency ?? type(of: self).spawnFrequency)
        change { _ in }
        if keepalive != nil { startKeepalive() }
    }

    // MARK: What subclasses override

    /// Makes a connection: connects, logs in, whatever a connection needs before it is lent. nil or an error is a failed
    /// attempt, which is repeated after the back-off. Runs in a greenlet of the pool's own. The original's
    /// `_new_connection`.
    ///
    /// Fidelity: an error ends the slot for ever in the original, and a connection that is false counts as failed; here
    /// any error is a failed attempt, and only nil is none. See MIGRATION.md.
    open func newConnection() throws -> Connection? {
        fatalError("\(type(of: self)) must override newConnection()")
    }

    /// Uses an idle connection so that it stays open, or throws if it is broken. The original's `_keepalive`.
    open func keepalive(_ connection: Connection) throws {
        fatalError("\(type(of: self)) has a keepalive interval and must override keepalive(_:)")
    }

    /// Whether an idle connection still works. Called before it is lent, as `PoolConfiguration.trustWindow` says; false
    /// or an error replaces it, and the borrower gets another. True by default.
    open func validate(_ connection: Connection) throws -> Bool { true }

    /// Prepares a connection for its borrower, on whose greenlet it runs: each time that it is lent. May park. An error
    /// is judged as one of the borrower's body, and thrown to it. Does nothing by default.
    open func willLend(_ connection: Connection) throws {}

    /// Tidies a connection up after its borrower, on whose greenlet it runs: each time that it comes back as good, a
    /// rollback, say. May park. An error discards the connection, and is not thrown. Does nothing by default.
    open func didReturn(_ connection: Connection) throws {}

    /// Closes a connection that the pool lets go; called once for each, last. By default closes what is a `ByteStream`:
    /// override it where a connection has its stream inside. May park; `retireTimeout` is for both goodbyes.
    open func closeConnection(_ connection: Connection) { (connection as? any ByteStream)?.close() }

    /// Takes leave of a connection that works but is retired (a Logout, say), before `closeConnection(_:)`. Does nothing
    /// by default. May park, as long as `PoolConfiguration.retireTimeout`; what it throws is logged.
    open func retireConnection(_ connection: Connection) throws {}

    // MARK: Borrowing

    /// Lends a connection to `body` and takes it back. Parks the calling greenlet if none is idle; those that wait are
    /// served in the order in which they came. The original's `with pool.get() as c`.
    ///
    /// If `body` throws an error that says so (`isConnectionError(_:)`) the connection is discarded, and its slot connects
    /// again after a second; if it was interrupted, at once. Any other error puts it back as if `body` had succeeded.
    ///
    /// Fidelity: in the original a connection goes back after a kill or a timeout too, with its reply unread; see
    /// `PoolConfiguration.interrupted` and MIGRATION.md.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait for the connection, checks included; zero is a try. nil:
    ///     `PoolConfiguration.borrowTimeout`.
    ///   - isReusable: looks at what `body` gave; false discards the connection.
    /// - Throws: what `body` throws; `PoolExhausted`, `PoolUnavailable`, `PoolClosed`.
    @available(*, noasync) @discardableResult @inlinable
    public func get<Result>(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
        _ body: (Connection) throws -> Result, isReusable: ((Result) -> Bool)? = nil
    ) throws -> Result {
        let loan = try borrow(timeout, file, line)
        let connection = connection(of: loan.slot)
        let result: Result
        do {
            try willLend(connection)
            result = try body(connection)
        } catch {
            end(loan, throwing: error)
            throw error
        }
        do {
            if isReusable?(result) ?? true {
                try didReturn(connection)
                end(loan)
            } else {
                end(loan, flaw: nil)
            }
        } catch {
            end(loan, flaw: error)
        }
        return result
    }

    @inlinable @inline(__always)
    final func connection(of slot: Slot) -> Connection {
        guard let slot = slot as? ConnectionSlot<Connection>, let connection = slot.connection else {
            fatalError("a slot that is lent has no connection")
        }
        return connection
    }

    // MARK: The pool's own greenlets: the original's _add_one

    override func makeSlot(_ place: Int) -> Slot { ConnectionSlot<Connection>(place) }

    override var isOfStreams: Bool { Connection.self is any ByteStream.Type }

    override func isOpen(_ slot: Slot) -> Bool {
        ((slot as? ConnectionSlot<Connection>)?.connection as? any ByteStream)?.isClosed != true
    }

    override func forget(_ slot: Slot) { (slot as? ConnectionSlot<Connection>)?.connection = nil }

    override func run(_ hook: Hook, on slot: Slot) throws {
        guard let slot = slot as? ConnectionSlot<Connection> else { return }
        switch hook {
        case .connect:
            guard let made = try newConnection() else { throw NoConnection() }
            if slot.state != .gone { slot.connection = made }
        case .keepalive: try keepalive(connection(of: slot))
        case .validate: if try !validate(connection(of: slot)) { throw ValidationFailed() }
        case .didReturn: try didReturn(connection(of: slot))
        case .retire: try retireConnection(connection(of: slot))
        case .close:
            guard let connection = slot.connection else { return }
            slot.connection = nil
            closeConnection(connection)
        }
    }
}

/// What a `newConnection()` that gave nil is said to have thrown.
struct NoConnection: Error, CustomStringConvertible {
    var description: String { "newConnection() gave nil" }
}

/// What a `validate(_:)` that gave false is said to have thrown.
struct ValidationFailed: Error, CustomStringConvertible {
    var description: String { "validate(_:) gave false" }
}

/// How a pool lends, checks, connects and shrinks. The defaults are the original's behaviour.
///
/// ```swift
/// let pool = MyPool(20, configuration: .init {
///     $0.borrowTimeout = .seconds(10)
///     $0.maximumWaiters = 100
/// })
/// ```
public struct PoolConfiguration: Sendable {
    /// The least time between two connects that are not retries. nil, the default: `ConnectionPool.spawnFrequency`.
    public var spawnFrequency: Duration?
    /// What the port itself does one way, and what properties in Additions change.
    var base = Base()
    /// What additions are set to, by their type.
    private(set) var options: [ObjectIdentifier: any PoolOptions] = [:]

    struct Base: Sendable {
        var (borrowTimeout, connectTimeout, keepaliveTimeout): (Duration?, Duration?, Duration?)
        /// 0.1 seconds, doubled while below 400.
        var retryDelay: @Sendable (_ failures: Int, _ random: () -> Double) -> Nanoseconds = { failures, _ in
            100_000_000 << Nanoseconds(min(failures, 12))
        }
        var (reconnectDelay, retireTimeout, settleTime) = (Duration.seconds(1), Duration.seconds(5), Duration.zero)
        var jitter = 0.0
        var (isLIFO, keepsInterrupted) = (false, false)
    }

    /// The defaults.
    public init() {}

    /// The defaults, as `configure` changes them.
    public init(_ configure: (inout PoolConfiguration) -> Void) { configure(&self) }

    subscript<Options: PoolOptions>(_ type: Options.Type) -> Options {
        get { options[ObjectIdentifier(type)] as? Options ?? Options() }
        set { options[ObjectIdentifier(type)] = newValue }
    }

    /// What this asks for, in no order: that must not matter.
    func additions(to pool: AnyConnectionPool) -> [Addition] { options.values.compactMap { $0.addition(to: pool) } }
}

/// `span` changed by up to `fraction` of it, plus or minus. `random` gives 0 up to 1.
func jittered(_ span: Nanoseconds, _ fraction: Double, _ random: () -> Double) -> Nanoseconds {
    guard fraction > 0, span != .never else { return span }
    return Nanoseconds(max(0, min(Double(span) * (1 + fraction * (2 * random() - 1)), 9e18)))
}
