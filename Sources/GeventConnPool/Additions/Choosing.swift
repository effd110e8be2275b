internal import Gevent

/// An addition that has an opinion on which idle connection is lent.
class Judge: Addition {
    /// May this idle connection be lent now? The worst answer counts.
    enum Fitness: Int { case good, overdue, afterCheck }

    override var isJudge: Bool { true }
    func fitness(_ slot: Slot, _ now: Nanoseconds) -> Fitness { .good }
    /// Shows a connection that may be lent after a check only to whatever shows whether it works.
    func check(_ slot: Slot) throws {}
}

/// Lends the first idle connection that may be lent as it is, before those that must be checked, wherever they stand. Only
/// where there is none are some checked, one for each borrower that waits.
final class Choosing: Addition, Chooser {
    private unowned let pool: AnyConnectionPool
    private let judges: [Judge]
    private let isLIFO: Bool
    /// Checks for borrowers that wait.
    private var checks = 0

    init(_ pool: AnyConnectionPool, _ judges: [Judge]) {
        self.pool = pool
        self.judges = judges
        isLIFO = pool.configuration.base.isLIFO
    }

    func choose(_ idle: SlotQueue, _ now: Nanoseconds) -> Int? {
        var overdue: Int?
        for offset in 0..<idle.count {
            let index = isLIFO ? idle.count - 1 - offset : offset
            guard let slot = idle[index] else { continue }
            switch fitness(slot, now) {
            case .good: return index
            case .overdue: overdue = overdue ?? index
            case .afterCheck: break
            }
        }
        return overdue
    }

    private func fitness(_ slot: Slot, _ now: Nanoseconds) -> Judge.Fitness {
        var worst = Judge.Fitness.good
        for judge in judges {
            let fitness = judge.fitness(slot, now)
            if fitness.rawValue > worst.rawValue { worst = fitness }
        }
        return worst
    }

    func makeFit(_ demand: Int, _ now: Nanoseconds) {
        while demand > checks {
            let mustBeChecked = { [judges] (slot: Slot) in judges.contains { $0.fitness(slot, now) == .afterCheck } }
            guard let slot = isLIFO ? pool.idle.last(where: mustBeChecked) : pool.idle.first(where: mustBeChecked)
            else { return }
            pool.startCheck(slot, now)
            slot.notes.isCheckedForWaiter = true
            checks += 1
            begin(slot, now)
        }
    }

    private func begin(_ slot: Slot, _ now: Nanoseconds) {
        let judges = judges.filter { $0.fitness(slot, now) == .afterCheck }
        pool.work(on: slot, "validate") { [weak pool] in
            let failure = try AnyConnectionPool.failure {
                // Closed meanwhile: it need not work any more.
                if pool?.isClosed == false { for judge in judges { try judge.check(slot) } }
            }
            pool?.finishCheck(slot, failure, after: nil)
        }
    }

    /// How many connections are being checked for borrowers that wait.
    var underWay: Int { checks }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .checked, .discarded:
            guard let slot, slot.notes.isCheckedForWaiter else { return }
            slot.notes.isCheckedForWaiter = false
            checks -= 1
        default: break
        }
    }

    override func startAnew() { checks = 0 }
}

extension SlotQueue {
    /// All of them, in order.
    var all: [Slot] { elements[head...].compactMap(\.self) }

    func last(where isMeant: (Slot) -> Bool) -> Slot? { elements[head...].last { $0.map(isMeant) == true } ?? nil }
}
