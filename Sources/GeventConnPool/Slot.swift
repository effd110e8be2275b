internal import Gevent

/// Nanoseconds of the hub's loop, or a span of them.
typealias Nanoseconds = Int64

extension Nanoseconds {
    /// Later than any time.
    static let never = Int64.max

    /// A duration in nanoseconds, clamped; nil is `never`.
    init(_ duration: Duration?) {
        guard let (seconds, attoseconds) = duration?.components, abs(seconds) < 9_000_000_000 else {
            self = duration.map { $0 < .zero } == true ? .min : .never
            return
        }
        self = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// This time plus a span; `never` stays what it is.
    func after(_ span: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = addingReportingOverflow(span)
        return overflow ? .never : sum
    }
}

/// One of a pool's connections, from the wish for it to its end. It is in exactly one state, and green threads make each
/// change of state atomic: nothing parks in between.
///
///     connecting ─► idle ◄─► leased ──► closing ─► gone
///        │  ▲        │▲         ▲          │
///        ▼  │        ▼│         │          │
///      delayed     checking ────┴──────────┤
///         ▲                                │
///         └──────── a broken one ──────────┘
@usableFromInline
class Slot {
    enum State {
        /// Holds nothing, and its time to connect has not come: a failed connect backs off, a broken connection is not
        /// replaced at once. → connecting; gone, when fewer are wanted.
        case delayed
        /// `newConnection()` runs, or waits for leave to. → idle; delayed, when it failed; gone.
        case connecting
        /// Holds a connection that nobody has; stands in the pool's `idle`. → leased; checking; closing.
        case idle
        /// Holds a connection, and a borrower has it. → idle, or at once the next borrower's; closing.
        case leased
        /// Holds a connection, and a hook of the pool's has it. → idle; closing.
        case checking
        /// Its connection is taken leave of. → delayed; gone.
        case closing
        /// Is none of the pool's any more. Final.
        case gone
    }

    // Unchecked nowhere: whole-module builds prove that no two accesses of these overlap.
    final var state = State.connecting
    /// Where it stands in `AnyConnectionPool.slots`.
    final let place: Int
    /// The number of the connection, or of the attempt at one, of all of the pool's.
    final var number = 0
    /// Failed attempts in a row.
    final var failures = 0
    /// When it connects, while it is delayed; before that, when it is to once it is closed, nil for as all others.
    final var due: Nanoseconds?
    /// Since when it connects, `never` while it waits for leave to; then since when it is connected.
    final var since = Nanoseconds.never
    /// When it was last borrowed or came back.
    final var usedAt: Nanoseconds = 0
    /// When it was last seen to work.
    final var trustedAt: Nanoseconds = 0
    final var keptAliveAt: Nanoseconds?
    final var uses = 0
    /// The greenlet that borrows it or works on it.
    final var holder: ObjectIdentifier?
    final var site: BorrowSite = (file: "", line: 0)
    /// The pool's own greenlet that works on it, and whether it has begun.
    final var worker: AnyGreenlet?
    final var hasBegun = false
    /// For additions: when it must go, and how long it may be idle.
    final var expiresAt = Nanoseconds.never
    final var idleLimit = Nanoseconds.never
    /// For additions: it is to go when nobody has it; its long lease was told of.
    final var isCondemned = false
    final var isOverdue = false

    init(_ place: Int) { self.place = place }
}

/// Where a connection was borrowed.
typealias BorrowSite = (file: StaticString, line: UInt)

/// A slot with room for a connection.
@usableFromInline
final class ConnectionSlot<Connection>: Slot {
    @usableFromInline final var connection: Connection?
}

/// What a borrower has: a slot, and how often its greenlet had been interrupted when it got it.
@usableFromInline
struct Loan {
    @usableFromInline let slot: Slot
    @usableFromInline let interruptions: Int32
}

/// What a borrower, or a hook, says about a connection.
enum Verdict {
    /// It is as good as before.
    case good
    /// The body threw, but not what says that the connection is broken.
    case threw
    /// It is broken, for this reason if there is one.
    case broken((any Error)?)
    /// Its borrower was interrupted: nobody knows what is still to be read.
    case interrupted((any Error)?)
    /// It works, but is to be replaced.
    case spent
}

/// Why a borrower gets nothing.
enum Refusal {
    case closed, unavailable, tooMany(Int)
    case timedOut(Nanoseconds, heldByCaller: Int)
}

/// What happens in a pool, for those that count and tell.
enum Happening {
    case connecting, connected, connectFailed(any Error, isRefusal: Bool)
    case leased, returned, checking, checked, closed
    /// `isTelling`: whether it makes others suspect.
    case discarded((any Error)?, isTelling: Bool), retiring(String), goodbyeFailed(any Error)
    case waiting, exhausted, gaveUp
    case leaked, leakCleared, breakerOpened, breakerClosed
}

/// Something that is added to a pool: what the pool asks and tells it. The answers of several are combined in ways that do
/// not depend on their order: the least, the latest, the worst.
class Addition {
    /// May this idle connection be lent now? The worst answer counts.
    enum Fitness: Int { case good, overdue, afterCheck, notNow }

    /// Whether it has an opinion on single connections: `fitness` and `reasonToGo` are asked.
    var isJudge: Bool { false }
    /// Whether its opinion depends on a closer time than that of the turn's beginning.
    var needsTime: Bool { isJudge }
    /// Whether it is told of each lease and return too.
    var hearsLending: Bool { false }
    /// Whether it looks at the pool after each time that a borrower waits or is served.
    var isRestless: Bool { false }
    func fitness(_ slot: Slot, _ now: Nanoseconds) -> Fitness { .good }
    /// Why a connection that nobody has any more must go, in a word; nil if it need not.
    func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? { nil }
    /// Shows a connection to a hook of its own, since `fitness` said so; ends in `AnyConnectionPool.finishCheck`.
    func check(_ slot: Slot) {}

    /// Whether connections are lent at all.
    var isLending: Bool { true }
    /// Why one more borrower is not let in, where so many wait; nil if it is.
    func refusal(waiters: Int) -> Refusal? { nil }

    /// How many connections are kept without demand, at most.
    var mostUnasked: Int { .max }
    /// How many there should be, at least.
    var leastWanted: Int { 0 }
    /// How many may connect at once.
    var mostConnecting: Int { .max }
    /// Before which time none connects: takes the place of all delays. nil: each as its own delay says.
    var notBefore: Nanoseconds? { nil }
    /// Waits for leave to connect. Parks. On the connect's own greenlet; the pool is not held meanwhile.
    func acquire(_ slot: Slot) throws {}
    /// A slot has no connection any more, or never got one.
    func leave(_ slot: Slot) {}

    /// Called at each look at the pool: does what is due, which it finds without looking at each slot, and says when
    /// something is due next.
    func look(_ now: Nanoseconds) -> Nanoseconds { .never }
    /// Called at the end of each look, when all has been done that there was to do.
    func lookLast() {}
    /// Something happened. `span`: how long it took, if it is something that ends.
    func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {}
    /// A connect failed; called outside of changes.
    func failed(_ error: any Error) {}
    /// This is a forked child: all connections are the parent's.
    func startAnew() {}
    /// What a borrower that is refused gets to see; nil if this has no word for it.
    func error(for refusal: Refusal) -> (any Error)? { nil }
}

/// A pool that has additions whether its configuration asks for them or not.
protocol Furnished {
    func furnish() -> [Addition]
}
