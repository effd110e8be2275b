import Glibc
import Synchronization

/// How often this process is the child of a fork: by that a loop sees that its descriptors are shared with a parent.
///
/// libev would ask for the process id in every turn (EVFLAG_FORKCHECK, 106 ns); this is one load.
enum ForkCounter {
    private static let count = Atomic<Int>(0)

    /// Counts once this was used in the parent.
    static var current: Int {
        _ = isRegistered
        return count.load(ordering: .relaxed)
    }

    private static let isRegistered: Bool =
        pthread_atfork(nil, nil, { ForkCounter.count.add(1, ordering: .relaxed) }) == 0
}
