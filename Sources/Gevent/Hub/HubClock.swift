internal import EventLoop

/// A hub's clock: the loop's time, real or virtual. `Hub.clock` gives it.
public final class HubClock {
    /// A point in a hub's time.
    public struct Instant: InstantProtocol, Sendable, CustomStringConvertible {
        let nanoseconds: Nanoseconds

        /// This time plus `duration`; where the clock ends before that (after 292 years), its end.
        public func advanced(by duration: Duration) -> Instant {
            Instant(nanoseconds: nanoseconds.adding(Nanoseconds(clamping: duration)))
        }

        /// How long it is from this time to `other`.
        public func duration(to other: Instant) -> Duration { .nanoseconds(other.nanoseconds.subtracting(nanoseconds)) }

        /// How long it is from the second to the first.
        public static func - (a: Instant, b: Instant) -> Duration { b.duration(to: a) }

        /// A time plus a duration.
        public static func + (a: Instant, d: Duration) -> Instant { a.advanced(by: d) }

        /// Whether the first is earlier.
        public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

        /// Seconds since the clock's own zero.
        public var description: String { "\(Duration.nanoseconds(nanoseconds))" }
    }

    private let hub: Hub

    init(_ hub: Hub) { self.hub = hub }

    /// The time now, read from the clock.
    public var now: Instant { Instant(nanoseconds: hub.loop.updateNow()) }

    /// Whether time is virtual: it stands still while greenlets run, and jumps to the next timer when all wait. See
    /// `Hub.withVirtualTime(configuration:quiet:_:)`.
    public var isVirtual: Bool { hub.loop.isVirtual }

    /// Lets `duration` of virtual time pass; what falls due on the way runs in its order, and what falls due at its
    /// end has run too. Parks the calling greenlet. Virtual time only: a real clock stops the program.
    @available(*, noasync)
    public func advance(by duration: Duration) throws {
        require(isVirtual, "HubClock.advance(by:) needs virtual time: Hub.withVirtualTime or @Suite(.virtualTime)")
        try sleep(for: duration)
        // What the same instant woke, and what that made runnable.
        for _ in 0..<2 { try yield() }
    }

    /// How long `body` takes. Parks if `body` does.
    @available(*, noasync)
    public func measure(_ body: () throws -> Void) throws -> Duration {
        let start = now
        try body()
        return now - start
    }
}

@available(*, unavailable) extension HubClock: Sendable {}

extension Hub {
    /// This hub's clock.
    public var clock: HubClock { HubClock(self) }

    /// Runs `body` on a hub of its own in virtual time, on the calling thread, and destroys it afterwards.
    ///
    /// Time stands still while greenlets run; when all wait and no real I/O is awaited it jumps to the next timer, so
    /// that hours of back-off pass in milliseconds. The caller's own hub stands still meanwhile. When nothing is left
    /// that could wake anybody, `LoopExit` is thrown into `body`, as on any hub.
    ///
    /// A `StreamServer` or `DatagramServer` that merely waits for peers does not hold the clock: it jumps once nothing
    /// has come for a millisecond of real time. A greenlet that waits for a connection of its own does, as `quiet` says.
    ///
    /// - Parameter quiet: what to do while a greenlet waits for a socket or another descriptor. nil, the default: time
    ///   goes at the real clock's pace then, since what will come, and when, is not known. Otherwise: time stands still,
    ///   and jumps to the next timer once nothing has come for so long in real time. Right where whoever sends is a
    ///   greenlet of the same hub: what is sent has come at once then, so that a few milliseconds are plenty. While
    ///   another thread works for a greenlet (a thread pool, a name's resolution, `awaitTask`), time goes at the real
    ///   clock's pace either way.
    @available(*, noasync) @discardableResult
    public static func withVirtualTime<R>(
        configuration: Configuration = defaultConfiguration, quiet: Duration? = nil, _ body: (HubClock) throws -> R
    ) throws -> R {
        if let quiet { require(quiet >= .zero, "the quiet before virtual time jumps must not be negative") }
        let hub = try Hub(configuration, virtualTime: true)
        hub.loop.quietTime = quiet.map { Nanoseconds(0).advanced(after: $0) }
        defer { hub.tearDown() }
        return try body(hub.clock)
    }
}
