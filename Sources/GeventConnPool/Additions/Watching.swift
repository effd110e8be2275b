internal import Gevent
public import Logging

/// Tells observer and logger what happens, once each change is over.
final class Watching: Addition {
    private unowned let pool: AnyConnectionPool
    var observer: (any PoolObserver)? { didSet { pool.additionsChanged() } }
    var logger: Logger? { didSet { pool.additionsChanged() } }
    var reportsFailures = true
    /// Connects that failed since one succeeded.
    private var failuresInARow = 0

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    private var isWatched: Bool { observer != nil || logger != nil }

    override var hearsLending: Bool { isWatched }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connectFailed: failuresInARow += 1
        case .connected: failuresInARow = 0
        default: break
        }
        guard isWatched else { return }
        switch what {
        case .other(let failure as GoodbyeFailed):
            logger?.debug(
                "a connection could not be retired gracefully",
                metadata: ["pool": "\(pool.name)", "error": "\(failure.error)"])
        case .returned, .discarded, .retiring:
            guard let slot, slot.notes.isOverdue else { break }
            slot.notes.isOverdue = false
            tell(.leakCleared(file: "\(slot.site.file)", line: slot.site.line), slot, nil)
        default: break
        }
        if let kind = Self.kind(what) { tell(kind, slot, span) }
    }

    private func tell(_ kind: PoolEvent.Kind, _ slot: Slot?, _ span: Nanoseconds?) {
        let event = PoolEvent(
            pool: pool.name, connection: slot.map { PoolEvent.ConnectionID(number: $0.number) }, kind: kind,
            duration: span.map { .nanoseconds($0) }, waiters: pool.waiting)
        let isNews = failuresInARow <= 1
        pool.tellLater { [observer, logger, unowned pool] in
            if let logger { Self.log(event, logger, pool, isNews) }
            observer?.observe(event)
        }
    }

    private static func kind(_ what: Happening) -> PoolEvent.Kind? {
        switch what {
        case .connecting: .connecting
        case .connected: .connected
        case .connectFailed(let error, _): .connectFailed(error)
        case .leased: .leased
        case .returned: .returned
        case .checking: .checking
        case .checked: .checked
        case .discarded(let error, _): .discarded(error)
        case .retiring: .retiring
        case .closed: .closed
        case .waiting: .waiting
        case .exhausted: .exhausted
        case .gaveUp: .gaveUp
        case .other(let kind): kind as? PoolEvent.Kind
        }
    }

    private static func log(_ event: PoolEvent, _ logger: Logger, _ pool: AnyConnectionPool, _ isNews: Bool) {
        var metadata: Logger.Metadata = ["pool": "\(event.pool)"]
        if let connection = event.connection { metadata["connection"] = "\(connection)" }
        let (level, text): (Logger.Level, Logger.Message)
        switch event.kind {
        case .connecting: (level, text) = (.debug, "connecting")
        case .connected: (level, text) = (.debug, "connected")
        case .connectFailed(let error):
            metadata["error"] = "\(error)"
            // One that goes on being refused or down was said once.
            (level, text) = (isNews ? .info : .debug, "connecting failed")
        case .leased: (level, text) = (.trace, "leased")
        case .returned: (level, text) = (.trace, "returned")
        case .checking: (level, text) = (.trace, "checking")
        case .checked: (level, text) = (.trace, "checked")
        case .discarded(let error):
            if let error { metadata["error"] = "\(error)" }
            (level, text) = (.debug, "discarded")
        case .retiring: (level, text) = (.debug, "retiring")
        case .closed: (level, text) = (.debug, "closed")
        case .waiting: (level, text) = (.trace, "a borrower waits")
        case .exhausted: (level, text) = (.debug, "a borrower got no connection")
        case .gaveUp: (level, text) = (.trace, "a borrower waits no more")
        case .leaked(let file, let line):
            metadata["borrowed"] = "\(file):\(line)"
            (level, text) = (.info, "a connection is borrowed for too long")
        case .leakCleared(let file, let line):
            metadata["borrowed"] = "\(file):\(line)"
            (level, text) = (.info, "a connection that was borrowed for too long is no more")
        case .breakerOpened: (level, text) = (.info, "no connection: one connect at a time is tried")
        case .breakerClosed: (level, text) = (.info, "there is a connection again")
        }
        // Put together only for a line that is written.
        logger.log(level: level, text, metadata: metadata.merging(["stats": "\(pool.statistics.summary)"]) { $1 })
    }

    /// The first failure after a success goes to the hub's handler of unhandled errors if nobody else hears of it, as in
    /// the original each did.
    override func failed(_ error: any Error) {
        guard reportsFailures, !isWatched, failuresInARow == 1, !pool.isClosed, !(error is NoConnection) else {
            return
        }
        let greenlet = Greenlet<Void> { throw error }
        greenlet.name = "\(pool.name).newConnection"
        greenlet.start()
    }
}

extension AnyConnectionPool {
    private var watching: Watching? { addition(Watching.self) }

    /// Where to log: connects, failures and leaks at info, other events of connections at debug, those of borrowers at
    /// trace. nil, the default: nowhere.
    public final var logger: Logger? {
        get { watching?.logger }
        set { watching?.logger = newValue }
    }
    /// Is told all that happens; nil, the default, for nobody.
    public final var observer: (any PoolObserver)? {
        get { watching?.observer }
        set { watching?.observer = newValue }
    }
    /// Whether the first of a row of failed connects goes to the hub's handler of unhandled errors when the pool has
    /// neither logger nor observer. True by default; false where borrowers tell of it.
    public final var reportsFailures: Bool {
        get { watching?.reportsFailures ?? true }
        set { watching?.reportsFailures = newValue }
    }
}
