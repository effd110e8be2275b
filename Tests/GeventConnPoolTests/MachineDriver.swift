import Gevent

@testable import GeventConnPool

/// Plays the pool to a `PoolMachine`: borrowers, workers and hooks as bookkeeping, without greenlets and time of their
/// own. Each thing that can happen next is an event; the invariants are looked at after each.
final class MachineDriver {
    enum Event: Hashable {
        /// The next borrower comes.
        case ask
        /// A borrower brings its connection back: as good, or as broken.
        case giveBack(Int), discard(Int)
        /// A waiter's time is over; it is killed, maybe with a connection already given to it; it runs.
        case timeOut(Int), kill(Int), run(Int)
        /// A slot's time has come; its connect succeeds or fails; its connection is closed; its check passes or not.
        case due(Int), connect(Int), fail(Int), dispose(Int), pass(Int), find(Int)
        case close, resize(Int), invalidate
        /// Others who share an allowance want a connection: the next one that comes back.
        case recall
    }

    enum Borrower: Hashable {
        case outside, waiting, handed(Int), holding(Int), done
    }

    /// What a slot's worker is at.
    enum Work: Hashable {
        case none, waiting(Bool), connecting, checking, disposing
    }

    let machine: PoolMachine
    private(set) var now: Int64 = 1_000_000_000
    private(set) var borrowers: [Borrower] = []
    private var waiters: [Waiter] = []
    private(set) var work: [Work]
    private var dues: [Int64]
    private(set) var failures: [String] = []
    private var lastServed = -1
    private let most: Int
    var isShared = false

    /// - Parameters:
    ///   - count: borrowers that ask before anything else happens.
    ///   - late: borrowers that ask at some time, one after the other.
    init(_ size: Int, borrowers count: Int, late: Int = 0, most: Int? = nil, _ configuration: PoolConfiguration) {
        self.most = most ?? size
        machine = PoolMachine(rules: PoolRules(configuration, frequency: .zero))
        work = Array(repeating: .none, count: self.most)
        dues = Array(repeating: .max, count: self.most)
        machine.start(size, now)
        carryOut()
        borrowers = Array(repeating: .outside, count: count + late)
        for _ in 0..<count { ask() }
        check()
    }

    /// As `ConnectionPool.borrow` does.
    private func ask() {
        guard let n = borrowers.firstIndex(of: .outside) else { return }
        let waiter = Waiter(nil, site: BorrowSite(file: "", line: 0), since: now)
        waiters.append(waiter)
        if let slot = machine.take(now, nil, waiter.site) {
            served(n)
            borrowers[n] = .holding(slot)
            carryOut()
            return
        }
        borrowers[n] = .waiting
        if machine.wait(waiter, now) != nil {
            require(machine.isClosed, "a borrower was refused")
            borrowers[n] = .done
        }
        carryOut()
    }

    private func served(_ n: Int) {
        require(n > lastServed, "borrower \(n) is served after \(lastServed)")
        lastServed = n
    }

    /// Each two that are equal can do the same from here on.
    var key: [Int] {
        var key = [machine.isClosed ? 1 : 0, machine.size, machine.recall == .nothing ? 0 : 1]
        for borrower in borrowers {
            switch borrower {
            case .waiting: key.append(-1)
            case .done: key.append(-2)
            case .outside: key.append(-3)
            case .handed(let slot): key.append(slot)
            case .holding(let slot): key.append(100 + slot)
            }
        }
        for (slot, one) in machine.slots.enumerated() {
            let state =
                switch one.state {
                case .vacant, .inherited: 0
                case .waitingToConnect(let due): due == .never ? 1 : 2
                case .connecting: 3
                case .idle: 4
                case .leased: 5
                case .checking: 6
                case .retiring(let gracefully, _): gracefully ? 7 : 8
                }
            let isOld = one.generation != machine.generation
            key.append(state * 4 + (one.isDoomed ? 2 : 0) + (isOld ? 1 : 0))
            switch work[slot] {
            case .none: key.append(0)
            case .waiting(let isDue): key.append(isDue ? 1 : 2)
            case .connecting: key.append(3)
            case .checking: key.append(4)
            case .disposing: key.append(5)
            }
        }
        var slot = machine.idleFirst
        while slot >= 0 {
            key.append(slot)
            slot = machine.slots[slot].next
        }
        return key
    }

    func possibleEvents(resizing: Bool) -> [Event] {
        var events: [Event] = borrowers.contains(.outside) ? [.ask] : []
        for (n, borrower) in borrowers.enumerated() {
            switch borrower {
            case .waiting: events += [.timeOut(n), .kill(n)]
            case .handed: events += [.run(n), .kill(n)]
            case .holding: events += [.giveBack(n), .discard(n), .kill(n)]
            case .done, .outside: break
            }
        }
        for (slot, work) in work.enumerated() {
            switch work {
            case .none, .waiting(false): break
            case .waiting(true): events.append(.due(slot))
            case .connecting: events += [.connect(slot), .fail(slot)]
            case .checking: events += [.pass(slot), .find(slot)]
            case .disposing: events.append(.dispose(slot))
            }
        }
        if !machine.isClosed {
            events.append(.close)
            if isShared, machine.recall == .nothing { events.append(.recall) }
            if resizing { events += [.invalidate] + (1...most).filter { $0 != machine.size }.map(Event.resize) }
        }
        return events
    }

    /// - Parameter isChecked: false on the way to a state that was looked at before.
    func perform(_ event: Event, isChecked: Bool = true) {
        now += 1
        switch event {
        case .ask: ask()
        case .giveBack(let n): giveBack(n, .good)
        case .discard(let n): giveBack(n, .broken(nil))
        case .timeOut(let n):
            machine.exhaust(waiters[n])
            borrowers[n] = .done
        case .kill(let n):
            if case .holding = borrowers[n] {
                giveBack(n, .broken(nil))
            } else {
                machine.abandon(waiters[n], now)
                borrowers[n] = .done
            }
        case .run(let n): if case .handed(let slot) = borrowers[n] { borrowers[n] = .holding(slot) }
        case .due(let slot):
            now = max(now, dues[slot])
            ask(slot)
        case .connect(let slot):
            machine.connected(slot, now)
            ask(slot)
        case .fail(let slot):
            machine.connectFailed(slot, NoConnection(), isRefusal: false, now)
            ask(slot)
        case .dispose(let slot):
            machine.disposed(slot, now)
            ask(slot)
        case .pass(let slot):
            machine.validated(slot, nil, now)
            ask(slot)
        case .find(let slot):
            machine.validated(slot, ValidationFailed(), now)
            ask(slot)
        case .close: machine.close(now)
        case .resize(let size): machine.resize(to: size, now)
        case .invalidate: machine.invalidateAll(now)
        case .recall: machine.recall = .always
        }
        carryOut()
        if isChecked { check() }
    }

    private func giveBack(_ n: Int, _ verdict: PoolMachine.Verdict) {
        guard case .holding(let slot) = borrowers[n] else { return }
        borrowers[n] = .done
        machine.giveBack(slot, verdict, now)
    }

    private func ask(_ slot: Int) {
        switch machine.nextStep(slot, now, ObjectIdentifier(machine)) {
        case .wait(let end):
            work[slot] = .waiting(end != .never)
            dues[slot] = end
        case .connect: work[slot] = .connecting
        case .validate: work[slot] = .checking
        case .dispose: work[slot] = .disposing
        case .end: work[slot] = .none
        }
    }

    private func carryOut() {
        while machine.wake != nil || !machine.effects.isEmpty {
            let first = machine.takeWake().map { [PoolMachine.Effect.wake($0.takeUnretainedValue())] } ?? []
            let effects = first + machine.effects
            machine.effects = []
            for effect in effects {
                switch effect {
                case .wake(let waiter):
                    guard let n = waiters.firstIndex(where: { $0 === waiter }) else { continue }
                    switch waiter.outcome {
                    case .leased(let slot):
                        served(n)
                        borrowers[n] = .handed(slot)
                    case .refused: borrowers[n] = .done
                    case .waiting, .left: failures.append("a waiter is woken for nothing")
                    }
                case .work(let slot):
                    switch work[slot] {
                    case .none, .waiting: ask(slot)
                    case .connecting, .checking, .disposing: break
                    }
                case .interrupt, .keepalive, .maintain, .ready, .drained, .observe, .demand, .recalled, .forget:
                    break
                }
            }
        }
    }

    // MARK: Invariants

    private func require(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { failures.append(text()) }
    }

    private func check() {
        let s = machine.statistics()
        require(
            s.size == s.idle + s.leased + s.connecting + s.checking + s.retiring + s.waitingToConnect,
            "the gauges do not add up: \(s)")
        require(machine.live == s.idle + s.leased + s.checking, "live is \(machine.live)")
        require(machine.connecting == s.connecting, "connecting is \(machine.connecting)")
        require(machine.connecting <= machine.rules.maximumConnects, "\(machine.connecting) connect at once")
        require(s.waiters == borrowers.count { $0 == .waiting }, "the number of waiters is wrong")
        let doomed = machine.slots.count { $0.isDoomed && $0.state != .vacant }
        require(machine.isClosed ? doomed == s.size : s.size - doomed == machine.size, "the size is wrong")
        let dormant = machine.slots.count { $0.state == .waitingToConnect(due: .never) }
        require(machine.dormant == dormant, "dormant is \(machine.dormant)")
        let validations = machine.slots.count { $0.state == .checking(.validation) }
        require(machine.validations == validations, "validations is \(machine.validations)")
        checkIdleList(s.idle)
        checkHolders(s)
        if s.waiters > 0, machine.isLending {
            require(s.idle == 0 || s.checking >= s.waiters, "somebody waits although something is idle")
            let isComing = s.connecting + s.checking + s.retiring + s.leased + s.waitingToConnect - dormant > 0
            require(isComing, "somebody waits for nothing")
        }
        if machine.isClosed { require(s.waiters == 0 && s.idle == 0, "a closed pool has waiters or idle connections") }
    }

    private func checkIdleList(_ count: Int) {
        var (slot, previous, length) = (machine.idleFirst, -1, 0)
        while slot >= 0, length <= count {
            require(machine.slots[slot].state == .idle, "what is not idle is in the idle list")
            require(machine.slots[slot].previous == previous, "the idle list is broken")
            (previous, slot) = (slot, machine.slots[slot].next)
            length += 1
        }
        require(length == count && machine.idleLast == previous, "the idle list is not what is idle")
    }

    private func checkHolders(_ s: PoolStatistics) {
        var leased: [Int] = []
        for borrower in borrowers {
            switch borrower {
            case .handed(let slot), .holding(let slot): leased.append(slot)
            case .waiting, .done, .outside: break
            }
        }
        require(Set(leased).count == leased.count, "one connection has two borrowers")
        require(leased.count == s.leased, "\(s.leased) are leased, \(leased.count) borrowed")
        for (slot, one) in machine.slots.enumerated() {
            switch one.state {
            case .leased: require(leased.contains(slot), "slot \(slot) is leased to nobody")
            case .waitingToConnect(let due) where due != .never:
                require(work[slot] != .none, "slot \(slot) has no worker")
            case .waitingToConnect, .vacant, .idle, .inherited: break
            case .connecting: require(work[slot] == .connecting, "slot \(slot) connects by nobody")
            case .checking: require(work[slot] == .checking, "slot \(slot) is checked by nobody")
            case .retiring: require(work[slot] == .disposing, "slot \(slot) is retired by nobody")
            }
        }
    }

    /// Lets everything end well; afterwards the pool must be full, or gone if it is closed.
    func settle() {
        for _ in 0..<1000 {
            let events = possibleEvents(resizing: false).filter {
                switch $0 {
                case .ask, .run, .giveBack, .due, .connect, .dispose, .pass: true
                default: false
                }
            }
            guard let next = events.first else { break }
            perform(next)
        }
        let s = machine.statistics()
        if borrowers.contains(where: { $0 != .done }) { failures.append("quiet, and not everybody was served: \(s)") }
        if machine.isClosed {
            if s.size != 0 { failures.append("quiet and closed, and not empty: \(s)") }
        } else if machine.live < machine.rules.minimumSize ?? machine.size || s.idle != machine.live {
            failures.append("quiet, and not full: \(s)")
        }
    }
}
