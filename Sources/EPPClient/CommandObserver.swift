public import EPP

/// Is told of every attempt to carry out a command, for metrics and traces.
///
/// Both calls come in the greenlet that sends (of a login: in one of the pool's), at once and in order; so what a trace
/// keeps in task-locals is the caller's. They must not park.
public protocol CommandObserver: AnyObject {
    /// An attempt begins: a session is about to be borrowed.
    func commandBegan(_ attempt: CommandAttempt)

    /// The attempt is over. `attempt.number` tells which.
    func commandEnded(_ attempt: CommandAttempt)
}

/// One attempt of a command, as an observer sees it.
public struct CommandAttempt: Sendable {
    /// Tells the attempts of one client apart; the same when an attempt begins and ends.
    public let number: Int
    /// The command's name: `CheckDomain`, `Login`.
    public let name: String
    /// Which attempt of its command it is, from 1.
    public let attempt: Int
    /// The registry's host name or address; nil where the client's pool was made elsewhere.
    public let host: String?
    /// The registry's port; nil where the client's pool was made elsewhere.
    public let port: Int?

    /// The client's transaction identifier; nil for a hello, and for raw XML until it has ended.
    public internal(set) var clientTransactionID: String?
    /// The registry's transaction identifier; nil until there is a reply.
    public internal(set) var serverTransactionID: String?
    /// The reply's code, a success or not; nil until there is a reply, and for a greeting.
    public internal(set) var code: ResultCode?
    /// What the attempt failed with: a `RegistryError` where the registry refused; an interruption. nil for a success.
    public internal(set) var error: (any Error)?
    /// How long it took, waiting for a session included; nil until it has ended.
    public internal(set) var duration: Duration?
}
