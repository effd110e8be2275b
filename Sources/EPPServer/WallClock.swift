import Glibc

/// The date and time, for greetings.
enum WallClock {
    static var secondsSince1970: Double {
        var now = timespec()
        // Safe: the pointer is used inside the call only; this clock cannot fail.
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec / 1_000_000) / 1000
    }
}
