/// Nanoseconds of the hub's loop, or a span of them.
typealias Nanoseconds = Int64

extension Nanoseconds {
    /// Later than any time.
    static let never = Int64.max

    /// A duration in nanoseconds, clamped; nil is `never`.
    init(_ duration: Duration?) {
        guard let duration else {
            self = .never
            return
        }
        let (seconds, attoseconds) = duration.components
        guard abs(seconds) < 9_000_000_000 else {
            self = seconds < 0 ? .min : .never
            return
        }
        self = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// This time plus a span; `never` stays what it is.
    func after(_ span: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = addingReportingOverflow(span)
        return overflow ? .never : sum
    }
}

/// A configuration as decisions need it: in nanoseconds, `never` and the largest number where there is no limit.
struct PoolRules {
    var frequency: Nanoseconds
    let isLIFO: Bool
    let keepsInterrupted: Bool
    let maximumWaiters: Int
    let lifetime: Nanoseconds
    let idleLimit: Nanoseconds
    let usesLimit: Int
    let trustWindow: Nanoseconds
    let leakThreshold: Nanoseconds
    let minimumSize: Int?
    let maximumConnects: Int
    let backOff: BackOffDelays
    let settleTime: Nanoseconds
    let reconnectDelay: Nanoseconds
    let breakerOpensAfter: Nanoseconds
    let probeEvery: Nanoseconds
    let breakerRefuses: Bool
    let jitter: Double
    /// Whether a decision depends on the time of a lease or a return closer than the loop's own, cached time.
    let needsFreshTime: Bool

    init(_ configuration: PoolConfiguration, frequency: Duration) {
        self.frequency = Nanoseconds(configuration.spawnFrequency ?? frequency)
        isLIFO = configuration.idleOrder == .lifo
        keepsInterrupted = configuration.interrupted == .keep
        maximumWaiters = configuration.maximumWaiters ?? .max
        lifetime = Nanoseconds(configuration.maximumLifetime)
        idleLimit = Nanoseconds(configuration.idleLimit)
        usesLimit = configuration.usesLimit ?? .max
        trustWindow = Nanoseconds(configuration.trustWindow)
        leakThreshold = Nanoseconds(configuration.leakThreshold)
        minimumSize = configuration.minimumSize
        maximumConnects = configuration.maximumConcurrentConnects ?? .max
        backOff = BackOffDelays(configuration.backOff)
        settleTime = Nanoseconds(configuration.settleTime)
        reconnectDelay = Nanoseconds(configuration.reconnectDelay)
        breakerOpensAfter = Nanoseconds(configuration.breaker?.openAfter)
        probeEvery = Nanoseconds(configuration.breaker?.probeEvery)
        breakerRefuses = configuration.breaker?.refusesBorrowers ?? false
        jitter = configuration.jitter
        needsFreshTime =
            configuration.maximumLifetime != nil || configuration.idleLimit != nil
            || configuration.trustWindow != nil || configuration.leakThreshold != nil
    }
}

/// The delays of a `BackOff`, in nanoseconds.
struct BackOffDelays {
    let initial: Nanoseconds
    let factor: Double
    let limit: Nanoseconds
    let jitter: Double

    init(_ backOff: PoolConfiguration.BackOff) {
        initial = Nanoseconds(backOff.initial)
        factor = backOff.factor
        limit = Nanoseconds(backOff.limit)
        jitter = backOff.jitter
    }

    /// The delay after the first failure (0), the second (1), and so on.
    func delay(_ failures: Int, _ random: () -> Double) -> Nanoseconds {
        var delay = initial
        var left = failures
        while left > 0, delay < limit, delay > 0, factor > 1 {
            delay = Nanoseconds(min(Double(delay) * factor, 9e18))
            left -= 1
        }
        return jittered(delay, jitter, random)
    }

    /// What a slot waits that is to be tried as seldom as possible.
    func longest(_ random: () -> Double) -> Nanoseconds { jittered(limit, jitter, random) }
}

/// `span` changed by up to `fraction` of it, plus or minus. `random` gives 0 up to 1.
func jittered(_ span: Nanoseconds, _ fraction: Double, _ random: () -> Double) -> Nanoseconds {
    guard fraction > 0, span != .never else { return span }
    return Nanoseconds(max(0, min(Double(span) * (1 + fraction * (2 * random() - 1)), 9e18)))
}
