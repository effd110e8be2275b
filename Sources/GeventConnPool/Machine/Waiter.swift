internal import Gevent

/// A borrower that waits for a connection.
final class Waiter {
    /// What became of it.
    enum Outcome {
        case waiting
        case leased(Int)
        case refused(any Error)
        case left
    }

    /// Who waits, as long as it does; nil in tests of the decisions alone.
    // Safe: not retained, since it is set only while `waitForConnection` stands on that greenlet's own stack.
    @exclusivity(unchecked) private(set) var greenlet: Unmanaged<AnyGreenlet>?
    @exclusivity(unchecked) private(set) var holder: ObjectIdentifier?
    @exclusivity(unchecked) private(set) var site: BorrowSite
    @exclusivity(unchecked) private(set) var since: Nanoseconds
    // Unchecked, all of them: the machine and the queue change them in one go, without calling anything.
    @exclusivity(unchecked) var outcome = Outcome.waiting
    // Safe: neighbours in the queue, each of which leaves it before it is freed, which its deinit makes sure of.
    @exclusivity(unchecked) fileprivate var next: Unmanaged<Waiter>?
    @exclusivity(unchecked) fileprivate var previous: Unmanaged<Waiter>?
    @exclusivity(unchecked) fileprivate var isQueued = false

    init(_ greenlet: AnyGreenlet?, site: BorrowSite, since: Nanoseconds) {
        self.greenlet = greenlet.map { .passUnretained($0) }
        holder = greenlet.map { ObjectIdentifier($0) }
        self.site = site
        self.since = since
    }

    /// For another borrower. Whoever still means to wake the last one wakes this one for nothing, which looks and waits.
    @inline(__always)
    func begin(_ greenlet: Unmanaged<AnyGreenlet>, site: BorrowSite, since: Nanoseconds) {
        self.greenlet = greenlet
        holder = greenlet._withUnsafeGuaranteedRef { ObjectIdentifier($0) }
        self.site = site
        self.since = since
        outcome = .waiting
    }

    /// Its borrower waits no longer.
    @inline(__always)
    func rest() { greenlet = nil }

    deinit { precondition(!isQueued, "a waiter is gone and still in the queue") }

    var isWaiting: Bool {
        if case .waiting = outcome { return true }
        return false
    }
}

/// Waiters that nobody uses. In an array each wait would retain and release one: a tenth of a contended lease.
struct SpareWaiters {
    // Each is retained once, by this list.
    private var first: Unmanaged<Waiter>?
    private var count = 0

    /// One to be put back or released.
    @inline(__always)
    mutating func take() -> Unmanaged<Waiter> {
        guard let waiter = first else {
            return .passRetained(Waiter(nil, site: BorrowSite(file: "", line: 0), since: 0))
        }
        first = waiter._withUnsafeGuaranteedRef {
            let next = $0.next
            $0.next = nil
            return next
        }
        count &-= 1
        return waiter
    }

    /// Takes the retain over.
    @inline(__always)
    mutating func put(_ waiter: Unmanaged<Waiter>) {
        guard count < 256 else { return waiter.release() }
        waiter._withUnsafeGuaranteedRef { $0.next = first }
        first = waiter
        count &+= 1
    }

    mutating func free() {
        while first != nil { take().release() }
    }
}

/// Borrowers in the order in which they came. It does not retain them: whoever waits holds its waiter.
struct WaiterQueue {
    private var first: Unmanaged<Waiter>?
    private var last: Unmanaged<Waiter>?
    private(set) var count = 0

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    mutating func append(_ waiter: Waiter) {
        let reference = Unmanaged.passUnretained(waiter)
        waiter.previous = last
        waiter.isQueued = true
        if let last { last._withUnsafeGuaranteedRef { $0.next = reference } } else { first = reference }
        last = reference
        count += 1
    }

    /// The first one. The caller gives it its outcome.
    mutating func popFirst() -> Waiter? {
        guard let waiter = first?.takeUnretainedValue() else { return nil }
        remove(waiter)
        return waiter
    }

    /// The same without a retain: its borrower holds it until it has been woken.
    @inline(__always)
    mutating func popFirstUnretained() -> Unmanaged<Waiter>? {
        guard let waiter = first else { return nil }
        // Safe: as said.
        waiter._withUnsafeGuaranteedRef { remove($0) }
        return waiter
    }

    /// It gave up.
    mutating func leave(_ waiter: Waiter) {
        remove(waiter)
        waiter.outcome = .left
    }

    private mutating func remove(_ waiter: Waiter) {
        precondition(waiter.isQueued, "a waiter leaves a queue that it is not in")
        let (previous, next) = (waiter.previous, waiter.next)
        if let previous { previous._withUnsafeGuaranteedRef { $0.next = next } } else { first = next }
        if let next { next._withUnsafeGuaranteedRef { $0.previous = previous } } else { last = previous }
        waiter.previous = nil
        waiter.next = nil
        waiter.isQueued = false
        count -= 1
    }
}
