/// The right to have one more connection, where a quota is shared by several pools, processes or hosts.
///
/// A pool asks before each connect and gives back once the connection is closed or the connect has failed.
public protocol Allowance: AnyObject {
    /// Takes one right; throws if there is none within `timeout` (nil: for as long as it takes). May park.
    @available(*, noasync)
    func acquire(timeout: Duration?) throws
    /// Gives one right back; must not park.
    func release()
}

/// There is always one more. A pool's default.
public final class UnlimitedAllowance: Allowance {
    /// An allowance without a limit.
    public init() {}
    /// Does nothing.
    @available(*, noasync)
    public func acquire(timeout: Duration?) throws {}
    /// Does nothing.
    public func release() {}
}
