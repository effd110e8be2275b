public import EPP
public import GeventConnPool

/// What a registry client has done since it was made.
public struct CommandStatistics: Sendable, Equatable {
    /// Attempts that have begun, those of logins not among them.
    public internal(set) var attempts = 0
    /// Attempts that are under way, or wait for a session.
    public internal(set) var inFlight = 0
    /// Attempts that the registry answered with success.
    public internal(set) var successes = 0
    /// Attempts that the registry refused.
    public internal(set) var refusals = 0
    /// Attempts without a reply: no session, a failed connection, an interruption.
    public internal(set) var failures = 0
    /// How many attempts were repetitions of one that had failed.
    public internal(set) var repetitions = 0
    /// How many replies were broken, in which way, and read all the same.
    public internal(set) var flaws: [ReplyFlaw.Kind: Int] = [:]
    /// How many commands turned out to have been carried out by an attempt whose reply was lost.
    public internal(set) var settled = 0
    /// Logins that succeeded, those again in place included.
    public internal(set) var logins = 0
    /// Logins that failed.
    public internal(set) var failedLogins = 0
    /// How long attempts took that were answered, waiting for a session included.
    public internal(set) var durations = PoolStatistics.Histogram()
}
