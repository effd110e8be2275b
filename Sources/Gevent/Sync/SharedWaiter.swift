internal import EventLoop

/// A greenlet of some hub, or a thread without one, that waits for a permit of a `SharedSemaphore`.
///
///     queued ──► granted        by a release
///       └──────► gone           it was killed, or its time is over
///
/// All but `block` and `bell` belongs to the semaphore and is touched with its lock held.
final class SharedWaiter: @unchecked Sendable {
    // Unchecked: see above; `block` is touched on the hub's thread only, and `bell` is made for several threads.
    var next: SharedWaiter?
    /// Not retained: the list holds it from the front.
    unowned(unsafe) var previous: SharedWaiter?
    var isQueued = false
    var isGranted = false

    /// Where the greenlet is parked, until it goes on.
    var block: Block?
    private let core: Core?
    private let mailbox: Mailbox?
    private let bell: Monitor<Bool>?
    private let forks = ForkCounter.current

    /// The running greenlet.
    init(_ core: Core, _ block: Block) {
        self.core = core
        self.block = block
        mailbox = core.pointee.hub.takeUnretainedValue().handle.mailbox
        bell = nil
    }

    /// The calling thread, which has no hub.
    init() {
        core = nil
        mailbox = nil
        bell = Monitor(false)
    }

    /// From any thread, once it was granted. False if it is not there any longer to take it.
    func wake() -> Bool {
        if let bell {
            // In a forked child the other threads are not there.
            guard forks == ForkCounter.current else { return false }
            bell.withLock { $0 = true }
            bell.notifyOne()
            return true
        }
        if let core, HubCore.existing == core {
            unparkIfWaiting()
            return true
        }
        return mailbox?.post { self.unparkIfWaiting() } ?? false
    }

    private func unparkIfWaiting() {
        if let core, let block { unpark(core, block) }
    }

    /// Blocks the thread until it was granted (true) or the deadline, in real time, has passed (false).
    func blockThread(until deadline: Nanoseconds?) -> Bool {
        bell?.wait(until: deadline) { $0 ? true : nil } ?? false
    }
}

/// Waiters in the order in which they came; any can leave.
struct SharedWaiterList {
    private var first: SharedWaiter?
    private unowned(unsafe) var last: SharedWaiter?

    mutating func append(_ waiter: SharedWaiter) {
        waiter.isQueued = true
        waiter.previous = last
        if let last { last.next = waiter } else { first = waiter }
        last = waiter
    }

    mutating func remove(_ waiter: SharedWaiter) {
        guard waiter.isQueued else { return }
        waiter.isQueued = false
        let next = waiter.next
        if let previous = waiter.previous { previous.next = next } else { first = next }
        if let next { next.previous = waiter.previous } else { last = waiter.previous }
        waiter.next = nil
        waiter.previous = nil
    }

    mutating func popFirst() -> SharedWaiter? {
        guard let first else { return nil }
        remove(first)
        return first
    }
}
