public import GeventConnPool

/// What `RegistryClient` asks of a pool: `ConnectionPool<EPPSession>` meets it, another one can be put in its place.
public protocol SessionPool: AnyObject {
    /// Lends a session to `body`; one whose result is not reusable, or on which it threw, is replaced. Parks the
    /// calling greenlet.
    @available(*, noasync)
    func withSession<Result>(
        timeout: Duration?, _ body: (EPPSession) throws -> Result, isReusable: ((Result) -> Bool)?
    ) throws -> Result

    /// The pool's state.
    var statistics: PoolStatistics { get }

    /// Ends all sessions. Parks the calling greenlet.
    @available(*, noasync)
    func close(timeout: Duration?) throws
}

extension ConnectionPool: SessionPool where Connection == EPPSession {
    /// The same as `get`. Parks the calling greenlet.
    @available(*, noasync)
    public func withSession<Result>(
        timeout: Duration?, _ body: (EPPSession) throws -> Result, isReusable: ((Result) -> Bool)?
    ) throws -> Result {
        try get(timeout: timeout, body, isReusable: isReusable)
    }
}
