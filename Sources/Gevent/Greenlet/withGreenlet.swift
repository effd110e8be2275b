/// Runs `body` with a greenlet that is not to outlive it, then waits until that has ended. Parks the calling greenlet.
///
/// If `body` throws, or the wait is interrupted, the greenlet has the same error thrown into it, is not waited for, and
/// the error passes on. The greenlet's own error stays in it: look at `error`, or `get()` it. gevent's
/// `with spawn(function) as greenlet:`.
///
/// ```swift
/// try withGreenlet(spawn { try heartbeat() }) { _ in try serve() }
/// ```
@available(*, noasync) @discardableResult
public func withGreenlet<G: AnyGreenlet, Result>(_ greenlet: G, _ body: (G) throws -> Result) throws -> Result {
    do {
        let result = try body(greenlet)
        try greenlet.join()
        return result
    } catch {
        greenlet.killNoWait(throwing: error)
        throw error
    }
}
