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

    final var state = State.connecting
    /// Where it stands in `AnyConnectionPool.slots`.
    final let place: Int
    /// The number of the connection, or of the attempt at one, of all of the pool's.
    final var number = 0
    /// Failed attempts in a row, and whether the last thing was one.
    final var failures = 0
    final var isRetry = false
    /// When it connects, while it is delayed; before that, when it is to once it is closed, nil for as all others.
    final var due: Nanoseconds?
    /// Since when it connects, `never` while it waits for leave to; then since when it is connected.
    final var since = Nanoseconds.never
    /// When it was last borrowed or came back, seen to work, kept alive; how often it was borrowed.
    final var usedAt: Nanoseconds = 0
    final var trustedAt: Nanoseconds = 0
    final var keptAliveAt: Nanoseconds?
    final var uses = 0
    /// The greenlet that borrows it or works on it, and where it was borrowed.
    final var holder: ObjectIdentifier?
    final var site: BorrowSite = (file: "", line: 0)
    /// The pool's own greenlet that works on it, and whether it has begun.
    final var worker: AnyGreenlet?
    final var hasBegun = false
    /// It is to go when nobody has it.
    final var isCondemned = false
    /// What additions know of it.
    final var notes = Notes()

    struct Notes {
        var expiresAt = Nanoseconds.never
        var idleLimit = Nanoseconds.never
        var isOverdue = false
        var isCheckedForWaiter = false
    }

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

/// What a borrower says about the connection that it brings back.
enum Verdict {
    /// It is as good as before; so it is too where the body threw, but not what says that the connection is broken.
    case good, threw
    /// It is broken; or its borrower was interrupted, and nobody knows what is still to be read.
    case broken((any Error)?), interrupted((any Error)?)
    /// It works, but is to be replaced.
    case spent
}

/// What happens in a pool, for those that count and tell.
enum Happening {
    case connecting, connected, connectFailed(any Error, isRefusal: Bool)
    case leased, returned, checking, checked
    case discarded((any Error)?, wasInterrupted: Bool), retiring(String), closed
    case waiting, exhausted, gaveUp
    /// Something of an addition's own.
    case other(Any)
}

/// Something that is added to a pool: what the pool asks and tells it. The answers of several are combined in ways that do
/// not depend on their order: the least, the latest, all.
class Addition {
    // MARK: May this one be lent now, and what becomes of one that comes back?

    /// Whether connections are lent at all.
    var isLending: Bool { true }
    /// What one more borrower that would have to wait is refused with; nil if it may wait.
    func refusal() -> (any Error)? { nil }
    /// Why a connection that nobody has any more must go, in a word; nil if it need not.
    func reasonToGo(_ slot: Slot, _ now: Nanoseconds) -> String? { nil }
    /// What a borrower whose time is over gets to see.
    func exhaustion(waited: Nanoseconds, held: Int) -> (any Error)? { nil }

    // MARK: May a connect begin, and when?

    /// How many slots there are to be now; the pool's size at most.
    var wanted: Int { .max }
    /// How many there are to be at least, for additions that want fewer.
    var leastWanted: Int { 0 }
    /// How many may connect at once.
    var mostConnecting: Int { .max }
    /// Before which time none connects: takes the place of all delays. nil: each as its own delay says.
    var notBefore: Nanoseconds? { nil }
    /// Waits for leave to connect. Parks, on the connect's own greenlet; the pool is not held meanwhile.
    func acquire(_ slot: Slot) throws {}
    /// A slot has no connection any more, or never got one.
    func leave(_ slot: Slot) {}
    /// Takes leave of a connection and calls `AnyConnectionPool.closed`; false if it does not.
    func takeLeave(_ slot: Slot, gracefully: Bool) -> Bool { false }

    // MARK: What falls due next, and what happened?

    /// Called at each look at the pool: does what is due, which it knows without looking at each slot, and says when
    /// something is due next.
    func look(_ now: Nanoseconds) -> Nanoseconds { .never }
    /// Called at the end of each look.
    func lookLast() {}
    /// A connection was lent to a borrower that waited so long, or came back after it was used so long.
    func lent(_ slot: Slot, _ waited: Nanoseconds, _ now: Nanoseconds) { note(.leased, slot, waited, now) }
    func returned(_ slot: Slot, _ used: Nanoseconds, _ now: Nanoseconds) { note(.returned, slot, used, now) }
    /// The pool's configuration was changed.
    func reconfigured() {}
    /// Something happened. `span`: how long it took, if it is something that ends.
    func note(_ what: Happening, _ slot: Slot?, _ span: Nanoseconds?, _ now: Nanoseconds) {}
    /// A connect failed; called outside of changes.
    func failed(_ error: any Error) {}
    /// This is a forked child: all connections are the parent's.
    func startAnew() {}

    // MARK: How often it is asked

    /// Whether `reasonToGo` is asked, and whether what it says of single connections depends on a close time.
    var isJudge: Bool { false }
    var needsTime: Bool { isJudge }
    /// Whether it is told of each lease and return, and whether it looks after each while borrowers wait.
    var hearsLending: Bool { false }
    var isRestless: Bool { false }
    /// Whether it is told of those leases and returns at least that took time, and whether `refusal` is asked.
    var hearsSpans: Bool { false }
    var mayRefuse: Bool { false }
}

/// Which idle connection is lent, where that is not simply the next one.
protocol Chooser: AnyObject {
    /// Where one stands that may be lent as it is.
    func choose(_ idle: SlotQueue, _ now: Nanoseconds) -> Int?
    /// Nothing can be lent as it is, and so many wait.
    func makeFit(_ demand: Int, _ now: Nanoseconds)
}

/// A pool that has additions whether its configuration asks for them or not.
protocol Furnished {
    func furnish() -> [Addition]
    func makeChooser() -> (any Chooser)?
}

/// What one addition can be set to. Setting any of it adds the addition to the pool.
protocol PoolOptions: Sendable {
    init()
    func addition(to pool: AnyConnectionPool) -> Addition?
    func validate(size: Int) throws
}

/// Slots in an order, of which the first and the last are taken at no cost.
struct SlotQueue {
    private(set) var elements: [Slot?] = []
    private(set) var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { elements.count == head }
    subscript(_ index: Int) -> Slot? { elements[head + index] }
    var first: Slot? { isEmpty ? nil : elements[head] }

    mutating func append(_ slot: Slot) { elements.append(slot) }
    mutating func prepend(_ slot: Slot) { elements.insert(slot, at: head) }

    @inline(__always)
    mutating func popFirst() -> Slot? {
        guard head < elements.count else { return nil }
        let slot = elements[head].take()
        head += 1
        // So rarely that it costs nothing: half of the places are empty.
        if head > 16, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return slot
    }

    mutating func popFirst(where isMeant: (Slot) -> Bool) -> Slot? { first.map(isMeant) == true ? popFirst() : nil }
    mutating func popLast() -> Slot? { isEmpty ? nil : elements.removeLast() }
    func first(where isMeant: (Slot) -> Bool) -> Slot? { elements[head...].first { $0.map(isMeant) == true } ?? nil }

    /// Puts it behind those that are due no later.
    mutating func insert(_ slot: Slot, _ due: Nanoseconds) {
        var place = elements.count
        while place > head, let before = elements[place - 1]?.due, before > due { place -= 1 }
        elements.insert(slot, at: place)
    }

    mutating func remove(at index: Int) -> Slot? { index == 0 ? popFirst() : elements.remove(at: head + index) }

    /// Whether it was there. One near the front costs little.
    @discardableResult
    mutating func remove(_ slot: Slot) -> Bool {
        if first === slot { return popFirst() != nil }
        guard let place = elements[head...].firstIndex(where: { $0 === slot }) else { return false }
        elements.remove(at: place)
        return true
    }
}
