internal import Gevent

/// What pools of any connections have in common: which connections there are, who waits, and the one comparison of what
/// is wanted with what is under way. `ConnectionPool` is what one makes.
///
/// Nobody passes turns here. The state says what is wanted (a size, borrowers that wait) and what there is (slots); after
/// every change `reconcile` compares the two and begins, hands over or lets go what is missing or too much. A slot that
/// goes away takes nothing with it. All changes are made in `change`, which tells observers afterwards.
open class AnyConnectionPool {
    /// What says that a connection is broken. The original's `exc_classes`.
    public final let errorTypes: [any Error.Type]
    /// What lies between two keepalives of one connection; nil for none. The original's `keepalive`.
    public final let keepaliveInterval: Duration?
    /// What the pool was made with, as far as it was not changed since.
    public internal(set) final var configuration: PoolConfiguration
    /// Given to observer and logger with what happens, and named in errors and dumps; the type's name by default.
    public final var name = ""
    /// How many connections the pool keeps, at most: what it was made with, or what `resize(to:)` said.
    public internal(set) final var size: Int
    /// Whether `close` or `closeNoWait` was called.
    public internal(set) final var isClosed = false

    let hub = Hub.current
    private let hubIdentity = ObjectIdentifier(Hub.current)
    final var frequency: Nanoseconds = 0
    final var additions: [Addition] = []
    private(set) final var judges: [Addition] = []
    private var listeners: [Addition] = []
    private var isRestless = false
    /// Whether borrowers are let in.
    final var isAdmitting = true
    /// Of a group, that knows it.
    final var isEnlisted = false
    /// By place; those that are gone are in `freePlaces`, to be replaced.
    final var slots: [Slot] = []
    final var freePlaces: [Int] = []
    /// Those that can be lent, by the time since when they are idle: the original's `conn`.
    final var idle: [Slot] = []
    final let waiters = HandOffQueue { "a connection" }
    /// Borrowers that are about to wait.
    private var arriving = 0
    /// In the order in which they began.
    final var connecting: [Slot] = []
    /// Broken ones that are to be replaced, and those whose connect failed: by when they are due.
    private var reopening: [Slot] = []
    private var backingOff: [Slot] = []
    final var checkingCount = 0
    final var closingCount = 0
    /// Checks for borrowers that wait.
    private(set) final var checksForWaiters = 0
    /// Counted up in a forked child, whose tickets are not its parent's.
    final var epoch: UInt64 = 0
    /// When the last connect began that was no retry.
    private var lastFirst = Nanoseconds.min
    private var lastNumber = 0
    /// The longest row of failures of a slot since a connect succeeded: where one that is new begins to back off.
    private var depth = 0
    /// Connects that failed since one succeeded, and what the last one threw.
    final var failuresInARow = 0
    final var lastConnectError: (any Error)?
    /// What the last check that failed, or keepalive, threw since a connection was lent.
    final var lastCheckError: (any Error)?
    /// Why those that wait are told to go.
    private var dismissal: Refusal?
    final var keeper: AnyGreenlet?
    private var keeperWaits = false
    private var keeperDue = Nanoseconds.min
    private var alarm: AnyGreenlet?
    private var alarmTime = Nanoseconds.never
    private var isRinging = false
    private var inheritance: (() throws -> Void)?
    /// What is to be told once a change is over.
    final var untold: [() -> Void] = []
    private var isTelling = false
    /// Nothing but lending is going on: what comes back as good may be lent again without a look at everything.
    private var isSettled = false
    private var isLending = true
    /// No borrower that waits can make another connect begin.
    private var isFull = false
    private let isLIFO: Bool
    final let reconnectDelay: Nanoseconds
    private let backOff: PoolConfiguration.BackOff
    private let settleTime: Nanoseconds
    /// 0 up to 1; tests put their own in.
    final var random: () -> Double = { .random(in: 0..<1) }

    init(_ size: Int, _ types: [any Error.Type], _ keepalive: Duration?, _ configuration: PoolConfiguration) {
        do {
            try configuration.validate(size: size)
        } catch {
            preconditionFailure("\(error)")
        }
        precondition(keepalive ?? .seconds(1) > .zero, "keepalive must be over zero")
        self.size = size
        errorTypes = types
        keepaliveInterval = keepalive
        self.configuration = configuration
        isLIFO = configuration.base.isLIFO
        reconnectDelay = Nanoseconds(configuration.reconnectDelay)
        backOff = configuration.backOff
        settleTime = Nanoseconds(configuration.base.settleTime)
        waiters.words = { [unowned self] in
            "a connection of \(name) (\(leasedCount) leased, \(waiters.count) wait)"
        }
        for addition in (self as AnyObject as? any Furnished)?.furnish() ?? [] { add(addition) }
        for addition in configuration.additions(to: self) { add(addition) }
    }

    deinit {
        // Greenlets of a hub that is gone, or another thread's, are gone or not ours to touch.
        guard hub.isCurrent else { return }
        alarm?.killNoWait()
        for greenlet in slots.compactMap(\.worker) + [keeper].compactMap(\.self) where greenlet !== AnyGreenlet.current {
            greenlet.killNoWait()
        }
    }

    final func add(_ addition: Addition) {
        additions.append(addition)
        additionsChanged()
    }

    /// After one has begun or ceased to judge or to hear.
    final func additionsChanged() {
        judges = additions.filter(\.isJudge)
        listeners = additions.filter(\.hearsLending)
        isRestless = additions.contains(where: \.isRestless)
    }

    final func addition<A: Addition>(_ type: A.Type) -> A? { additions.lazy.compactMap { $0 as? A }.first }

    /// Whether `error`, thrown by a borrower, says that its connection is broken: by default, whether it is one of
    /// `errorTypes`. Not asked about an `Interruption`.
    open func isConnectionError(_ error: any Error) -> Bool { matches(error, errorTypes) }

    /// Whether `error`, thrown by `newConnection()`, is a refusal that repeating does not change, such as a wrong
    /// password: then one connect tries again, after the longest back-off, and the others wait for it. False by default.
    open func isRefusal(_ error: any Error) -> Bool { false }

    // Of `ConnectionPool`, which knows what a connection is.
    enum Hook { case connect, keepalive, validate, didReturn, retire, close }
    func makeSlot(_ place: Int) -> Slot { Slot(place) }
    func forget(_ slot: Slot) {}
    func run(_ hook: Hook, on slot: Slot) throws {}

    // MARK: The one door

    /// Changes something, carries out what follows from it, then tells those that listen. Nothing in `body` parks.
    @discardableResult
    final func change<Result>(_ body: (_ now: Nanoseconds) -> Result) -> Result {
        let now = Hub.freshTime
        let result = body(now)
        reconcile(now)
        tell()
        return result
    }

    final func note(_ what: Happening, _ slot: Slot? = nil, _ span: Nanoseconds? = nil, _ now: Nanoseconds) {
        for addition in additions { addition.note(what, slot, span, now) }
    }

    private func tell() {
        guard !untold.isEmpty, !isTelling else { return }
        isTelling = true
        while !untold.isEmpty {
            let events = untold
            untold = []
            for event in events { event() }
        }
        isTelling = false
    }

    // MARK: Borrowing: the original's get

    @usableFromInline
    final func borrow(_ timeout: Duration?, _ file: StaticString, _ line: UInt) throws -> Loan {
        let borrower = RunningGreenlet.current
        if borrower.hub != hubIdentity { wrongHub() }
        let now = judges.contains(where: \.needsTime) ? Hub.freshTime : borrower.cachedTime
        guard let slot = take(now, borrower.identity, (file, line)) else {
            return try wait(borrower, timeout ?? configuration.base.borrowTimeout, (file, line))
        }
        return Loan(slot: slot, interruptions: borrower.interruptionCount)
    }

    @inline(__always)
    private func take(_ now: Nanoseconds, _ holder: ObjectIdentifier, _ site: BorrowSite) -> Slot? {
        guard isLending, waiters.isEmpty, let slot = takeIdle(now) else { return nil }
        lend(slot, 0, now)
        slot.holder = holder
        slot.site = site
        if !untold.isEmpty { tell() }
        return slot
    }

    @inline(__always)
    private func lend(_ slot: Slot, _ waited: Nanoseconds, _ now: Nanoseconds) {
        slot.state = .leased
        slot.usedAt = now
        slot.uses &+= 1
        for listener in listeners { listener.note(.leased, slot, waited, now) }
    }

    private func wait(_ borrower: RunningGreenlet, _ timeout: Duration?, _ site: BorrowSite) throws -> Loan {
        let start = Hub.freshTime
        let end = timeout.map { start.after(Nanoseconds($0)) }
        if let refusal { throw error(for: refusal) }
        if isFull, idle.isEmpty {
            // As below, where nothing can follow from it.
            note(.waiting, nil, nil, start)
            if !untold.isEmpty { tell() }
        } else {
            change { now in
                arriving += 1
                note(.waiting, nil, nil, now)
            }
            arriving -= 1
        }
        while true {
            let ticket: UInt64?
            do {
                // Observers were told, and whatever they did came before.
                if let slot = take(Hub.cachedTime, borrower.identity, site) { return loan(slot, borrower, site) }
                ticket = try waiters.wait(until: end) { takeBack($0) }
            } catch {
                change { note(.gaveUp, nil, nil, $0) }
                throw error
            }
            guard let ticket else { break }
            if ticket == .max { throw error(for: dismissal ?? .closed) }
            // In a forked child the parent's tickets are none.
            if ticket >> 32 == epoch { return loan(slots[Int(ticket & 0xFFFF_FFFF)], borrower, site) }
        }
        change { _ in }
        let held = slots.count { $0.state == .leased && $0.holder == borrower.identity }
        throw error(for: .timedOut(Hub.freshTime - start, heldByCaller: held))
    }

    private var refusal: Refusal? {
        if isClosed { return .closed }
        for addition in additions {
            if let refusal = addition.refusal(waiters: waiters.count) { return refusal }
        }
        return nil
    }

    private func loan(_ slot: Slot, _ borrower: RunningGreenlet, _ site: BorrowSite) -> Loan {
        (slot.holder, slot.site) = (borrower.identity, site)
        return Loan(slot: slot, interruptions: borrower.interruptionCountNow)
    }

    /// What a borrower gets to see that gets nothing.
    private func error(for refusal: Refusal) -> any Error {
        switch refusal {
        case .timedOut, .tooMany: change { note(.exhausted, nil, nil, $0) }
        case .closed, .unavailable: break
        }
        return additions.lazy.compactMap { $0.error(for: refusal) }.first ?? SocketTimeout("\(name): \(refusal)")
    }

    /// A waiter was interrupted when it had been handed its connection: the next one gets that.
    private func takeBack(_ ticket: UInt64) {
        guard ticket != .max, ticket >> 32 == epoch else { return }
        let slot = slots[Int(ticket & 0xFFFF_FFFF)]
        slot.uses -= 1
        giveBack(slot, .good, Hub.freshTime)
    }

    /// Tells all that wait to go.
    final func dismissWaiters(_ refusal: Refusal, _ now: Nanoseconds) {
        dismissal = refusal
        while waiters.hand(.max) { note(.gaveUp, nil, nil, now) }
    }

    // MARK: Taking back

    @usableFromInline
    final func end(_ loan: Loan, _ flaw: (any Error)?) {
        let borrower = RunningGreenlet.current
        let isInterrupted = borrower.interruptionCount != loan.interruptions && !configuration.base.keepsInterrupted
        let verdict: Verdict = isInterrupted ? .interrupted(flaw) : flaw.map { .broken($0 is Unusable ? nil : $0) } ?? .good
        giveBack(loan.slot, verdict, borrower.cachedTime)
    }

    @usableFromInline
    final func end(_ loan: Loan, throwing error: any Error) {
        let borrower = RunningGreenlet.current
        let verdict = verdict(on: error, isInterrupted: borrower.interruptionCount != loan.interruptions)
        giveBack(loan.slot, tidied(loan.slot, verdict), borrower.cachedTime)
    }

    /// What a borrower's error says about its connection.
    ///
    /// Interrupted is who an interruption was delivered to, whatever the error's type: `withTimeout(throwing:)` and
    /// `kill(throwing:)` throw errors of the user's.
    final func verdict(on error: any Error, isInterrupted: Bool) -> Verdict {
        if isInterrupted, !configuration.base.keepsInterrupted { return .interrupted(error) }
        return !(error is any Interruption) && isConnectionError(error) ? .broken(error) : .threw
    }

    /// Tidies up what is to go back, which may show that it cannot.
    final func tidied(_ slot: Slot, _ verdict: Verdict) -> Verdict {
        switch verdict {
        case .broken, .interrupted: return verdict
        case .good, .threw, .spent:
            do {
                try run(.didReturn, on: slot)
                return verdict
            } catch {
                return .broken(error is Unusable ? nil : error)
            }
        }
    }

    /// Takes a lent connection back. Nothing happens if it is the pool's no more.
    final func giveBack(_ slot: Slot, _ verdict: Verdict, _ now: Nanoseconds) {
        guard slot.state == .leased else { return }
        if case .good = verdict, isSettled, !slot.isCondemned, waiters.isEmpty || !isRestless, reasonToGo(slot, now) == nil {
            // As below, where nothing else can follow from it.
            returned(slot, now)
            slot.trustedAt = now
            if isLending, !waiters.isEmpty {
                hand(slot, now)
            } else {
                slot.state = .idle
                idle.append(slot)
                if keeperWaits { rouseKeeper() }
            }
            if !untold.isEmpty { tell() }
            return
        }
        change { now in
            let used = now - slot.usedAt
            switch verdict {
            case .good, .threw:
                returned(slot, now)
                if case .good = verdict { slot.trustedAt = now }
                comeHome(slot, now, isCold: { if case .threw = verdict { true } else { false } }())
            case .spent:
                returned(slot, now)
                retire(slot, "spent", now)
            case .broken(let error): discard(slot, error, used, after: reconnectDelay, now)
            case .interrupted(let error): discard(slot, error, used, after: nil, isTelling: false, now)
            }
        }
    }

    @inline(__always)
    private func returned(_ slot: Slot, _ now: Nanoseconds) {
        for listener in listeners { listener.note(.returned, slot, now - slot.usedAt, now) }
        slot.usedAt = now
        slot.holder = nil
    }

    @inline(__always)
    private func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? {
        for judge in judges {
            if let reason = judge.reasonToGo(slot, now) { return reason }
        }
        return nil
    }

    /// A connection that nobody has any more is idle, or goes.
    private func comeHome(_ slot: Slot, _ now: Nanoseconds, isCold: Bool = false) {
        if slot.isCondemned || isClosed { return retire(slot, "invalidated", now) }
        if let reason = reasonToGo(slot, now) { return retire(slot, reason, now) }
        slot.state = .idle
        // In lifo order what threw or was merely touched is not lent next.
        if isCold, isLIFO { idle.insert(slot, at: 0) } else { idle.append(slot) }
    }

    // MARK: Letting go

    /// Drops a connection that nobody has any more as broken. It is replaced after `delay`, or as soon as may be; later
    /// if it lived shorter than `settleTime`.
    final func discard(
        _ slot: Slot, _ error: (any Error)?, _ used: Nanoseconds? = nil, after delay: Nanoseconds?, isTelling: Bool = true,
        _ now: Nanoseconds
    ) {
        slot.due = delay.map { now.after(jittered($0, configuration.base.jitter, random)) }
        if now - slot.since < settleTime {
            slot.due = max(slot.due ?? now, now.after(backOff.delay(slot.failures, random)))
            slot.failures += 1
        }
        note(.discarded(error, isTelling: isTelling), slot, used, now)
        takeLeave(slot, gracefully: false)
    }

    /// Retires a connection that nobody has. It is replaced as soon as may be, if it is still wanted then.
    final func retire(_ slot: Slot, _ reason: String, _ now: Nanoseconds) {
        slot.due = nil
        note(.retiring(reason), slot, nil, now)
        takeLeave(slot, gracefully: true)
    }

    /// Runs the hooks for the end of a connection, each in a greenlet of its own: one that parks delays nobody, and one
    /// that hangs does not keep the slot longer than `retireTimeout` in all.
    private func takeLeave(_ slot: Slot, gracefully: Bool) {
        slot.state = .closing
        closingCount += 1
        work(on: slot, "close") { [weak self, patience = Nanoseconds(configuration.base.retireTimeout)] in
            guard let hooks = self?.goodbye(slot, gracefully) else { return }
            let end = Hub.freshTime.after(patience)
            for hook in hooks {
                slot.hasBegun = false
                // Killed before its first turn it would never run.
                if try !Self.ended(hook, by: max(end, Hub.freshTime.after(10_000_000))), slot.hasBegun { hook.killNoWait() }
            }
            self?.change { self?.closed(slot, $0) }
            if let last = hooks.last, try !Self.ended(last, by: Hub.freshTime.after(patience)) { last.killNoWait() }
        }
    }

    private func goodbye(_ slot: Slot, _ gracefully: Bool) -> [Greenlet<Void>] {
        (gracefully ? [Hook.retire, .close] : [.close]).map { hook in
            let greenlet = Greenlet<Void> { [self] in
                slot.hasBegun = true
                do {
                    if slot.state != .gone { try run(hook, on: slot) }
                } catch {
                    try rethrowInterruption(error)
                    change { note(.goodbyeFailed(error), slot, nil, $0) }
                }
            }
            greenlet.name = "\(name).\(hook)Connection"
            return greenlet
        }
    }

    /// Starts a greenlet and waits for its end; false when the time is over, or this one is killed.
    private static func ended(_ greenlet: AnyGreenlet, by end: Nanoseconds) throws -> Bool {
        do {
            return try greenlet.start().join(until: end)
        } catch let error as HubDestroyed {
            throw error
        } catch {
            return false
        }
    }

    private func closed(_ slot: Slot, _ now: Nanoseconds) {
        guard slot.state == .closing else { return }
        closingCount -= 1
        note(.closed, slot, nil, now)
        if slot.due == nil || isClosed { return remove(slot) }
        delay(slot, until: max(slot.due ?? now, now))
    }

    // MARK: What is wanted, and what is under way

    /// How many slots there are, in whatever state.
    final var slotCount: Int { slots.count - freePlaces.count }
    final var delayedCount: Int { reopening.count + backingOff.count }
    /// Connections that are idle, leased or being checked.
    final var liveCount: Int { slotCount - connecting.count - closingCount - delayedCount }
    final var leasedCount: Int { liveCount - idle.count - checkingCount }
    /// How many slots there are to be, at most.
    private var most: Int { isClosed ? 0 : size }
    /// Borrowers that wait and may be lent to.
    final var demand: Int { isLending ? waiters.count + arriving : 0 }
    /// How many slots there are to be without regard to those that wait.
    final var floor: Int {
        let unasked = additions.reduce(Int.max) { min($0, $1.mostUnasked) }
        return min(most, max(min(most, unasked), additions.reduce(0) { max($0, $1.leastWanted) }))
    }

    /// Compares what should be with what is, and begins, hands over or lets go the difference.
    private func reconcile(_ now: Nanoseconds) {
        var next = additions.reduce(Nanoseconds.never) { min($0, $1.look(now)) }
        isLending = !isClosed && additions.allSatisfy(\.isLending)
        shed(now)
        serve(now)
        next = min(next, connect(now))
        if keeperWaits, !idle.isEmpty { rouseKeeper() }
        isSettled = !isClosed && slotCount - closingCount <= most
        isFull = isSettled && slotCount == most && !isRestless
        for addition in additions { addition.lookLast() }
        setAlarm(next, now)
    }

    /// Too many: those that hold nothing go first, then those that are idle longest, then whichever comes back next.
    private func shed(_ now: Nanoseconds) {
        for _ in 0..<max(0, slotCount - closingCount - most) {
            if let slot = backingOff.popLast() ?? reopening.popLast() {
                remove(slot)
            } else if !idle.isEmpty, liveCount > most {
                retire(idle.removeFirst(), "surplus", now)
            }
        }
    }

    /// Lends to those that wait what is idle, in order. Where nothing can be lent as it is, something is checked first,
    /// one for each that waits.
    private func serve(_ now: Nanoseconds) {
        while isLending, !waiters.isEmpty, let slot = takeIdle(now) { hand(slot, now) }
        while demand > checksForWaiters, let (slot, judge) = firstToCheck(now) {
            idle.removeAll { $0 === slot }
            slot.state = .checking
            checkingCount += 1
            checksForWaiters += 1
            note(.checking, slot, nil, now)
            judge.check(slot)
        }
    }

    private func hand(_ slot: Slot, _ now: Nanoseconds) {
        lend(slot, now - waiters.firstSince, now)
        waiters.hand(epoch << 32 | UInt64(slot.place))
    }

    @inline(__always)
    private func takeIdle(_ now: Nanoseconds) -> Slot? {
        if idle.isEmpty { return nil }
        if !judges.isEmpty { return takeFit(now) }
        return isLIFO ? idle.removeLast() : idle.removeFirst()
    }

    /// The first one that may be lent as it is; one that is overdue only if there is no other.
    private func takeFit(_ now: Nanoseconds) -> Slot? {
        var overdue: Int?
        for offset in idle.indices {
            let index = isLIFO ? idle.count - 1 - offset : offset
            switch fitness(idle[index], now) {
            case .good: return idle.remove(at: index)
            case .overdue: overdue = overdue ?? index
            case .afterCheck, .notNow: break
            }
        }
        return overdue.map { idle.remove(at: $0) }
    }

    private func fitness(_ slot: Slot, _ now: Nanoseconds) -> Addition.Fitness {
        var worst = Addition.Fitness.good
        for judge in judges {
            let fitness = judge.fitness(slot, now)
            if fitness.rawValue > worst.rawValue { worst = fitness }
        }
        return worst
    }

    private func firstToCheck(_ now: Nanoseconds) -> (Slot, Addition)? {
        guard !judges.isEmpty else { return nil }
        let order = isLIFO ? Array(idle.reversed()) : idle
        guard let slot = order.first(where: { fitness($0, now) == .afterCheck }) else { return nil }
        return judges.first { $0.fitness(slot, now) == .afterCheck }.map { (slot, $0) }
    }

    /// Begins the connects that are wanted and may begin. Gives when the next one may.
    ///
    /// Wanted are those below the floor, and one for each borrower that waits and for whom none is coming. A slot that is
    /// busy with the past (backing off, waiting out a delay, closing) is not coming: while there is room, another begins.
    ///
    /// Fidelity: connections that fail at once connect again after the same second as in the original, but then with
    /// the spacing that the start has, not all at the same instant. Retries keep their back-off. See MIGRATION.md.
    private func connect(_ now: Nanoseconds) -> Nanoseconds {
        let (floor, gate) = (floor, additions.compactMap(\.notBefore).max())
        let mostConnecting = additions.reduce(Int.max) { min($0, $1.mostConnecting) }
        // One that hangs is not coming either: it is given a second, and then one more may try.
        let patience: Nanoseconds = 1_000_000_000
        let isHung = connecting.first.map { $0.since != .never && now >= $0.since.after(patience) } ?? false
        let next = isHung || demand == 0 ? Nanoseconds.never : connecting.first.map { $0.since.after(patience) } ?? .never
        while connecting.count < mostConnecting {
            let isShort = demand > connecting.count + checksForWaiters - (isHung ? 1 : 0)
            let spaced = lastFirst.after(frequency)
            var slot: Slot?
            var time = Nanoseconds.never
            if slotCount < floor || (isShort && slotCount < most) { time = gate ?? spaced }
            let isWanted = slotCount <= floor || isShort
            if let first = reopening.first {
                guard isWanted else {
                    remove(reopening.removeFirst())
                    continue
                }
                let due = gate ?? max(first.due ?? now, spaced)
                if due < time { (slot, time) = (first, due) }
            }
            if let first = backingOff.first {
                let due = gate ?? first.due ?? now
                if due <= now, !isWanted {
                    remove(backingOff.removeFirst())
                    continue
                }
                if due < time { (slot, time) = (first, due) }
            }
            guard time <= now else { return min(next, time) }
            begin(slot ?? newSlot(), now)
        }
        return next
    }

    private func newSlot() -> Slot {
        let place = freePlaces.popLast() ?? slots.count
        let slot = makeSlot(place)
        if place == slots.count { slots.append(slot) } else { slots[place] = slot }
        // A server that is away is not asked more often for this one's sake.
        slot.failures = slotCount > floor ? depth : 0
        return slot
    }

    final func remove(_ slot: Slot) {
        for addition in additions { addition.leave(slot) }
        slot.state = .gone
        freePlaces.append(slot.place)
    }

    private func delay(_ slot: Slot, until due: Nanoseconds) {
        for addition in additions { addition.leave(slot) }
        slot.state = .delayed
        slot.due = due
        if slot.failures == 0 { Self.insert(slot, &reopening, due) } else { Self.insert(slot, &backingOff, due) }
    }

    private static func insert(_ slot: Slot, _ list: inout [Slot], _ due: Nanoseconds) {
        let place = list.lastIndex { $0.due ?? 0 <= due }.map { $0 + 1 } ?? 0
        list.insert(slot, at: place)
    }

    /// What is delayed may connect now, spaced, and begins its back-off anew.
    final func forgiveDelays(_ now: Nanoseconds) {
        let slots = reopening + backingOff
        (reopening, backingOff) = ([], [])
        for slot in slots {
            slot.failures = 0
            delay(slot, until: now)
        }
    }

    // MARK: Connecting: the original's _add_one

    private func begin(_ slot: Slot, _ now: Nanoseconds) {
        if slot.state == .delayed {
            reopening.removeAll { $0 === slot }
            backingOff.removeAll { $0 === slot }
        }
        if slot.failures == 0 || slot.number == 0 { lastFirst = now }
        lastNumber += 1
        (slot.state, slot.number, slot.since, slot.due) = (.connecting, lastNumber, .never, nil)
        connecting.append(slot)
        work(on: slot, "connect") { [weak self] in
            guard let additions = self?.additions else { return }
            var failure: (any Error)?
            do {
                // The pool may be gone before there is leave.
                for addition in additions { try addition.acquire(slot) }
                try self?.attempt(slot)
            } catch let error as HubDestroyed {
                throw error
            } catch {
                failure = error
            }
            self?.attemptEnded(slot, failure)
        }
    }

    private func attempt(_ slot: Slot) throws {
        guard slot.state == .connecting, !isClosed else { throw GreenletExit() }
        let limit = configuration.base.connectTimeout
        change { now in
            slot.since = now
            note(.connecting, slot, nil, now)
        }
        try withTimeout(limit, throwing: limit.map { SocketTimeout("no connection within \($0)") }) {
            try run(.connect, on: slot)
        }
    }

    private func attemptEnded(_ slot: Slot, _ failure: (any Error)?) {
        let isRefusal = failure.map { !($0 is any Interruption) && self.isRefusal($0) } ?? false
        change { now in
            guard slot.state == .connecting else { return }
            connecting.removeAll { $0 === slot }
            slot.holder = nil
            let span = slot.since == .never ? 0 : now - slot.since
            guard let failure else { return connected(slot, span, now) }
            // Waiting for leave in vain is no failed connect.
            if slot.since == .never { return withdrawn(slot, failure, now) }
            failuresInARow += 1
            lastConnectError = failure
            note(.connectFailed(failure, isRefusal: isRefusal), slot, span, now)
            let due = now.after(backOff.delay(slot.failures, random))
            slot.failures += 1
            depth = max(depth, slot.failures)
            delay(slot, until: due)
        }
        // Last: a handler of the user's may park.
        if let failure, !isRefusal || failuresInARow == 1 { additions.forEach { $0.failed(failure) } }
    }

    private func connected(_ slot: Slot, _ span: Nanoseconds, _ now: Nanoseconds) {
        (failuresInARow, depth, lastConnectError, lastCheckError) = (0, 0, nil, nil)
        if settleTime == 0 { slot.failures = 0 }
        // One that is made, or checked, in the instant in which another was found dead is none of those that are suspect.
        (slot.since, slot.usedAt, slot.trustedAt, slot.keptAliveAt, slot.uses) = (now, now, now + 1, nil, 0)
        note(.connected, slot, span, now)
        comeHome(slot, now)
    }

    /// It got no leave to connect, or is not wanted any more.
    private func withdrawn(_ slot: Slot, _ reason: any Error, _ now: Nanoseconds) {
        if reason is any Interruption { return remove(slot) }
        lastConnectError = reason
        note(.connecting, slot, nil, now)
        note(.connectFailed(reason, isRefusal: false), slot, 0, now)
        delay(slot, until: now.after(max(reconnectDelay, frequency)))
    }

    /// Has a greenlet of the pool's work on a slot. It does not hold the pool by itself.
    final func work(on slot: Slot, _ what: String, _ body: @escaping () throws -> Void) {
        slot.hasBegun = false
        let job = {
            slot.hasBegun = true
            try body()
        }
        // Fidelity: what is due now begins at once, on the greenlet that its time woke, as the original's `spawn_later`.
        let isInTime = isRinging && inheritance == nil
        let worker = isInTime ? AnyGreenlet.current : Greenlet<Void>(job)
        if isInTime { inheritance = job }
        worker.name = "\(name).\(what)"
        slot.worker = worker
        slot.holder = ObjectIdentifier(worker)
        if !isInTime { worker.start() }
    }

    // MARK: Checks and keepalive

    /// A hook has looked at a connection: nil if it is good.
    ///
    /// Fidelity: the original's keepalive greenlet ends for ever at an error that is not among `exc_classes`; here
    /// whatever is thrown drops the connection, and keepalive goes on. See MIGRATION.md.
    final func finishCheck(_ slot: Slot, _ failure: (any Error)?, forWaiter: Bool) {
        change { now in
            guard slot.state == .checking else { return }
            checkingCount -= 1
            if forWaiter { checksForWaiters -= 1 }
            slot.holder = nil
            lastCheckError = failure
            if let failure { return discard(slot, failure, after: forWaiter ? nil : reconnectDelay, now) }
            slot.trustedAt = now + 1
            note(.checked, slot, nil, now)
            comeHome(slot, now, isCold: true)
        }
    }

    final func startKeepalive() {
        let keeper = Greenlet<Void> { [weak self] in
            while let next = try self?.nextKeepalive() { try Self.pause(until: next) }
        }
        keeper.name = "\(name).keepalive"
        self.keeper = keeper.start()
    }

    /// Touches the connection that is idle longest of those whose turn it is. Gives when to look again, nil for never.
    final func nextKeepalive() throws -> Nanoseconds? {
        guard !isClosed, let interval = keepaliveInterval, keeper === AnyGreenlet.current else { return nil }
        let now = Hub.freshTime
        keeperWaits = now >= keeperDue && idle.isEmpty
        if keeperWaits || now < keeperDue { return keeperWaits ? .never : keeperDue }
        let turn = Nanoseconds(interval) / Nanoseconds(size)
        if let index = idle.firstIndex(where: { now - ($0.keptAliveAt ?? .min / 2) >= turn * Nanoseconds(size) }) {
            let slot = idle[index]
            change { now in
                idle.remove(at: index)
                checkingCount += 1
                (slot.state, slot.keptAliveAt, slot.holder) = (.checking, now, ObjectIdentifier(AnyGreenlet.current))
                note(.checking, slot, nil, now)
            }
            var failure: (any Error)?
            do {
                try withTimeout(configuration.base.keepaliveTimeout) { try run(.keepalive, on: slot) }
            } catch let error as HubDestroyed {
                throw error
            } catch {
                failure = error
            }
            finishCheck(slot, failure, forWaiter: false)
        }
        keeperDue = Hub.freshTime.after(turn)
        return isClosed ? nil : keeperDue
    }

    private func rouseKeeper() {
        keeperWaits = false
        if let keeper { unparkGreenlet(keeper) }
    }

    /// Lets the calling greenlet, one of the pool's own, wait: a kill by a stranger only makes it look again.
    static func pause(until end: Nanoseconds) throws {
        do {
            _ = try parkCurrent(until: end == .never ? nil : end)
        } catch let error as HubDestroyed {
            throw error
        } catch {}
    }

    // MARK: Fork

    /// In a forked child: forgets all that is the parent's.
    final func forgetAll() {
        (slots, freePlaces, idle, connecting, reopening, backingOff) = ([], [], [], [], [], [])
        (checkingCount, closingCount, checksForWaiters, depth, failuresInARow) = (0, 0, 0, 0, 0)
        (lastConnectError, lastCheckError, keeper, keeperWaits, keeperDue) = (nil, nil, nil, false, .min)
        lastFirst = .min
        epoch += 1
    }

    // MARK: Time

    /// Has the pool looked at by then.
    final func lookAgain(at time: Nanoseconds) { if time < alarmTime { setAlarm(time, Hub.cachedTime) } }

    private func setAlarm(_ time: Nanoseconds, _ now: Nanoseconds) {
        // One that rings too early does no harm.
        guard time < alarmTime || isClosed else { return }
        alarm?.killNoWait()
        alarm = nil
        alarmTime = time
        guard time != .never else { return }
        let greenlet = Greenlet<Void> { [weak self] in
            try self?.ring()?()
        }
        greenlet.name = "\(name).alarm"
        alarm = greenlet.start(after: .nanoseconds(max(0, time - now)))
    }

    /// Looks at the pool, and gives what this greenlet is to do then.
    private func ring() -> (() throws -> Void)? {
        (alarm, alarmTime, isRinging) = (nil, .never, true)
        change { _ in }
        isRinging = false
        defer { inheritance = nil }
        return inheritance
    }

    @inline(never)
    private func wrongHub() -> Never {
        preconditionFailure("\(name) belongs to the hub of another thread: use HubThread.run, or a pool for each hub")
    }
}

@available(*, unavailable) extension AnyConnectionPool: Sendable {}
