import CLibEV
import Glibc
import Synchronization

/// How often this process is the child of a fork: by that whoever holds threads, descriptors or locks that belong to a
/// parent sees that they do.
///
/// libev would ask for the process id in every turn (EVFLAG_FORKCHECK, 106 ns); this is one load.
package enum ForkCounter {
    private static let count = Atomic<Int>(0)

    /// Another number in a forked child than in its parent. Counts once this was used in the parent.
    package static var current: Int {
        _ = isRegistered
        return count.load(ordering: .relaxed)
    }

    private static let isRegistered: Bool =
        pthread_atfork(nil, nil, { ForkCounter.count.add(1, ordering: .relaxed) }) == 0

    /// `fork(2)`, with what the loops share in order; -1 and `errno` if it fails.
    package static func fork() -> Int32 {
        _ = isRegistered
        return SignalWatch.withOwnersHeld { cev_fork() }
    }
}
