import Glibc
import Synchronization

/// A value that several threads use, one at a time.
///
/// Not `Synchronization.Mutex`: its futex is taken inside a library that the thread sanitizer does not see into, so that
/// whatever it guards is reported as a race. The sanitizer knows a pthread mutex.
///
/// In a forked child it is free, also where a thread of the parent held it that the child does not have. What it guards
/// is as that thread left it: who cannot bear that forks with the lock held.
package final class Lock<Value>: @unchecked Sendable {
    // Unchecked: the value is reached through `withLock` only.
    private var value: Value
    /// On the heap: the system's mutex must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// In which process the mutex was made; its complement while it is being made.
    private let forks = Atomic(ForkCounter.current)

    package init(_ value: sending Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread has it. Keep it short, and never park in it.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        let now = ForkCounter.current
        if forks.load(ordering: .acquiring) != now { renew(now) }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// The first of the child's threads to come here makes the mutex anew.
    @inline(never)
    private func renew(_ now: Int) {
        let seen = forks.load(ordering: .acquiring)
        if seen != now, seen != ~now,
            forks.compareExchange(expected: seen, desired: ~now, ordering: .acquiringAndReleasing).exchanged
        {
            pthread_mutex_init(mutex, nil)
            forks.store(now, ordering: .releasing)
        }
        while forks.load(ordering: .acquiring) != now { sched_yield() }
    }
}
