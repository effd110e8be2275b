internal import Glibc

/// How a `StreamServer` or a `DatagramServer` shares the hub with others and what it does after errors. The class
/// attributes of gevent's servers.
public struct ServerLimits: Sendable, Equatable {
    /// How many connections or messages are taken before others have their turn. Default 100. gevent's `max_accept`.
    public var maximumAccepts = 100
    /// How long to wait after the first error of a row. Default 0.01 s. gevent's `min_delay`.
    public var minimumDelay = Duration.milliseconds(10)
    /// How long to wait at most; each error of a row doubles the wait. Default 1 s. gevent's `max_delay`.
    public var maximumDelay = Duration.seconds(1)
    /// How long `stop()` gives handlers by default. Default 1 s. gevent's `stop_timeout`.
    public var stopTimeout = Duration.seconds(1)
    /// Errors that no waiting mends: they end the server. Default `EBADF`, `EINVAL`, `ENOTSOCK`. gevent's
    /// `fatal_errors`.
    public var fatalErrors: Set<Int32> = [EBADF, EINVAL, ENOTSOCK]

    /// gevent's.
    public init() {}
}
