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
        start = date?.secondsSince1970 ?? systemTime()
        clock = hub.clock
        origin = clock.now
    }

    /// Seconds since 1970, up to the last date that can be written.
    var now: Double { min(start + (clock.now - origin + ahead) / .seconds(1), RegistryDate.last) }

    /// The hub's time, which is not set.
    var hubTime: HubClock.Instant { clock.now }

    mutating func advance(by time: Duration) { ahead = (ahead + time.bounded).bounded }
}

/// Seconds since 1970 by the system's clock, in milliseconds.
package func systemTime() -> Double {
    // As two words, which is what a timespec is: which module its fields are of, and so would have to be imported, depends
    // on the kind of build.
    var now = (seconds: 0, nanoseconds: 0)
    // Safe: of the same size and alignment, inside the call only. This clock cannot fail.
    _ = withUnsafeMutablePointer(to: &now) { words in
        words.withMemoryRebound(to: timespec.self, capacity: 1) { clock_gettime(CLOCK_REALTIME, $0) }
    }
    return Double(now.seconds) + Double(now.nanoseconds / 1_000_000) / 1000
}
