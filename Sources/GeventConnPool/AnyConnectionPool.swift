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

    final let hub = Hub.current
    private let hubIdentity = ObjectIdentifier(Hub.current)
    final var frequency: Nanoseconds = 0
    private(set) final var additions: [Addition] = []
    /// Of a group, that knows it.
    final var isEnlisted = false
    private(set) final var judges: [Addition] = []
    private var listeners: [Addition] = []
    /// What the additions need, as it was when one of them last changed.
    private var (hasJudges, needsTime, hearsAll, isRestless, mayRefuse) = (false, false, false, false, false)
    /// How often one was lent, came back; a borrower had to wait.
    final var (leases, returns, waits) = (0, 0, 0)
    final var chooser: (any Chooser)?
    /// By place; those that are gone are in `freePlaces`, to be replaced.
    final var slots: [Slot] = []
    final var freePlaces: [Int] = []
    /// Those that can be lent, by the time since when they are idle: the original's `conn`.
    final var idle = SlotQueue()
    final let waiters = HandOffQueue { "a connection" }
    /// Borrowers that are about to wait.
    private var arriving = 0
    /// In the order in which they began.
    final var connecting = SlotQueue()
    /// Broken ones that are to be replaced, and those whose connect failed: by when they are due.
    final var reopening = SlotQueue()
    final var backingOff = SlotQueue()
    final var checkingCount = 0
    final var closingCount = 0
    /// Counted up in a forked child, whose tickets are not its parent's.
    final var epoch: UInt64 = 0
    /// When the last connect began that was no retry.
    final var lastFirst = Nanoseconds.min
    private var lastNumber = 0
    /// What those that wait are told to go with.
    private var dismissal: (any Error)?
    final var keeper: AnyGreenlet?
    private var keeperWaits = false
    final var keeperDue = Nanoseconds.min
    private var alarm: AnyGreenlet?
    private var alarmTime = Nanoseconds.never
    private var isRinging = false
    private var inheritance: (() throws -> Void)?
    /// What is to be told once a change is over.
    private var untold: [() -> Void] = []
    private var (hasNews, isTelling) = (false, false)
    /// Nothing but lending is going on: what comes back as good may be lent again without a look at everything.
    private var isSettled = false
    /// No borrower that waits can make another connect begin.
    private var isFull = false
    private var isLending = true
    final var mayLend: Bool { isLending }
    private let (isLIFO, keepsInterrupted): (Bool, Bool)
    /// 0 up to 1; tests put their own in.
    final var random: () -> Double = { .random(in: 0..<1) }

    init(_ size: Int, _ types: [any Error.Type], _ keepalive: Duration?, _ configuration: PoolConfiguration) {
        require(keepalive ?? .seconds(1) > .zero, "keepalive must be over zero")
        (self.size, errorTypes, keepaliveInterval) = (size, types, keepalive)
        self.configuration = configuration
        (isLIFO, keepsInterrupted) = (configuration.base.isLIFO, configuration.base.keepsInterrupted)
        waiters.words = { [unowned self] in
            "a connection of \(name) (\(leasedCount) leased, \(waiters.count) wait)"
        }
        for addition in (self as AnyObject as? any Furnished)?.furnish() ?? [] { add(addition) }
        for addition in configuration.additions(to: self) { add(addition) }
        chooser = (self as AnyObject as? any Furnished)?.makeChooser()
    }

    deinit {
        // Greenlets of a hub that is gone, or another thread's, are gone or not ours to touch.
        guard hub.isCurrent else { return }
        for greenlet in [alarm, keeper] + slots.map(\.worker) where greenlet !== AnyGreenlet.current {
            greenlet?.killNoWait()
        }
    }

    final func add(_ addition: Addition) {
        additions.append(addition)
        additionsChanged()
    }

    /// After one has begun or ceased to judge or to hear.
    final func additionsChanged() {
        judges = additions.filter(\.isJudge)
        listeners = additions.filter { $0.hearsLending || $0.hearsSpans }
        hasJudges = !judges.isEmpty
        needsTime = additions.contains(where: \.needsTime)
        hearsAll = additions.contains(where: \.hearsLending)
        isRestless = additions.contains(where: \.isRestless)
        mayRefuse = additions.contains(where: \.mayRefuse)
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
    func run(_ hook: Hook, on slot: Slot) throws {}
    func isOpen(_ slot: Slot) -> Bool { true }
    var isOfStreams: Bool { false }
    func forget(_ slot: Slot) {}

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

    final func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds, _ now: Nanoseconds) {
        for addition in additions { addition.note(what, slot, span, now) }
    }

    final func note(_ what: Happening, _ slot: Slot?, _ now: Nanoseconds) {
        for addition in additions { addition.note(what, slot, nil, now) }
    }

    final func tellLater(_ event: @escaping () -> Void) {
        untold.append(event)
        hasNews = true
    }

    @inline(__always)
    private func tell() { if hasNews, !isTelling { tellAll() } }

    private func tellAll() {
        isTelling = true
        while !untold.isEmpty {
            let events = untold
            untold = []
            for event in events { event() }
        }
        (hasNews, isTelling) = (false, false)
    }

    // MARK: Borrowing: the original's get

    @usableFromInline
    final func borrow(_ timeout: Duration?, _ file: StaticString, _ line: UInt) throws -> Loan {
        let borrower = RunningGreenlet.current
        require(borrower.hub == hubIdentity, "\(name) is another hub's: use HubThread.run, or a pool for each hub")
        let now = needsTime ? Hub.freshTime : borrower.cachedTime
        guard let slot = take(now, borrower.identity, (file, line)) else {
            return try wait(borrower, timeout ?? configuration.base.borrowTimeout, (file, line))
        }
        return Loan(slot: slot, interruptions: borrower.interruptionCount)
    }

    @inline(__always)
    private func take(_ now: Nanoseconds, _ holder: ObjectIdentifier, _ site: BorrowSite) -> Slot? {
        guard isLending, waiters.isEmpty, let slot = nextIdle(now) else { return nil }
        (slot.holder, slot.site) = (holder, site)
        lend(slot, 0, now)
        tell()
        return slot
    }

    @inline(__always)
    private func nextIdle(_ now: Nanoseconds) -> Slot? {
        if let chooser { return chooser.choose(idle, now).flatMap { idle.remove(at: $0) } }
        return isLIFO ? idle.popLast() : idle.popFirst()
    }

    @inline(__always)
    private func lend(_ slot: Slot, _ waited: Nanoseconds, _ now: Nanoseconds) {
        slot.state = .leased
        slot.usedAt = now
        slot.uses &+= 1
        leases &+= 1
        guard hearsAll || waited > 0 else { return }
        for listener in listeners { listener.lent(slot, waited, now) }
    }

    private func wait(_ borrower: RunningGreenlet, _ timeout: Duration?, _ site: BorrowSite) throws -> Loan {
        let start = timeout == nil ? borrower.cachedTime : Hub.freshTime
        let end = timeout.map { start.after(Nanoseconds($0)) }
        if mayRefuse || isClosed {
            for addition in additions { if let refusal = addition.refusal() { throw refusal } }
        }
        while true {
            arrive()
            let ticket: UInt64?
            do {
                // Observers were told, and whatever they did came before.
                if let slot = take(Hub.cachedTime, borrower.identity, site) { return loan(slot, borrower, site) }
                ticket = try waiters.wait(until: end) { takeBack($0) }
            } catch {
                change { note(.gaveUp, nil, $0) }
                throw error
            }
            guard let ticket else { break }
            if ticket == .max, let dismissal { throw dismissal }
            // In a forked child the parent's tickets are none.
            if ticket >> 32 == epoch { return loan(slots[Int(ticket & 0xFFFF_FFFF)], borrower, site) }
        }
        change { note(.exhausted, nil, $0) }
        let waited = Hub.freshTime - start
        let held = slots.count { $0.state == .leased && $0.holder == borrower.identity }
        for addition in additions { if let error = addition.exhaustion(waited: waited, held: held) { throw error } }
        throw SocketTimeout("\(name): no connection within \(Duration.nanoseconds(waited))")
    }

    /// One more is about to wait.
    private func arrive() {
        waits &+= 1
        arriving += 1
        if hearsAll { note(.waiting, nil, Hub.cachedTime) }
        if !isFull || !idle.isEmpty { reconcile(Hub.freshTime) }
        tell()
        arriving -= 1
    }

    private func loan(_ slot: Slot, _ borrower: RunningGreenlet, _ site: BorrowSite) -> Loan {
        (slot.holder, slot.site) = (borrower.identity, site)
        return Loan(slot: slot, interruptions: borrower.interruptionCountNow)
    }

    /// A waiter was interrupted when it had been handed its connection: the next one gets that.
    private func takeBack(_ ticket: UInt64) {
        guard ticket != .max, ticket >> 32 == epoch else { return }
        let slot = slots[Int(ticket & 0xFFFF_FFFF)]
        slot.uses -= 1
        giveBack(slot, .good, Hub.freshTime)
    }

    /// Tells all that wait to go.
    final func dismissWaiters(_ error: any Error, _ now: Nanoseconds) {
        dismissal = error
        while waiters.hand(.max) { note(.gaveUp, nil, now) }
    }

    // MARK: Taking back

    @usableFromInline
    final func end(_ loan: Loan) {
        let borrower = RunningGreenlet.current
        if borrower.interruptionCount == loan.interruptions || keepsInterrupted {
            giveBack(loan.slot, borrower.cachedTime)
        } else {
            giveBack(loan.slot, .interrupted(nil), Hub.freshTime)
        }
    }

    @usableFromInline
    final func end(_ loan: Loan, flaw: (any Error)?) { giveBack(loan.slot, .broken(flaw), Hub.freshTime) }

    @usableFromInline
    final func end(_ loan: Loan, throwing error: any Error) {
        let borrower = RunningGreenlet.current
        let verdict = verdict(on: error, isInterrupted: borrower.interruptionCount != loan.interruptions)
        giveBack(loan.slot, tidied(loan.slot, verdict), Hub.freshTime)
    }

    /// What a borrower's error says about its connection.
    ///
    /// Interrupted is who an interruption was delivered to, whatever the error's type: `withTimeout(throwing:)` and
    /// `kill(throwing:)` throw errors of the user's.
    final func verdict(on error: any Error, isInterrupted: Bool) -> Verdict {
        if isInterrupted, !keepsInterrupted { return .interrupted(error) }
        return !(error is any Interruption) && isConnectionError(error) ? .broken(error) : .threw
    }

    /// Tidies up what is to go back, which may show that it cannot.
    final func tidied(_ slot: Slot, _ verdict: Verdict) -> Verdict {
        if case .broken = verdict { return verdict }
        if case .interrupted = verdict { return verdict }
        do { try run(.didReturn, on: slot) } catch { return .broken(error) }
        return verdict
    }

    /// Takes a lent connection back. Nothing happens if it is the pool's no more.
    final func giveBack(_ slot: Slot, _ verdict: Verdict, _ now: Nanoseconds) {
        guard slot.state == .leased else { return }
        switch verdict {
        case .good: return giveBack(slot, now)
        case .threw:
            returned(slot, now)
            comeHome(slot, now, isCold: true)
        case .spent:
            returned(slot, now)
            retire(slot, "spent", now)
        case .broken(let error): discard(slot, error, now - slot.usedAt, after: configuration.base.reconnectDelay, now)
        // The server did nothing wrong.
        case .interrupted(let error): discard(slot, error, now - slot.usedAt, wasInterrupted: true, now)
        }
        reconcile(now)
        tell()
    }

    /// Takes a lent connection back that is as good as before.
    private func giveBack(_ slot: Slot, _ now: Nanoseconds) {
        guard slot.state == .leased else { return }
        returned(slot, now)
        slot.trustedAt = max(slot.trustedAt, now)
        comeHome(slot, now)
        // Where nothing goes on but lending, nothing else follows from it.
        if isSettled, !isRestless || waiters.isEmpty { serve(now) } else { reconcile(now) }
        tell()
    }

    @inline(__always)
    private func returned(_ slot: Slot, _ now: Nanoseconds) {
        let used = now - slot.usedAt
        returns &+= 1
        if hearsAll || used > 0 { for listener in listeners { listener.returned(slot, used, now) } }
        slot.usedAt = now
        slot.holder = nil
    }

    /// Why a connection that nobody has any more must go.
    @inline(__always)
    private func reason(_ slot: Slot, _ now: Nanoseconds) -> String? {
        for judge in judges {
            if let reason = judge.reasonToGo(slot, now) { return reason }
        }
        return nil
    }

    /// A connection that nobody has any more is idle, or goes.
    private func comeHome(_ slot: Slot, _ now: Nanoseconds, isCold: Bool = false) {
        if slot.isCondemned || isClosed { return retire(slot, "condemned", now) }
        if hasJudges, let reason = reason(slot, now) { return retire(slot, reason, now) }
        slot.state = .idle
        // In lifo order what threw or was merely touched is not lent next.
        if isCold, isLIFO { idle.prepend(slot) } else { idle.append(slot) }
    }

    // MARK: Letting go

    /// Drops a connection that nobody has any more as broken. It is replaced after `delay`, or as soon as may be; later
    /// if it lived shorter than `settleTime`.
    final func discard(
        _ slot: Slot, _ error: (any Error)?, _ used: Nanoseconds? = nil, after delay: Duration? = nil,
        wasInterrupted: Bool = false, _ now: Nanoseconds
    ) {
        let base = configuration.base
        slot.due = delay.map { now.after(jittered(Nanoseconds($0), base.jitter, random)) }
        slot.isRetry = false
        if now - slot.since < Nanoseconds(base.settleTime) {
            slot.due = max(slot.due ?? now, now.after(base.retryDelay(slot.failures, random)))
            slot.failures += 1
        }
        for addition in additions { addition.note(.discarded(error, wasInterrupted: wasInterrupted), slot, used, now) }
        takeLeave(slot, false, now)
    }

    /// Retires a connection that nobody has. It is replaced as soon as may be, if it is still wanted then.
    final func retire(_ slot: Slot, _ reason: String, _ now: Nanoseconds) {
        slot.due = nil
        note(.retiring(reason), slot, now)
        takeLeave(slot, true, now)
    }

    private func takeLeave(_ slot: Slot, _ gracefully: Bool, _ now: Nanoseconds) {
        slot.state = .closing
        closingCount += 1
        isSettled = false
        if additions.contains(where: { $0.takeLeave(slot, gracefully: gracefully) }) { return }
        forget(slot)
        closed(slot, now)
    }

    final func closed(_ slot: Slot, _ now: Nanoseconds) {
        guard slot.state == .closing else { return }
        closingCount -= 1
        note(.closed, slot, now)
        if let due = slot.due, !isClosed { delay(slot, until: max(due, now)) } else { remove(slot) }
    }

    // MARK: What is wanted, and what is under way

    /// How many slots there are, in whatever state.
    final var slotCount: Int { slots.count - freePlaces.count }
    final var delayedCount: Int { reopening.count + backingOff.count }
    /// Connections that are idle, leased or being checked.
    final var liveCount: Int { slotCount - connecting.count - closingCount - delayedCount }
    final var leasedCount: Int { liveCount - idle.count - checkingCount }
    /// How many slots there are to be, at most.
    final var most: Int { isClosed ? 0 : size }
    /// Borrowers that wait; those of them that may be lent to.
    final var waiting: Int { waiters.count + arriving }
    final var demand: Int { isLending ? waiting : 0 }

    /// Compares what should be with what is, and begins, hands over or lets go the difference.
    private func reconcile(_ now: Nanoseconds) {
        var next = additions.reduce(Nanoseconds.never) { min($0, $1.look(now)) }
        isLending = !isClosed && additions.allSatisfy(\.isLending)
        shed(now)
        serve(now)
        if let chooser, demand > 0 { chooser.makeFit(demand, now) }
        next = min(next, connect(now))
        isSettled = !isClosed && slotCount - closingCount <= most
        isFull = isSettled && slotCount == most && !isRestless
        for addition in additions { addition.lookLast() }
        setAlarm(next, now)
    }

    /// Lends what is idle to those that wait, and then to keepalive.
    @inline(__always)
    private func serve(_ now: Nanoseconds) {
        while isLending, !waiters.isEmpty, let slot = nextIdle(now) {
            let since = waiters.firstSince
            waiters.hand(epoch << 32 | UInt64(slot.place))
            lend(slot, now - since, now)
        }
        if keeperWaits, !idle.isEmpty, let keeper {
            keeperWaits = false
            unparkGreenlet(keeper)
        }
    }

    /// Too many: those that hold nothing go first, then those that are idle longest, then whichever comes back next.
    private func shed(_ now: Nanoseconds) {
        for _ in 0..<max(0, slotCount - closingCount - most) {
            if let slot = backingOff.popLast() ?? reopening.popLast() {
                remove(slot)
            } else if liveCount > most, let slot = idle.popFirst() {
                retire(slot, "surplus", now)
            }
        }
    }

    /// Begins the connects that are wanted and may begin. Gives when the next one may.
    ///
    /// Fidelity: connections that fail at once connect again after the same second as in the original, but then with
    /// the spacing that the start has, not all at the same instant. Retries keep their back-off. See MIGRATION.md.
    private func connect(_ now: Nanoseconds) -> Nanoseconds {
        let mostConnecting = additions.reduce(Int.max) { min($0, $1.mostConnecting) }
        while connecting.count < mostConnecting {
            let gate = additions.lazy.compactMap(\.notBefore).max()
            let wanted = additions.reduce(most) { min($0, $1.wanted) }
            let spaced = lastFirst.after(frequency)
            if slotCount > wanted,
                let slot = reopening.popFirst() ?? backingOff.popFirst(where: { gate ?? $0.due ?? now <= now })
            {
                remove(slot)
                continue
            }
            var (slot, time): (Slot?, Nanoseconds) = (nil, slotCount < wanted ? gate ?? spaced : .never)
            if let first = reopening.first {
                let due = gate ?? max(first.due ?? now, spaced)
                if due < time { (slot, time) = (first, due) }
            }
            if let first = backingOff.first {
                let due = gate ?? first.due ?? now
                if due < time { (slot, time) = (first, due) }
            }
            guard time <= now else { return time }
            begin(slot ?? newSlot(), now)
        }
        return .never
    }

    private func newSlot() -> Slot {
        let place = freePlaces.popLast() ?? slots.count
        let slot = makeSlot(place)
        if place == slots.count { slots.append(slot) } else { slots[place] = slot }
        return slot
    }

    final func remove(_ slot: Slot) {
        for addition in additions { addition.leave(slot) }
        slot.state = .gone
        freePlaces.append(slot.place)
    }

    final func delay(_ slot: Slot, until due: Nanoseconds) {
        for addition in additions { addition.leave(slot) }
        (slot.state, slot.due) = (.delayed, due)
        if slot.isRetry { backingOff.insert(slot, due) } else { reopening.insert(slot, due) }
    }

    // MARK: Connecting: the original's _add_one

    private func begin(_ slot: Slot, _ now: Nanoseconds) {
        if slot.state == .delayed, !reopening.remove(slot) { backingOff.remove(slot) }
        if !slot.isRetry { lastFirst = now }
        lastNumber += 1
        (slot.state, slot.number, slot.since, slot.due) = (.connecting, lastNumber, .never, nil)
        connecting.append(slot)
        work(on: slot, "connect") { [weak self] in
            guard let additions = self?.additions else { return }
            let failure = try Self.failure {
                // The pool may be gone before there is leave.
                for addition in additions { try addition.acquire(slot) }
                try self?.attempt(slot)
            }
            self?.attemptEnded(slot, failure)
        }
    }

    private func attempt(_ slot: Slot) throws {
        guard slot.state == .connecting, !isClosed, !slot.isCondemned else { throw GreenletExit() }
        let limit = configuration.base.connectTimeout
        change { now in
            slot.since = now
            note(.connecting, slot, now)
        }
        try withTimeout(limit, throwing: limit.map { SocketTimeout("no connection within \($0)") }) {
            try run(.connect, on: slot)
        }
    }

    private func attemptEnded(_ slot: Slot, _ failure: (any Error)?) {
        let isRefusal = failure.map { !($0 is any Interruption) && self.isRefusal($0) } ?? false
        change { now in
            guard slot.state == .connecting else { return }
            connecting.remove(slot)
            slot.holder = nil
            guard let failure else { return connected(slot, now) }
            if slot.since == .never {
                // It got no leave to connect, which is no failed connect; or is not wanted any more.
                if failure is any Interruption { return remove(slot) }
                slot.since = now
                note(.connecting, slot, now)
                note(.connectFailed(failure, isRefusal: false), slot, 0, now)
                return delay(slot, until: now.after(max(Nanoseconds(configuration.base.reconnectDelay), frequency)))
            }
            note(.connectFailed(failure, isRefusal: isRefusal), slot, now - slot.since, now)
            let due = now.after(configuration.base.retryDelay(slot.failures, random))
            slot.failures += 1
            slot.isRetry = true
            delay(slot, until: due)
        }
        // Last: a handler of the user's may park.
        if let failure { additions.forEach { $0.failed(failure) } }
    }

    private func connected(_ slot: Slot, _ now: Nanoseconds) {
        let span = now - slot.since
        slot.isRetry = false
        if configuration.base.settleTime == .zero { slot.failures = 0 }
        // One that is made, or checked, in the instant in which another was found dead is none of those that are suspect.
        (slot.since, slot.usedAt, slot.trustedAt, slot.keptAliveAt, slot.uses) = (now, now, now + 1, nil, 0)
        note(.connected, slot, span, now)
        comeHome(slot, now)
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

    /// What `body` throws, but for the end of the hub, which ends whatever runs.
    static func failure(_ body: () throws -> Void) throws -> (any Error)? {
        do {
            try body()
            return nil
        } catch let error as HubDestroyed {
            throw error
        } catch {
            return error
        }
    }

    // MARK: Keepalive: the original's _keepalive_periodic

    final func startKeepalive() {
        let keeper = Greenlet<Void> { [weak self] in
            while let next = try self?.nextKeepalive() {
                // A kill by a stranger only makes it look again.
                _ = try Self.failure { _ = try parkCurrent(until: next == .never ? nil : next) }
            }
        }
        keeper.name = "\(name).keepalive"
        self.keeper = keeper.start()
    }

    /// Touches the connection that is idle longest of those whose turn it is. Gives when to look again, nil for never.
    private func nextKeepalive() throws -> Nanoseconds? {
        guard !isClosed, let interval = keepaliveInterval, keeper === AnyGreenlet.current else { return nil }
        let now = Hub.freshTime
        keeperWaits = now >= keeperDue && idle.isEmpty
        if keeperWaits || now < keeperDue { return keeperWaits ? .never : keeperDue }
        let turn = Nanoseconds(interval) / Nanoseconds(size)
        if let slot = idle.first(where: { now - ($0.keptAliveAt ?? .min / 2) >= turn * Nanoseconds(size) }) {
            change { now in
                startCheck(slot, now)
                (slot.keptAliveAt, slot.holder) = (now, ObjectIdentifier(AnyGreenlet.current))
            }
            let failure = try Self.failure {
                try withTimeout(configuration.base.keepaliveTimeout) { try run(.keepalive, on: slot) }
            }
            finishCheck(slot, failure, after: configuration.base.reconnectDelay)
        }
        keeperDue = Hub.freshTime.after(turn)
        return isClosed ? nil : keeperDue
    }

    /// Takes an idle connection for a hook.
    final func startCheck(_ slot: Slot, _ now: Nanoseconds) {
        idle.remove(slot)
        checkingCount += 1
        slot.state = .checking
        note(.checking, slot, now)
    }

    /// A hook has looked at a connection: nil if it is good; else it is replaced after the delay.
    ///
    /// Fidelity: the original's keepalive greenlet ends for ever at an error that is not among `exc_classes`; here
    /// whatever is thrown drops the connection, and keepalive goes on. See MIGRATION.md.
    final func finishCheck(_ slot: Slot, _ failure: (any Error)?, after delay: Duration?) {
        change { now in
            guard slot.state == .checking else { return }
            checkingCount -= 1
            slot.holder = nil
            if let failure { return discard(slot, failure, nil, after: delay, now) }
            slot.trustedAt = now + 1
            note(.checked, slot, now)
            comeHome(slot, now, isCold: true)
        }
    }

    // MARK: Time

    /// Has the pool looked at by then.
    final func lookAgain(at time: Nanoseconds) { if time < alarmTime { setAlarm(time, Hub.cachedTime) } }

    private func setAlarm(_ time: Nanoseconds, _ now: Nanoseconds) {
        // One that rings too early does no harm.
        guard time < alarmTime || isClosed else { return }
        alarm?.killNoWait()
        (alarm, alarmTime) = (nil, time)
        guard time != .never else { return }
        let greenlet = Greenlet<Void> { [weak self] in try self?.ring()?() }
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
}

@available(*, unavailable) extension AnyConnectionPool: Sendable {}
