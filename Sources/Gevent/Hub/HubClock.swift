internal import EventLoop

/// A hub's clock: the loop's time, real or virtual. `Hub.clock` gives it.
public final class HubClock {
    /// A point in a hub's time.
    public struct Instant: InstantProtocol, Sendable, CustomStringConvertible {
        let nanoseconds: Nanoseconds

        /// This time plus `duration`.
        public func advanced(by duration: Duration) -> Instant {
            let (seconds, attoseconds) = duration.components
            return Instant(nanoseconds: nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        }

        /// How long it is from this time to `other`.
        public func duration(to other: Instant) -> Duration { .nanoseconds(other.nanoseconds - nanoseconds) }

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

    /// Whether time is virtual: it stands still while greenlets run, and jumps to the next timer when all wait.
    public var isVirtual: Bool { hub.loop.isVirtual }

    /// Lets `duration` of virtual time pass; what falls due on the way runs in its order, and what falls due at its
    /// end has run too. Parks the calling greenlet. Virtual time only: a real clock stops the program.
    @available(*, noasync)
    public func advance(by duration: Duration) throws {
        precondition(isVirtual, "HubClock.advance(by:) needs virtual time: Hub.withVirtualTime or @Suite(.virtualTime)")
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
    @available(*, noasync) @discardableResult
    public static func withVirtualTime<R>(
        configuration: Configuration = defaultConfiguration, _ body: (HubClock) throws -> R
    ) throws -> R {
        let hub = Hub(configuration, virtualTime: true)
        defer { hub.tearDown() }
        return try body(hub.clock)
    }
}
