internal import Gevent
public import Logging

/// How often, how soon and on what errors something is tried again. The original's arguments of `retry`, as a value.
///
/// ```swift
/// let patiently = RetryPolicy(on: [SocketError.self], maxFailures: 5, interval: .seconds(2))
/// try withRetry(patiently) { try pool.get { try $0.sendAll("x") } }
/// ```
public struct RetryPolicy: Sendable {
    /// What is tried again: these errors and subclasses; `SocketError` by default. An `Interruption` never is.
    public var errorTypes: [any Error.Type]
    /// Where to log; nil, the default: nowhere.
    public var logger: Logger?
    /// At which level each failure is logged; info by default.
    public var retryLogLevel: Logger.Level
    /// What is logged at each failure; `{f}` is the function's name and `{e}` the error.
    public var retryLogMessage: String
    /// How many failures are put up with: it is tried once more than this. nil, the default: for ever.
    public var maxFailures: Int?
    /// How long to wait before the next attempt; zero, the default, lets others run once.
    public var interval: Duration
    /// At which level giving up is logged; error by default.
    public var maxFailureLogLevel: Logger.Level
    /// What is logged when it gives up; `{f}` and `{e}` as above.
    public var maxFailureLogMessage: String
    /// Takes the place of `interval`: longer and longer waits. nil by default.
    public var backOff: PoolConfiguration.BackOff?
    /// No attempt begins later than this after the first one began; an attempt that runs is not interrupted. nil, the
    /// default: no limit.
    public var deadline: Duration?
    /// Decides, in place of `errorTypes`, what is tried again. Not asked about an `Interruption`. nil by default.
    public var isRetryable: (@Sendable (any Error) -> Bool)?
    /// Is told of each failure of what is tried again, in the greenlet that tries, before it waits; may park. nil by
    /// default.
    public var onFailure: (@Sendable (Failure) -> Void)?
    /// An attempt that went on for so long before it failed starts the count of failures and the back-off anew: for
    /// bodies that run for hours. The `deadline` stays. nil, the default: the count is never reset.
    public var resetAfter: Duration?

    /// A failure, as `onFailure` hears of it.
    public struct Failure: Sendable {
        /// What the attempt threw.
        public let error: any Error
        /// How many failures there were since the first attempt or the last reset, this one included.
        public let count: Int
        /// How long it waits before the next attempt; nil: it gives up.
        public let wait: Duration?
    }

    /// The original's message for a failure.
    public static let defaultRetryLogMessage =
        "Connection broken in '{f}' (error: '{e}'); retrying with new connection."
    /// The original's message for giving up.
    public static let defaultMaxFailureLogMessage = "Max retries reached for '{f}'. Aborting."

    /// The original's defaults: tries for ever, at once, on `SocketError`.
    public init(
        on errorTypes: [any Error.Type] = defaultErrorTypes,
        logger: Logger? = nil,
        retryLogLevel: Logger.Level = .info,
        retryLogMessage: String = RetryPolicy.defaultRetryLogMessage,
        maxFailures: Int? = nil,
        interval: Duration = .zero,
        maxFailureLogLevel: Logger.Level = .error,
        maxFailureLogMessage: String = RetryPolicy.defaultMaxFailureLogMessage,
        backOff: PoolConfiguration.BackOff? = nil,
        deadline: Duration? = nil,
        isRetryable: (@Sendable (any Error) -> Bool)? = nil,
        onFailure: (@Sendable (Failure) -> Void)? = nil,
        resetAfter: Duration? = nil
    ) {
        self.errorTypes = errorTypes
        self.logger = logger
        self.retryLogLevel = retryLogLevel
        self.retryLogMessage = retryLogMessage
        self.maxFailures = maxFailures
        self.interval = interval
        self.maxFailureLogLevel = maxFailureLogLevel
        self.maxFailureLogMessage = maxFailureLogMessage
        self.backOff = backOff
        self.deadline = deadline
        self.isRetryable = isRetryable
        self.onFailure = onFailure
        self.resetAfter = resetAfter
    }
}

extension RetryPolicy {
    /// What to do after a failure.
    enum Decision: Equatable {
        case passOn
        case giveUp
        case tryAgain(after: Nanoseconds)
    }

    /// - Parameters:
    ///   - failures: how often it has failed, this one included.
    ///   - elapsed: since the first attempt began.
    func decide(
        on error: any Error, failures: Int, elapsed: Nanoseconds, random: () -> Double = { .random(in: 0..<1) }
    ) -> Decision {
        // First: what would be repeated at all; `matches` refuses what interrupts.
        guard isRetryable(error) else { return .passOn }
        if let maxFailures, failures > maxFailures { return .giveUp }
        let wait = backOff?.delay(failures - 1, random) ?? Nanoseconds(interval)
        if let deadline, elapsed.after(wait) > Nanoseconds(deadline) { return .giveUp }
        return .tryAgain(after: wait)
    }

    private func isRetryable(_ error: any Error) -> Bool {
        guard matches(error, [(any Error).self]) else { return false }
        return isRetryable?(error) ?? matches(error, errorTypes)
    }
}

/// Wraps a function so that it is called again while it fails, as `policy` says. The original's `functools.partial`.
public func retry<each Argument, Result>(
    _ policy: RetryPolicy, name: String = #function, _ function: @escaping (repeat each Argument) throws -> Result
) -> (repeat each Argument) throws -> Result {
    { (argument: repeat each Argument) in
        try withRetry(policy, name: name) { try function(repeat each argument) }
    }
}

/// Calls `body` again while it fails, as `policy` says. Parks the calling greenlet between attempts.
@available(*, noasync) @discardableResult
public func withRetry<Result>(
    _ policy: RetryPolicy, name: String = #function, _ body: () throws -> Result
) throws -> Result {
    let isTimed = policy.deadline != nil || policy.resetAfter != nil
    let start = isTimed ? Hub.freshTime : 0
    var begin = start
    var failures = 0
    while true {
        do {
            return try body()
        } catch {
            let now = isTimed ? Hub.freshTime : 0
            if let reset = policy.resetAfter, now - begin >= Nanoseconds(reset) { failures = 0 }
            failures += 1
            let decision = policy.decide(on: error, failures: failures, elapsed: now - start)
            guard decision != .passOn else { throw error }
            policy.logger?.log(level: policy.retryLogLevel, "\(filled(policy.retryLogMessage, name, error))")
            guard case .tryAgain(let wait) = decision else {
                policy.onFailure?(RetryPolicy.Failure(error: error, count: failures, wait: nil))
                policy.logger?.log(
                    level: policy.maxFailureLogLevel, "\(filled(policy.maxFailureLogMessage, name, error))")
                throw error
            }
            policy.onFailure?(RetryPolicy.Failure(error: error, count: failures, wait: .nanoseconds(wait)))
            try sleep(for: .nanoseconds(wait))
            if isTimed { begin = Hub.freshTime }
        }
    }
}
