internal import Gevent
internal import Logging

extension ConnectionPool {
    func report(_ kind: PoolEvent.Kind, _ connection: Int, _ span: Nanoseconds?) {
        let event = PoolEvent(
            pool: name, connection: connection > 0 ? PoolEvent.ConnectionID(number: connection) : nil, kind: kind,
            duration: span.map { .nanoseconds($0) }, waiters: machine.waiters.count)
        if let logger { log(event, logger) }
        observer?.observe(event)
    }

    private func log(_ event: PoolEvent, _ logger: Logger) {
        var metadata: Logger.Metadata = ["pool": "\(event.pool)"]
        if let connection = event.connection { metadata["connection"] = "\(connection)" }
        let (level, text): (Logger.Level, Logger.Message)
        switch event.kind {
        case .connecting: (level, text) = (.debug, "connecting")
        case .connected: (level, text) = (.debug, "connected")
        case .connectFailed(let error):
            metadata["error"] = "\(error)"
            // One that goes on being refused or down was said once.
            (level, text) = (machine.failuresInARow <= 1 ? .info : .debug, "connecting failed")
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
        case .breakerOpened: (level, text) = (.info, "no connection: one slot tries")
        case .breakerClosed: (level, text) = (.info, "there is a connection again")
        }
        // Put together only for a line that is written.
        logger.log(level: level, text, metadata: metadata.merging(["stats": "\(statistics.summary)"]) { $1 })
    }

    /// The first failure after a success goes to the hub's handler of unhandled errors if nobody else hears of it, as in
    /// the original each did.
    func reportFirstFailure(_ error: any Error) {
        guard machine.failuresInARow == 1, !machine.isObserved, !isClosed, !(error is NoConnection) else { return }
        let greenlet = Greenlet<Void> { throw error }
        greenlet.name = "\(name).newConnection"
        greenlet.start()
    }
}
