import CLibEV
import Synchronization

/// The one thing of a loop that other threads may touch: it wakes it.
package final class Waker: Sendable {
    /// libev's loop and the watcher in it.
    ///
    /// Sendable: only `ev_async_send` is called on them, which libev makes for this, and only under the lock, while the
    /// loop lives.
    private struct Target: @unchecked Sendable {
        let loop: OpaquePointer
        let watcher: UnsafeMutablePointer<ev_async>
    }

    private let target = Lock<Target?>(nil)
    private let isPending = Atomic(false)
    /// In which process the loop lives. In a forked child the loops of the other threads are gone, and what they are
    /// woken by is the parent's.
    private let forks = Atomic(ForkCounter.current)

    /// One that wakes nothing until its loop is attached.
    package init() {}

    /// Makes the loop call `onWake` on its own thread soon.
    ///
    /// May be called from any thread. Several calls before the loop takes notice are one. Harmless once the loop is
    /// destroyed, and, in a forked child, for the loop of another thread.
    package func wake() {
        guard forks.load(ordering: .relaxed) == ForkCounter.current else { return }
        guard !isPending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        target.withLock { target in
            if let target { ev_async_send(target.loop, target.watcher) }
        }
    }

    /// Whether the loop is to take notice of a wake-up still.
    var isWoken: Bool { isPending.load(ordering: .acquiring) }

    /// The loop is up.
    func attach(_ loop: OpaquePointer, _ watcher: UnsafeMutablePointer<ev_async>) {
        let target = Target(loop: loop, watcher: watcher)
        self.target.withLock { $0 = target }
    }

    /// The loop goes. No wake touches it once this has returned.
    func detach() {
        target.withLock { $0 = nil }
    }

    /// In a forked child, on the one thread that is left: the loop lives here as well. A wake that was on its way is
    /// sent again.
    func renew() {
        forks.store(ForkCounter.current, ordering: .relaxed)
        if isPending.exchange(false, ordering: .relaxed) { wake() }
    }

    /// On the loop, before it looks at what it was woken for: a wake from here on is another one.
    func acknowledge() {
        isPending.store(false, ordering: .sequentiallyConsistent)
    }
}
