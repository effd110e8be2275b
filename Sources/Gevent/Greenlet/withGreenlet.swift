/// Runs `body` with a greenlet that is not to outlive it, then waits until that has ended. Parks the calling greenlet.
///
/// If `body` throws, the greenlet has the same error thrown into it; if the wait is interrupted, a `GreenletExit`. Either
/// way it is waited for, so that its clean-up is done when the error passes on. One that never ran never does. The
/// greenlet's own error stays in it: look at `error`, or `get()` it. gevent's `with spawn(function) as greenlet:`.
///
/// ```swift
/// try withGreenlet(spawn { try heartbeat() }) { _ in try serve() }
/// ```
@available(*, noasync) @discardableResult
public func withGreenlet<G: AnyGreenlet, Result>(_ greenlet: G, _ body: (G) throws -> Result) throws -> Result {
    let result: Result
    do {
        result = try body(greenlet)
    } catch {
        try greenlet.kill(throwing: error)
        throw error
    }
    do {
        try greenlet.join()
    } catch {
        try greenlet.kill()
        throw error
    }
    return result
}
