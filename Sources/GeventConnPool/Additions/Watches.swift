internal import Gevent

/// Greenlets that wait until the pool is as they want it: looked at after every change.
final class Watches: Addition {
    private struct Watch {
        let greenlet: AnyGreenlet
        let wanted: Int
        let isOver: (AnyConnectionPool) -> Bool
    }

    private unowned let pool: AnyConnectionPool
    private var watches: [Watch] = []
    /// Counted up at each refused login.
    private(set) var refusals = 0

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    override var leastWanted: Int { watches.reduce(0) { max($0, $1.wanted) } }

    override func lookLast() {
        for watch in watches where watch.isOver(pool) { unparkGreenlet(watch.greenlet) }
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        if case .connectFailed(_, isRefusal: true) = what { refusals += 1 }
    }

    /// Parks the calling greenlet until it is so, or `end`; says whether it is so.
    func wait(
        until end: Nanoseconds, wanting wanted: Int = 0, _ isOver: @escaping (AnyConnectionPool) -> Bool
    ) throws -> Bool {
        let greenlet = AnyGreenlet.current
        while !isOver(pool) {
            watches.append(Watch(greenlet: greenlet, wanted: wanted, isOver: isOver))
            pool.change { _ in }
            defer {
                watches.removeAll { $0.greenlet === greenlet }
                if wanted > 0 { pool.change { _ in } }
            }
            if try !parkCurrent(until: end == .never ? nil : end) { return isOver(pool) }
        }
        return true
    }
}

extension AnyConnectionPool {
    @available(*, noasync) @discardableResult
    final func wait(until end: Nanoseconds, _ isOver: @escaping (AnyConnectionPool) -> Bool) throws -> Bool {
        try addition(Watches.self)?.wait(until: end, isOver) ?? true
    }

    /// Waits until `count` connections are open, borrowed or not, and has them made though nobody borrows: the probe at a
    /// program's start. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - count: nil, the default: as many as are kept open without demand. More than the pool's size count as that.
    ///   - timeout: nil, the default: for as long as it takes.
    /// - Throws: `PoolExhausted` when the timeout is over, `PoolUnavailable` when a login is refused meanwhile,
    ///   `PoolClosed`.
    @available(*, noasync)
    public final func waitUntilReady(_ count: Int? = nil, timeout: Duration? = nil) throws {
        guard let watches = addition(Watches.self) else { return }
        let start = Hub.freshTime
        let refusals = watches.refusals
        let isReady = { (pool: AnyConnectionPool) in
            pool.liveCount >= min(count ?? pool.configuration.minimumSize ?? pool.size, pool.size)
        }
        let isInTime = try watches.wait(until: start.after(Nanoseconds(timeout)), wanting: count ?? 0) {
            isReady($0) || $0.isClosed || watches.refusals != refusals
        }
        if isClosed { throw PoolClosed(pool: name) }
        if isReady(self) { return }
        if isInTime { throw PoolUnavailable(lastConnectError: lastConnectError, pool: name) }
        throw exhausted(.nanoseconds(Hub.freshTime - start), .notReady(count ?? size))
    }
}
