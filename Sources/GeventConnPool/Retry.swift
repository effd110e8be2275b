internal import Gevent
public import Logging

/// Wraps a function so that it is called again while it fails with one of `errorTypes`. geventconnpool's `retry`.
///
/// ```swift
/// let sendData = retry { (data: String) in
///     try pool.get { c in try c.sendAll(data) }
/// }
/// try sendData("hello")
/// ```
///
/// Since a pool discards a connection at such an error, each attempt uses another one; it is back in the pool's hands
/// before the wait begins. A kill or a timeout passes through at once.
///
/// Fidelity: in the original `@retry(max_failures=5)`, as its README shows, is a TypeError, a logger is an
/// AttributeError on Python 3, and it sleeps once more before it gives up. See MIGRATION.md.
///
/// - Parameters:
///   - errorTypes: what is tried again.
///   - logger: where to log; nil for nowhere.
///   - maxFailures: how many failures are put up with; one more is thrown. nil: any number.
///   - interval: how long to wait before the next attempt.
///   - name: `{f}` in the messages; by default the function that this is written in.
public func retry<each Argument, Result>(
    on errorTypes: [any Error.Type] = defaultErrorTypes,
    logger: Logger? = nil,
    retryLogLevel: Logger.Level = .info,
    retryLogMessage: String = RetryPolicy.defaultRetryLogMessage,
    maxFailures: Int? = nil,
    interval: Duration = .zero,
    maxFailureLogLevel: Logger.Level = .error,
    maxFailureLogMessage: String = RetryPolicy.defaultMaxFailureLogMessage,
    name: String = #function,
    _ function: @escaping (repeat each Argument) throws -> Result
) -> (repeat each Argument) throws -> Result {
    let policy = RetryPolicy(
        on: errorTypes, logger: logger, retryLogLevel: retryLogLevel, retryLogMessage: retryLogMessage,
        maxFailures: maxFailures, interval: interval, maxFailureLogLevel: maxFailureLogLevel,
        maxFailureLogMessage: maxFailureLogMessage)
    return retry(policy, name: name, function)
}

/// Wraps a function so that it is called again while it fails, as `policy` says. The original's `functools.partial`.
public func retry<each Argument, Result>(
    _ policy: RetryPolicy, name: String = #function, _ function: @escaping (repeat each Argument) throws -> Result
) -> (repeat each Argument) throws -> Result {
    { (argument: repeat each Argument) in
        try withRetry(policy, name: name) { try function(repeat each argument) }
    }
}

/// Calls `body` again while it fails with one of `errorTypes`. Parks the calling greenlet between attempts.
///
/// The parameters are those of `retry`.
@available(*, noasync) @discardableResult
public func withRetry<Result>(
    on errorTypes: [any Error.Type] = defaultErrorTypes,
    logger: Logger? = nil,
    retryLogLevel: Logger.Level = .info,
    retryLogMessage: String = RetryPolicy.defaultRetryLogMessage,
    maxFailures: Int? = nil,
    interval: Duration = .zero,
    maxFailureLogLevel: Logger.Level = .error,
    maxFailureLogMessage: String = RetryPolicy.defaultMaxFailureLogMessage,
    name: String = #function,
    _ body: () throws -> Result
) throws -> Result {
    let policy = RetryPolicy(
        on: errorTypes, logger: logger, retryLogLevel: retryLogLevel, retryLogMessage: retryLogMessage,
        maxFailures: maxFailures, interval: interval, maxFailureLogLevel: maxFailureLogLevel,
        maxFailureLogMessage: maxFailureLogMessage)
    return try withRetry(policy, name: name, body)
}

/// Calls `body` again while it fails, as `policy` says. Parks the calling greenlet between attempts.
@available(*, noasync) @discardableResult
public func withRetry<Result>(
    _ policy: RetryPolicy, name: String = #function, _ body: () throws -> Result
) throws -> Result {
    let start = policy.deadline == nil ? 0 : Hub.freshTime
    var failures = 0
    while true {
        do {
            return try body()
        } catch {
            failures += 1
            let elapsed = policy.deadline == nil ? 0 : Hub.freshTime - start
            let decision = policy.decide(on: error, failures: failures, elapsed: elapsed)
            guard decision != .passOn else { throw error }
            policy.logger?.log(
                level: policy.retryLogLevel, "\(policy.text(policy.retryLogMessage, name, error))")
            guard case .tryAgain(let wait) = decision else {
                policy.logger?.log(
                    level: policy.maxFailureLogLevel, "\(policy.text(policy.maxFailureLogMessage, name, error))")
                throw error
            }
            try sleep(for: .nanoseconds(wait))
        }
    }
}

/// Whether an error is of one of the types, or of a subclass of one. `(any Error).self` matches all; an `Interruption`
/// is never matched: in the original these are no `Exception`s.
func matches(_ error: any Error, _ types: [any Error.Type]) -> Bool {
    !(error is any Interruption) && types.contains { isInstance(error, of: $0) }
}

private func isInstance<E: Error>(_ error: any Error, of type: E.Type) -> Bool { error is E }
