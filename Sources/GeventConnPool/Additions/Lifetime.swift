/// Connections that are too old, idle for too long or used too often are retired, a part of the pool at a time.
final class Lifetime: Judge {
    struct Options: PoolOptions {
        var maximumLifetime: Duration?
        var idleLimit: Duration?
        var usesLimit: Int?

        func addition(to pool: AnyConnectionPool) -> Addition? { Lifetime(pool) }

        func validate(size: Int) throws {
            try ensure(maximumLifetime, "maximumLifetime")
            try ensure(idleLimit, "idleLimit")
            try ensure(usesLimit ?? 1 >= 1, "usesLimit must be at least 1")
        }
    }

    private unowned let pool: AnyConnectionPool
    private var due = Nanoseconds.never

    private var options: Options

    init(_ pool: AnyConnectionPool) {
        self.pool = pool
        options = pool.configuration[Options.self]
    }

    override func reconfigured() { options = pool.configuration[Options.self] }

    /// Whether one more may be missing: where it is replaced, others must go on working.
    private var mayReplace: Bool {
        pool.liveCount > pool.floor || pool.slotCount - pool.liveCount < max(1, pool.size / 4)
    }

    override var hearsLending: Bool { true }

    override func fitness(_ slot: Slot, _ now: Nanoseconds) -> Fitness { now < slot.notes.expiresAt ? .good : .overdue }

    override func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? {
        if let limit = options.usesLimit, slot.uses >= limit { return "uses" }
        return now >= slot.notes.expiresAt && mayReplace ? "lifetime" : nil
    }

    override func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {
        switch what {
        case .connected:
            guard let slot else { return }
            let jitter = pool.configuration.jitter
            slot.notes.expiresAt = now.after(jittered(Nanoseconds(options.maximumLifetime), jitter, pool.random))
            slot.notes.idleLimit = jittered(Nanoseconds(options.idleLimit), jitter, pool.random)
            noteDue(slot)
        case .returned, .checked: if let slot { noteDue(slot) }
        default: break
        }
    }

    private func noteDue(_ slot: Slot) {
        let time = min(slot.notes.expiresAt, slot.usedAt.after(slot.notes.idleLimit))
        guard time < due else { return }
        due = time
        pool.lookAgain(at: time)
    }

    override func look(_ now: Nanoseconds) -> Nanoseconds {
        guard due <= now else { return due }
        due = .never
        for slot in pool.idle.all {
            let isOld = slot.notes.expiresAt <= now
            let time = min(slot.notes.expiresAt, slot.usedAt.after(slot.notes.idleLimit))
            if time > now {
                due = min(due, time)
            } else if mayReplace {
                pool.idle.remove(slot)
                pool.retire(slot, isOld ? "lifetime" : "idle", now)
            } else {
                // As soon as those before it are replaced, which is a change and a look.
                due = now
            }
        }
        return due <= now ? .never : due
    }
}

extension PoolConfiguration {
    private var lifetime: Lifetime.Options {
        get { self[Lifetime.Options.self] }
        set { self[Lifetime.Options.self] = newValue }
    }

    /// A connection that is older is retired when nobody has it; over zero, changed by `jitter` for each connection.
    /// Of those that are replaced then no more than a quarter of the pool is missing at a time; the others are lent
    /// meanwhile if no younger one is idle. nil, the default: never.
    public var maximumLifetime: Duration? {
        get { lifetime.maximumLifetime }
        set { lifetime.maximumLifetime = newValue }
    }
    /// A connection that nobody borrowed for that long is retired; over zero, changed by `jitter`. One that the pool
    /// keeps without demand (`minimumSize`, without it the whole size) is replaced, a quarter of the pool at a time.
    /// nil, the default: never.
    public var idleLimit: Duration? {
        get { lifetime.idleLimit }
        set { lifetime.idleLimit = newValue }
    }
    /// A connection that was borrowed so often is retired when it comes back; at least 1. nil, the default: never.
    public var usesLimit: Int? {
        get { lifetime.usesLimit }
        set { lifetime.usesLimit = newValue }
    }
}
