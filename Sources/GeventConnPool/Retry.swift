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
/// before the wait begins. A kill or a timeout passes through at once. `RetryPolicy` has more options.
///
/// Fidelity: in the original `@retry(max_failures=5)`, as its README shows, is a TypeError, a logger is an
/// AttributeError on Python 3, and it sleeps once more before it gives up. See MIGRATION.md.
///
/// - Parameters:
///   - errorTypes: what is tried again.
///   - logger: where to log; nil for nowhere.
///   - maxFailures: how many failures are put up with; one more is thrown. nil: any number.
///   - interval: how long to wait before the next attempt.
///   - name: `{f}` in the messages, in which `{e}` is the error; by default the function that this is written in.
public func retry<each Argument, Result>(
    on errorTypes: [any Error.Type] = defaultErrorTypes, logger: Logger? = nil, retryLogLevel: Logger.Level = .info,
    retryLogMessage: String = "Connection broken in '{f}' (error: '{e}'); retrying with new connection.",
    maxFailures: Int? = nil, interval: Duration = .zero, maxFailureLogLevel: Logger.Level = .error,
    maxFailureLogMessage: String = "Max retries reached for '{f}'. Aborting.", name: String = #function,
    _ function: @escaping (repeat each Argument) throws -> Result
) -> (repeat each Argument) throws -> Result {
    { (argument: repeat each Argument) in
        try withRetry(
            on: errorTypes, logger: logger, retryLogLevel: retryLogLevel, retryLogMessage: retryLogMessage,
            maxFailures: maxFailures, interval: interval, maxFailureLogLevel: maxFailureLogLevel,
            maxFailureLogMessage: maxFailureLogMessage, name: name
        ) { try function(repeat each argument) }
    }
}

/// Calls `body` again while it fails with one of `errorTypes`. Parks the calling greenlet between attempts.
///
/// The parameters are those of `retry`.
@available(*, noasync) @discardableResult
public func withRetry<Result>(
    on errorTypes: [any Error.Type] = defaultErrorTypes, logger: Logger? = nil, retryLogLevel: Logger.Level = .info,
    retryLogMessage: String = "Connection broken in '{f}' (error: '{e}'); retrying with new connection.",
    maxFailures: Int? = nil, interval: Duration = .zero, maxFailureLogLevel: Logger.Level = .error,
    maxFailureLogMessage: String = "Max retries reached for '{f}'. Aborting.", name: String = #function,
    _ body: () throws -> Result
) throws -> Result {
    var failures = 0
    while true {
        do {
            return try body()
        } catch  where matches(error, errorTypes) {
            logger?.log(level: retryLogLevel, "\(filled(retryLogMessage, name, error))")
            failures += 1
            if let maxFailures, failures > maxFailures {
                logger?.log(level: maxFailureLogLevel, "\(filled(maxFailureLogMessage, name, error))")
                throw error
            }
            try sleep(for: interval)
        }
    }
}

/// Puts a function's name for `{f}` and an error for `{e}`, in one pass: an error's text may contain a placeholder.
func filled(_ template: String, _ name: String, _ error: any Error) -> String {
    var (text, rest) = ("", template[...])
    while let brace = rest.firstIndex(of: "{") {
        text += rest[..<brace]
        rest = rest[brace...]
        let value = rest.hasPrefix("{f}") ? name : rest.hasPrefix("{e}") ? "\(error)" : nil
        text += value ?? "{"
        rest = rest.dropFirst(value == nil ? 1 : 3)
    }
    return text + rest
}

/// Whether an error is of one of the types, or of a subclass of one. `(any Error).self` matches all; an `Interruption`
/// is never matched: in the original these are no `Exception`s.
func matches(_ error: any Error, _ types: [any Error.Type]) -> Bool {
    func isInstance<E: Error>(of type: E.Type) -> Bool { error is E }
    return !(error is any Interruption) && types.contains { isInstance(of: $0) }
}
