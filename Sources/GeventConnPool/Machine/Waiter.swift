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

    /// nil in tests of the decisions alone.
    let greenlet: AnyGreenlet?
    let holder: ObjectIdentifier?
    let site: BorrowSite
    let since: Nanoseconds
    var outcome = Outcome.waiting

    init(_ greenlet: AnyGreenlet?, site: BorrowSite, since: Nanoseconds) {
        self.greenlet = greenlet
        holder = greenlet.map { ObjectIdentifier($0) }
        self.site = site
        self.since = since
    }

    var isWaiting: Bool {
        if case .waiting = outcome { return true }
        return false
    }
}

/// Borrowers in the order in which they came. One that leaves early is skipped later, and swept out once such are
/// more than half.
struct WaiterQueue {
    private var entries: [Waiter] = []
    private var head = 0
    private(set) var count = 0

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    mutating func append(_ waiter: Waiter) {
        entries.append(waiter)
        count += 1
    }

    /// The first one that still waits. The caller gives it its outcome.
    mutating func popFirst() -> Waiter? {
        while head < entries.count {
            let waiter = entries[head]
            head += 1
            if waiter.isWaiting {
                count -= 1
                tidy()
                return waiter
            }
        }
        tidy()
        return nil
    }

    /// It gave up.
    mutating func leave(_ waiter: Waiter) {
        waiter.outcome = .left
        count -= 1
        if entries.last === waiter { entries.removeLast() }
        tidy()
    }

    private mutating func tidy() {
        if count == 0 {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if entries.count > 32, entries.count > 2 * count {
            entries.removeAll { !$0.isWaiting }
            head = 0
        }
    }
}
