import Synchronization

/// The counts of a registry, which any thread may read while the registry's own counts on.
final class RegistryCounters: Sendable {
    private let statistics = Mutex(RegistryStatistics())

    var snapshot: RegistryStatistics { statistics.withLock { $0 } }

    func count(_ what: (inout RegistryStatistics) -> Void) {
        // Safe: never parks inside, the closures are additions.
        statistics.withLock { what(&$0) }
    }
}
