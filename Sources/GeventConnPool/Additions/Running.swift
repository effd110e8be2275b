internal import Gevent

/// Lends nothing while it is suspended, and lets nobody in before a close.
final class Suspension: Addition {
    private unowned let pool: AnyConnectionPool
    var isSuspended = false
    /// Whether borrowers are let in.
    var isAdmitting = true { didSet { pool.additionsChanged() } }

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    override var isLending: Bool { !isSuspended }
    override var mayRefuse: Bool { !isAdmitting }
    override func refusal() -> (any Error)? { isAdmitting && !pool.isClosed ? nil : PoolClosed(pool: pool.name) }
}

extension AnyConnectionPool {
    /// Changes how many connections are kept, at least 1. More are connected at once, `spawnFrequency` apart; of fewer,
    /// slots without connection go first, then idle connections, which are retired, then whichever comes back next.
    /// Does nothing to a closed pool.
    public final func resize(to size: Int) {
        require(size >= 1, "the size of a pool must be at least 1, not \(size)")
        guard !isClosed else { return }
        change { _ in self.size = size }
    }

    /// Changes options of a pool that runs: all but `spawnFrequency`, `idleOrder` and those of checks and leaks, which
    /// stay as they were. What is measured from a connection's begin holds for new ones.
    ///
    /// - Throws: `InvalidPoolConfiguration`; then nothing has changed.
    public final func reconfigure(_ body: (inout PoolConfiguration) -> Void) throws {
        var new = configuration
        body(&new)
        try new.validate(size: size)
        change { _ in
            configuration = new
            for addition in additions { addition.reconfigured() }
            for one in new.additions(to: self) where !additions.contains(where: { type(of: $0) == type(of: one) }) {
                add(one)
            }
            additionsChanged()
            if chooser == nil { chooser = makeChooser() }
        }
    }

    /// Retires every connection that there is, or is being made: idle ones now, borrowed ones when they come back.
    public final func invalidateAll() {
        change { now in
            for slot in slots where slot.state != .delayed && slot.state != .gone { slot.isCondemned = true }
            while let slot = idle.popFirst() { retire(slot, "invalidated", now) }
        }
    }

    /// Lends nothing until `resume()`: borrowers wait, as long as their timeouts let them. Connects go on, as far as they
    /// are kept without demand.
    public final func suspend() { change { _ in addition(Suspension.self)?.isSuspended = true } }

    /// Lends again, to those that wait first.
    public final func resume() { change { _ in addition(Suspension.self)?.isSuspended = false } }

    /// Shows all that are idle to `validate(_:)` now, at once; those that do not pass are replaced. Parks the calling
    /// greenlet until all have answered.
    ///
    /// - Returns: how many did not pass.
    @available(*, noasync) @discardableResult
    public final func checkIdle() throws -> Int {
        var failed = 0
        let checks = change { now in
            idle.all.map { slot in
                startCheck(slot, now)
                return spawn { [self] in
                    slot.holder = ObjectIdentifier(AnyGreenlet.current)
                    var failure: (any Error)?
                    do {
                        try withTimeout(configuration.validationTimeout) { try run(.validate, on: slot) }
                    } catch {
                        failure = error
                        failed += 1
                    }
                    finishCheck(slot, failure, after: nil)
                }
            }
        }
        for check in checks { check.name = "\(name).validate" }
        try joinAll(checks)
        return failed
    }
}

extension ConnectionPool {
    /// Has the connections go for which `isMeant` is true, as broken: idle ones now, borrowed ones when they come back.
    /// For what is known from elsewhere, a server's notice, say.
    ///
    /// - Returns: how many there are.
    @discardableResult
    public final func evict(where isMeant: (Connection) -> Bool) -> Int {
        let slots = slots.filter { slot in
            (slot as? ConnectionSlot<Connection>)?.connection.map(isMeant) ?? false
        }
        change { now in
            for slot in slots where slot.state != .closing {
                slot.isCondemned = true
                if idle.remove(slot) { discard(slot, nil, nil, now) }
            }
        }
        return slots.count
    }

    /// What the pool knows of each connection that it has: for hooks, which are given the connection alone, and for those
    /// that iterate over all.
    public final func details(where isMeant: (Connection) -> Bool) -> [ConnectionDetails<Connection>] {
        let now = Hub.freshTime
        return slots.compactMap { slot in
            guard let connection = (slot as? ConnectionSlot<Connection>)?.connection, isMeant(connection) else {
                return nil
            }
            return ConnectionDetails(
                connection: connection, age: .nanoseconds(now - slot.since), unusedFor: .nanoseconds(now - slot.usedAt),
                uses: slot.uses, isLeased: slot.state == .leased)
        }
    }
}

extension ConnectionPool where Connection: AnyObject {
    /// Has this connection go as broken, now or when it comes back; false if the pool does not have it.
    @discardableResult
    public final func evict(_ connection: Connection) -> Bool { evict { $0 === connection } > 0 }

    /// What the pool knows of this connection; nil if it does not have it.
    public final func details(of connection: Connection) -> ConnectionDetails<Connection>? {
        details { $0 === connection }.first
    }
}

/// What a pool knows of a connection, at one moment.
public struct ConnectionDetails<Connection> {
    /// Which.
    public let connection: Connection
    /// Since it was made.
    public let age: Duration
    /// Since it was last borrowed or came back.
    public let unusedFor: Duration
    /// How often it was borrowed.
    public let uses: Int
    /// Whether somebody has it.
    public let isLeased: Bool
}
