internal import EventLoop

/// When a wait is over, in the time of a hub's loop: never, at a time, or before it begins.
///
/// One word, so that a wait compares instead of unwrapping. Whatever duration it is made from, it does not overflow: what
/// lies beyond the clock's end is at its end.
package struct Deadline: Comparable, Sendable {
    /// The largest is never, the smallest without a wait.
    let time: Int64

    /// The wait goes on until something else ends it.
    @inline(__always)
    package static var never: Deadline { Deadline(time: .max) }

    /// Whatever would have to wait fails instead. A wait of no length, unlike it, lets the others run once.
    @inline(__always)
    package static var noWait: Deadline { Deadline(time: .min) }

    @inline(__always)
    fileprivate init(time: Int64) { self.time = time }

    /// A loop time.
    @inline(__always)
    init(at time: Nanoseconds) { self.init(time: min(max(time, .min + 1), .end)) }

    package static func < (a: Deadline, b: Deadline) -> Bool { a.time < b.time }

    /// How long it is until then, none if it has passed; nil for never.
    func timeLeft(at now: Nanoseconds) -> Duration? {
        self == .never ? nil : .nanoseconds(max(0, time.subtracting(now)))
    }
}

/// When `timeout` from now is over; never for nil.
func deadline(_ core: Core, _ timeout: Duration?) -> Deadline {
    guard let timeout else { return .never }
    let now = core.pointee.loop._withUnsafeGuaranteedRef { $0.updateNow() }
    // Within the clock's bounds already.
    return Deadline(time: now.advanced(after: timeout))
}

extension Nanoseconds {
    /// The last moment of a clock. Not the largest number, which is `Deadline.never`.
    static var end: Nanoseconds { .max - 1 }

    /// A duration, rounded up and clamped.
    @inline(__always)
    init(clamping duration: Duration) {
        let total = duration.attoseconds
        if total >= 0, total <= UInt64.max {
            // Up to 18 s, which most are: a division by a constant instead of one of 128 bits.
            let (nanoseconds, rest) = UInt64(truncatingIfNeeded: total).quotientAndRemainder(dividingBy: 1_000_000_000)
            self = Nanoseconds(nanoseconds) + (rest > 0 ? 1 : 0)
        } else {
            self.init(clampingLong: total)
        }
    }

    @inline(never)
    private init(clampingLong attoseconds: Int128) {
        let (nanoseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(clamping: nanoseconds + (rest > 0 ? 1 : 0))
    }

    /// This time plus a duration, not before this time and not after the end.
    func advanced(after duration: Duration) -> Nanoseconds {
        let span = Nanoseconds(clamping: duration)
        // Fidelity: gevent sorts a negative delay before one of zero.
        guard span > 0 else { return self }
        let (sum, overflow) = addingReportingOverflow(span)
        return overflow || sum > .end ? .end : sum
    }

    /// The sum, clamped.
    func adding(_ other: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, clamped.
    func subtracting(_ other: Nanoseconds) -> Nanoseconds {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}

extension Duration {
    /// Clamped to what a clock holds, 292 years to either side: sums and multiples of a few do not overflow.
    package var bounded: Duration { min(max(self, .nanoseconds(Int64.min)), .nanoseconds(Int64.max)) }
}
