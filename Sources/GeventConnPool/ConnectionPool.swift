internal import Gevent
public import Logging

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
/// It belongs to the hub it was made on. Its connections are made by greenlets of its own, one for each slot that has
/// none; borrowers block on the pool only. A pool that is dropped without `close` lets its connections go by their own
/// deinit: its hooks cannot run any more.
///
/// In a forked child (`forkProcess`) it starts empty, with connections of its own. Those of the parent are not used,
/// retired or closed there: their references are dropped, and a `Socket` that nobody else holds closes the child's copy
/// of its descriptor, which the parent does not notice. Connection types of your own must not say goodbye in their
/// deinit. What a greenlet had borrowed when it was copied it still has, in both processes: let none use it in the child.
open class ConnectionPool<Connection> {
    /// How a pool lends, checks, connects and shrinks.
    public typealias Configuration = PoolConfiguration

    /// What lies between the first connects of two slots; 0.1 seconds. The original's `SPAWN_FREQUENCY`.
    /// `PoolConfiguration.spawnFrequency`, if set, takes its place.
    open class var spawnFrequency: Duration { .milliseconds(100) }

    /// What says that a connection is broken. The original's `exc_classes`.
    public let errorTypes: [any Error.Type]
    /// What lies between two keepalives of one connection; nil for none. The original's `keepalive`.
    public let keepaliveInterval: Duration?
    /// What the pool was made with.
    public let configuration: Configuration
    /// Given to observer and logger with what happens, and named in errors; the type's name by default.
    public var name: String {
        didSet { machine.name = name }
    }
    /// Where to log: connects, failures and leaks at info, other events of connections at debug, those of borrowers at
    /// trace. nil, the default: nowhere.
    public var logger: Logger? {
        didSet { machine.isObserved = logger != nil || observer != nil }
    }
    /// Is told all that happens; nil, the default, for nobody.
    public var observer: (any PoolObserver)? {
        didSet { machine.isObserved = logger != nil || observer != nil }
    }
    /// Is asked before each connect; `UnlimitedAllowance` by default. To be set before the pool's hub first runs others:
    /// connections that were made under another one stay with that.
    public var allowance: any Allowance = UnlimitedAllowance() {
        didSet { joinAllowance() }
    }

    let hub: Hub
    let machine: PoolMachine
    /// Present exactly while the machine says that the slot holds one, but for the time in which it is closed.
    @usableFromInline let connections: ConnectionStore<Connection>
    /// By slot: what gave the right to have that connection, if it is not unlimited.
    var permits: [Int: any Allowance] = [:]
    var membership: AllowanceMembership?
    /// Whether its group knows it.
    var isEnlisted = false
    var workers: [Int: SlotWorker] = [:]
    var keepaliveWorker: SlotWorker?
    var maintenanceWorker: SlotWorker?
    private var forkHandler: ForkHandler?
    let readyBell = Bell()
    let drainBell = Bell()
    // Unchecked: swapped with what is being carried out, nothing else.
    @exclusivity(unchecked) var spareEffects: [PoolMachine.Effect] = []
    /// Places of borrowers that wait no more, for the next ones.
    // Unchecked: put into and taken from, nothing else.
    @exclusivity(unchecked) var spareWaiters = SpareWaiters()

    /// A pool of `size` connections: the first is made at once, each other `spawnFrequency` after the one before. The
    /// hooks are called when the caller parks, not before.
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
        do {
            try configuration.validate(size: size)
        } catch {
            preconditionFailure("\(error)")
        }
        precondition(keepalive ?? .seconds(1) > .zero, "keepalive must be over zero")
        self.errorTypes = errorTypes
        self.configuration = configuration
        keepaliveInterval = keepalive
        hub = .current
        connections = ConnectionStore(capacity: size)
        name = ""
        machine = PoolMachine(rules: PoolRules(configuration, frequency: .zero))
        name = "\(type(of: self))"
        machine.name = name
        machine.rules.frequency = Nanoseconds(configuration.spawnFrequency ?? type(of: self).spawnFrequency)
        machine.start(size, Hub.freshTime)
        carryOut()
        if keepalive != nil { startKeepalive() }
        if machine.needsMaintenance { startMaintenance() }
        forkHandler = hub.onFork { [weak self] in self?.startAnewInChild() }
    }

    deinit {
        spareWaiters.free()
        // Greenlets of a hub that is gone, or another thread's, are gone or not ours to touch.
        // What the pool had of a shared allowance is free again with its membership.
        guard hub.isCurrent else { return }
        for worker in workers.values { worker.stop() }
        keepaliveWorker?.stop()
        maintenanceWorker?.stop()
        for permit in permits.values { permit.release() }
    }

    // MARK: What subclasses override

    /// Makes a connection: connects, logs in, whatever a connection needs before it is lent. nil or an error is a failed
    /// attempt, which is repeated after the back-off. Runs in a greenlet of the pool's own. The original's
    /// `_new_connection`.
    ///
    /// Fidelity: an error ends the slot for ever in the original, and a connection that is false counts as failed; here
    /// any error is a failed attempt, and only nil is none. See MIGRATION.md.
    open func newConnection() throws -> Connection? {
        preconditionFailure("\(type(of: self)) must override newConnection()")
    }

    /// Uses an idle connection so that it stays open, or throws if it is broken. The original's `_keepalive`.
    open func keepalive(_ connection: Connection) throws {
        preconditionFailure("\(type(of: self)) has a keepalive interval and must override keepalive(_:)")
    }

    /// Whether `error`, thrown by a borrower, says that its connection is broken: by default, whether it is one of
    /// `errorTypes`. Not asked about an `Interruption`.
    open func isConnectionError(_ error: any Error) -> Bool { matches(error, errorTypes) }

    /// Whether `error`, thrown by `newConnection()`, is a refusal that repeating does not change, such as a wrong
    /// password: then one slot tries again, after the longest back-off, and the others wait for it. False by default.
    open func isRefusal(_ error: any Error) -> Bool { false }

    /// Whether an idle connection still works. Called before it is lent, as `PoolConfiguration.trustWindow` says; false
    /// or an error replaces it, and the borrower gets another. True by default.
    open func validate(_ connection: Connection) throws -> Bool { true }

    /// Closes a connection that the pool lets go; called once for each, last. By default closes what is a `ByteStream`.
    /// May park; the slot does not wait longer than `PoolConfiguration.retireTimeout`.
    open func closeConnection(_ connection: Connection) { (connection as? any ByteStream)?.close() }

    /// Takes leave of a connection that works but is retired (a Logout, say), before `closeConnection(_:)`. Does nothing
    /// by default. May park, as long as `PoolConfiguration.retireTimeout`; what it throws is logged.
    open func retireConnection(_ connection: Connection) throws {}

    // MARK: Borrowing

    /// Lends a connection to `body` and takes it back. Parks the calling greenlet if none is idle; those that wait are
    /// served in the order in which they came. The original's `with pool.get() as c`.
    ///
    /// If `body` throws an error that says so (`isConnectionError(_:)`) or was interrupted, the connection is discarded,
    /// and its slot connects again after a second; any other error puts it back as if `body` had succeeded.
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
        let result: Result
        do {
            result = try body(connections[loan.slot])
        } catch {
            end(loan, throwing: error)
            throw error
        }
        end(loan, isReusable: isReusable?(result) ?? true)
        return result
    }

    /// Lends a connection until the lease is returned, discarded, or goes out of scope. Parks the calling greenlet if
    /// none is idle. `get` is the safer form; see `Lease`.
    ///
    /// - Parameter timeout: as for `get`.
    /// - Throws: `PoolExhausted`, `PoolUnavailable`, `PoolClosed`.
    @available(*, noasync)
    public func lease(
        timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Lease<Connection> {
        let loan = try borrow(timeout, file, line)
        return Lease(self, loan, connections[loan.slot])
    }
}

@available(*, unavailable) extension ConnectionPool: Sendable {}
