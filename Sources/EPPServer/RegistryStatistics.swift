/// What an embedded registry has counted since it was made.
public struct RegistryStatistics: Sendable, Hashable {
    /// Connections that were accepted.
    public internal(set) var connections = 0
    /// Connections that are open now.
    public internal(set) var openConnections = 0
    /// TLS handshakes that succeeded.
    public internal(set) var handshakes = 0
    /// TLS handshakes that failed: no client certificate, one of another authority, no TLS at all.
    public internal(set) var handshakeFailures = 0
    /// Logins that succeeded.
    public internal(set) var logins = 0
    /// Logins that were refused.
    public internal(set) var refusedLogins = 0
    /// Logouts.
    public internal(set) var logouts = 0
    /// Hellos.
    public internal(set) var hellos = 0
    /// Commands that were answered, logins and logouts included, hellos not.
    public internal(set) var commands = 0
    /// Connections that `cutAll()` and `cut(_:)` ended.
    public internal(set) var cut = 0
    /// Connections that were closed since they were idle for too long, or took too long over one command.
    public internal(set) var idled = 0
    /// Connections that were closed since they were too old.
    public internal(set) var aged = 0
    /// Connections that were closed behind the last command that they might have.
    public internal(set) var usedUp = 0
    /// Connections that were closed, and logins that were refused, since the credentials had as many as they may have.
    public internal(set) var overQuota = 0
    /// Commands and logins that were refused since there were too many in a minute.
    public internal(set) var overPace = 0
    /// Faults that struck.
    public internal(set) var faults = 0

    /// Nothing counted yet.
    public init() {}
}
