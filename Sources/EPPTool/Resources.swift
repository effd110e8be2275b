import Glibc

/// What the system lets this process have. Asked for beforehand: without it connections would be refused or threads waited
/// for, which takes long and tells nothing.
enum Resources {
    /// What both hubs and the program itself have open, and some more.
    private static let otherDescriptors = 32
    /// The registry's, the monitor's, and those of Swift's own pool, over which the registry is told what to do.
    private static let threads = 4

    /// What a registry of this program's own takes, with so many connections, of which both ends are here.
    static func provide(forConnections count: Int) throws {
        try provideDescriptors(2 * count + otherDescriptors)
        try probeThreads(threads)
    }

    /// Sees to it that there can be so many descriptors, as far as the limit may be raised.
    private static func provideDescriptors(_ count: Int) throws {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        // Safe: the pointers are used inside the calls only.
        guard getrlimit(kind, &limit) == 0, limit.rlim_cur < count else { return }
        let most = limit.rlim_max
        limit.rlim_cur = min(most, rlim_t(count))
        guard most >= count, setrlimit(kind, &limit) == 0 else {
            throw UsageError("this takes \(count) descriptors, and \(most) are allowed (ulimit -n)")
        }
    }

    /// Starts so many threads at once, and ends them.
    private static func probeThreads(_ count: Int) throws {
        var barrier = pthread_mutex_t()
        pthread_mutex_init(&barrier, nil)
        pthread_mutex_lock(&barrier)
        var threads: [pthread_t] = []
        var failure: Int32 = 0
        // Safe: the mutex outlives the threads, which are joined below.
        withUnsafeMutablePointer(to: &barrier) { barrier in
            for _ in 0..<count where failure == 0 {
                var thread = pthread_t()
                failure = pthread_create(
                    &thread, nil,
                    { barrier in
                        let mutex = barrier?.assumingMemoryBound(to: pthread_mutex_t.self)
                        guard let mutex else { return nil }
                        // None ends before all have begun.
                        pthread_mutex_lock(mutex)
                        pthread_mutex_unlock(mutex)
                        return nil
                    }, barrier)
                if failure == 0 { threads.append(thread) }
            }
            pthread_mutex_unlock(barrier)
            for thread in threads { pthread_join(thread, nil) }
        }
        pthread_mutex_destroy(&barrier)
        guard failure == 0 else {
            throw UsageError("this takes \(count) threads, and the system gives \(threads.count) (ulimit -u)")
        }
    }
}
