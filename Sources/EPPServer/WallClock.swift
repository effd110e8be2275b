import EPP
import Gevent
import Glibc

/// A registry's date and time: it starts where it is told, follows the hub's clock, real or virtual, and can be set
/// forward.
struct WallClock {
    private let start: Double
    private let clock: HubClock
    private let origin: HubClock.Instant
    private var ahead = Duration.zero

    init(startingAt date: Timestamp?, on hub: Hub) {
        start = date?.secondsSince1970 ?? Self.systemTime
        clock = hub.clock
        origin = clock.now
    }

    /// Seconds since 1970.
    var now: Double { start + (clock.now - origin + ahead) / .seconds(1) }

    /// The hub's time, which is not set.
    var hubTime: HubClock.Instant { clock.now }

    mutating func advance(by time: Duration) { ahead += time }

    private static var systemTime: Double {
        var now = timespec()
        // Safe: the pointer is used inside the call only; this clock cannot fail.
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec / 1_000_000) / 1000
    }
}
