import CLibEV
import Glibc

/// A value that several threads use, one at a time, and whose changes they can wait for. It blocks threads: for those that
/// have no hub.
package final class Monitor<Value>: @unchecked Sendable {
    // Unchecked: the value is reached with the mutex locked only.
    private var value: Value
    /// On the heap: the system's objects must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ value: sending Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread has it.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Blocks the thread until `body` gives something; it is asked again after each notification. nil when the deadline
    /// (real time) has passed: then `body` has given nil once more after it.
    package func wait<Result>(until deadline: Nanoseconds?, _ body: (inout Value) -> Result?) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var isOver = false
        while true {
            if let result = body(&value) { return result }
            if isOver { return nil }
            guard let deadline else {
                pthread_cond_wait(changed, mutex)
                continue
            }
            var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            isOver = pthread_cond_timedwait(changed, mutex, &time) == ETIMEDOUT
        }
    }

    /// One thread that waits asks again.
    package func notifyOne() { pthread_cond_signal(changed) }

    /// All threads that wait ask again.
    package func notifyAll() { pthread_cond_broadcast(changed) }
}
