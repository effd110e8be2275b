import Gevent

@testable import GeventConnPool

/// A small pool whose every next thing is decided from outside: a connect ends when it is told to, a borrower returns,
/// fails or is killed, a second passes. The pool is the real one, the time virtual.
@available(*, noasync)
final class Interleaving {
    enum Event: Hashable {
        /// The attempt that began first succeeds, fails.
        case connect, fail
        /// A borrower brings its connection back, as good or as broken; it is killed, wherever it is.
        case giveBack(Int), discard(Int), kill(Int)
        /// A second passes: a reconnect falls due, a borrower's time is over.
        case tick
        case close
    }

    private enum Borrower: Hashable { case waiting, holding, done }
    private struct Failed: Error {}

    private let pool: FakePool
    private let server = FakeServer()
    private let size: Int
    private var borrowers: [Borrower]
    private var greenlets: [AnyGreenlet] = []
    private var commands: [AsyncResult<Bool>]
    private var attempts: [AsyncResult<Bool>] = []
    private var held: [Int] = []
    private var served: [Int] = []
    private var ticks = 0
    private(set) var failures: [String] = []

    init(_ size: Int, borrowers count: Int, _ configure: (inout PoolConfiguration) -> Void) throws {
        self.size = size
        borrowers = Array(repeating: .waiting, count: count)
        commands = (0..<count).map { _ in AsyncResult() }
        pool = FakePool(size, server) { c in
            c.spawnFrequency = .zero
            configure(&c)
        }
        pool.onConnect = { [unowned self] in
            let attempt = AsyncResult<Bool>()
            attempts.append(attempt)
            defer { attempts.removeAll { $0 === attempt } }
            if try !attempt.get() { throw SocketError("made up") }
        }
        for n in 0..<count {
            greenlets.append(spawn { [unowned self] in try borrow(n) })
            try settleDown()
        }
    }

    private func borrow(_ n: Int) throws {
        defer { borrowers[n] = .done }
        try pool.get(timeout: .milliseconds(2_500)) { c in
            if held.contains(c.number) { failures.append("#\(c.number) is lent twice") }
            if served.contains(where: { $0 > n }) { failures.append("\(n) is served after \(served)") }
            served.append(n)
            held.append(c.number)
            borrowers[n] = .holding
            defer { held.removeAll { $0 == c.number } }
            if try !commands[n].get() { throw SocketError("broken") }
        }
    }

    private func settleDown() throws { for _ in 0..<6 { try yield() } }

    /// Each two that are equal can do the same from here on, but for what the time has come to.
    var key: [Int] {
        let s = pool.statistics
        return [s.idle, s.leased, s.connecting, s.retiring, s.waitingToConnect, s.size, pool.isClosed ? 1 : 0, ticks]
            + borrowers.map { $0 == .waiting ? 0 : $0 == .holding ? 1 : 2 }
    }

    var possible: [Event] {
        var events: [Event] = attempts.isEmpty ? [] : [.connect, .fail]
        for (n, borrower) in borrowers.enumerated() {
            switch borrower {
            case .holding: events += [.giveBack(n), .discard(n), .kill(n)]
            case .waiting: events.append(.kill(n))
            case .done: break
            }
        }
        if ticks < 4 { events.append(.tick) }
        return pool.isClosed ? events : events + [.close]
    }

    func perform(_ event: Event) throws {
        switch event {
        case .connect: attempts.first?.set(true)
        case .fail: attempts.first?.set(false)
        case .giveBack(let n): commands[n].set(true)
        case .discard(let n): commands[n].set(false)
        case .kill(let n): greenlets[n].killNoWait()
        case .tick:
            ticks += 1
            try sleep(for: .seconds(1))
        case .close: pool.closeNoWait()
        }
        try settleDown()
        check()
    }

    private func check() {
        let s = pool.statistics
        func require(_ condition: Bool, _ text: String) { if !condition { failures.append("\(text): \(s)") } }
        require(
            s.size == s.idle + s.leased + s.connecting + s.checking + s.retiring + s.waitingToConnect,
            "the gauges do not add up")
        require(s.waiters == borrowers.count { $0 == .waiting }, "the number of waiters is wrong")
        require(s.leased == held.count, "\(held.count) are held")
        require(server.mostAlive <= size, "\(server.mostAlive) were alive")
        require(s.waiters == 0 || s.idle == 0, "somebody waits beside an idle connection")
        require(s.waiters == 0 || s.leased + s.connecting + s.waitingToConnect > 0, "somebody waits for nothing")
        if pool.isClosed { require(s.waiters == 0 && s.idle == 0, "closed, and waiters or idle connections") }
    }

    /// Lets everything end well; afterwards the pool must be full, or gone if it is closed.
    func settle() throws {
        for _ in 0..<20 {
            for attempt in attempts { attempt.set(true) }
            for (n, borrower) in borrowers.enumerated() where borrower == .holding { commands[n].set(true) }
            try sleep(for: .milliseconds(200))
        }
        let s = pool.statistics
        if borrowers.contains(where: { $0 != .done }) { failures.append("quiet, and not everybody is through: \(s)") }
        if pool.isClosed {
            if s.size != 0 || server.alive != 0 { failures.append("quiet and closed, and not empty: \(s)") }
        } else if s.idle != (pool.configuration.minimumSize ?? size), pool.configuration.minimumSize == nil {
            failures.append("quiet, and not full: \(s)")
        }
    }

    /// Nobody is left behind.
    func end() throws {
        for greenlet in greenlets { greenlet.killNoWait() }
        try pool.close(timeout: .seconds(1))
        try joinAll(greenlets)
        pool.onConnect = nil
    }
}
