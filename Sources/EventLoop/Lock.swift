import Glibc

/// A value that several threads use, one at a time.
///
/// Not `Synchronization.Mutex`: its futex is taken inside a library that the thread sanitizer does not see into, so that
/// whatever it guards is reported as a race. The sanitizer knows a pthread mutex.
package final class Lock<Value>: @unchecked Sendable {
    // Unchecked: the value is reached through `withLock` only.
    private var value: Value
    /// On the heap: the system's mutex must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

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
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
