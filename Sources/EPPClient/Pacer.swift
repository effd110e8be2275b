import Gevent

/// Keeps to a pace: knows the last times at which something happened, and so when it may happen again.
///
/// The registry counts what arrives, and two commands may come closer together than they were sent: a hundredth of the
/// period is added for that.
final class Pacer {
    let pace: Pace
    private let period: Duration
    /// Those that wait to send a command, one at a time, so that they go in the order in which they came.
    let gate = BoundedSemaphore(1)

    /// The last `pace.count` times, a ring.
    private var times: [HubClock.Instant] = []
    private var oldest = 0

    init(_ pace: Pace) {
        self.pace = pace
        period = pace.period.bounded + pace.period.bounded / 100
    }

    /// How long it is until there is room for one more; zero if there is.
    var delay: Duration {
        guard times.count == pace.count else { return .zero }
        return max(.zero, period - (Hub.current.clock.now - times[oldest]))
    }

    /// Takes the room for one, if there is some.
    func takeNoWait() -> Bool {
        guard delay == .zero else { return false }
        take()
        return true
    }

    /// Notes one, whether there was room or not.
    func take() {
        let now = Hub.current.clock.now
        guard times.count == pace.count else { return times.append(now) }
        times[oldest] = now
        oldest = (oldest + 1) % pace.count
    }

    /// Waits until there is room, which somebody else may take first. False at once where that is later than `end`.
    func waitForRoom(until end: HubClock.Instant? = nil) throws -> Bool {
        while true {
            let delay = delay
            guard delay > .zero else { return true }
            if let end, Hub.current.clock.now + delay > end { return false }
            try sleep(for: delay)
        }
    }
}
