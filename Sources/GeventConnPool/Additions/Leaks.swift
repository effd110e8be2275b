/// Reports leases that are held for too long, with their borrow site.
final class Leaks: Addition {
    struct Options: PoolOptions {
        var threshold: Duration?

        func addition(to pool: AnyConnectionPool) -> Addition? { threshold.map { Leaks(pool, Nanoseconds($0)) } }
        func validate(size: Int) throws { try ensure(threshold, "leakThreshold") }
    }

    private unowned let pool: AnyConnectionPool
    private let threshold: Nanoseconds
    private var due = Nanoseconds.never

    private init(_ pool: AnyConnectionPool, _ threshold: Nanoseconds) {
        self.pool = pool
        self.threshold = threshold
    }

    // Watching tells of the end of one that was reported.
    override var hearsLending: Bool { true }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .leased:
            slot?.notes.isOverdue = false
            let time = now.after(threshold)
            guard time < due else { return }
            due = time
            pool.lookAgain(at: time)
        default: break
        }
    }

    override func look(_ now: Nanoseconds) -> Nanoseconds {
        guard due <= now else { return due }
        due = .never
        for slot in pool.slots where slot.state == .leased && !slot.notes.isOverdue {
            let time = slot.usedAt.after(threshold)
            if time > now {
                due = min(due, time)
            } else {
                slot.notes.isOverdue = true
                pool.note(.other(PoolEvent.Kind.leaked(file: "\(slot.site.file)", line: slot.site.line)), slot, now)
            }
        }
        return due
    }
}

extension PoolConfiguration {
    /// A lease that is held longer is reported to `observer` and `logger`, once, with its borrow site, and again when
    /// it ends; over zero. nil, the default: none is.
    public var leakThreshold: Duration? {
        get { self[Leaks.Options.self].threshold }
        set { self[Leaks.Options.self].threshold = newValue }
    }
}
