public import EPP
import Gevent
public import GeventConnPool
public import GeventTLS
public import Logging

/// Sends commands to a registry over a pool of sessions, repeating what failed for reasons that pass.
///
/// epplibwrapper's `EPPLibWrapper`, injected instead of a module's global:
///
///     let registry = RegistryClient(try Settings(environment: environment), context: context, logger: logger)
///     let reply = try registry.send(CheckDomain("example.gov"))
///     try registry.close()
///
/// Each connection of the pool is an EPP session of its own, logged in once, lent to one command at a time and judged
/// by its reply: what ends a session (1500, 2500 to 2502) replaces it, "not logged in" (2002) logs in again in place,
/// and everything else leaves it as it is. A registry that is down when the client is made is no error: the pool fills
/// when it comes up. Commands that only read are repeated, up to four attempts 50, 100 and 150 milliseconds apart; one
/// that changes something is repeated on demand only, since its first attempt may have been carried out although the
/// reply was lost.
///
/// Belongs to the hub it was made on; `AsyncRegistryClient` is the form for async code.
public final class RegistryClient {
    /// What the log lines of this client go to; nil for none. Never gets a secret.
    public let logger: Logger?

    /// How many attempts were repetitions of one that had failed.
    public private(set) var repetitions = 0

    private let pool: any SessionPool
    private let sessions: RegistrySessionPool?
    private let attempts: Int
    private let retryInterval: Duration

    /// A client with a pool of its own, which begins to connect at once.
    ///
    /// - Parameters:
    ///   - settings: Where the registry is, who logs in there, how the pool behaves.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - logger: Gets a line for each retry, with the pool's statistics; nil for none.
    public init(_ settings: Settings, context: TLSContext, logger: Logger? = nil) {
        let sessions = RegistrySessionPool(settings, context: context, logger: logger)
        self.sessions = sessions
        pool = sessions
        self.logger = logger
        attempts = settings.attempts
        retryInterval = settings.retryInterval
    }

    /// A client on a pool that exists: a `ConnectionPool<EPPSession>`, or whatever else meets the protocol. Its
    /// sessions must come logged in.
    public init(pool: any SessionPool, logger: Logger? = nil) {
        sessions = pool as? RegistrySessionPool
        self.pool = pool
        self.logger = logger
        attempts = 4
        retryInterval = .milliseconds(50)
    }

    /// Sends a command and gives the registry's reply. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - command: What to send. Its values are escaped by construction.
    ///   - repeating: Whether it may be sent again after a failure that leaves open whether it was carried out; by
    ///     default a command that only reads may.
    /// - Returns: The reply; its code is a success (below 2000).
    /// - Throws: `RegistryError` for a refusal or a failure, `LoginError` where no session can be had since the login
    ///   is refused, `InvalidValue` for a command that cannot be encoded, `PoolClosed` once the client is closed; a
    ///   `Timeout` or a kill as it came.
    @available(*, noasync) @discardableResult
    public func send<C: Command>(_ command: C, repeating: Bool? = nil) throws -> C.Reply {
        try attempt(C.name, repeating: repeating ?? command.isReadOnly) { try $0.exchange(command) }
    }

    /// Sends a command that has no type here. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - command: The command's XML.
    ///   - cleaned: That what came from outside was sanitised before it went into the XML: with false nothing is sent.
    ///   - repeating: Whether it may be sent again after a failure that leaves open whether it was carried out; by
    ///     default a command that only reads may, as far as its verb tells.
    /// - Throws: As the typed form does, and `InvalidValue` where `cleaned` is false.
    @available(*, noasync) @discardableResult
    public func send(_ command: RawCommand, cleaned: Bool, repeating: Bool? = nil) throws -> CommandResponse<String> {
        guard cleaned else {
            throw InvalidValue(field: "cleaned", reason: "raw XML must be sanitised before it is sent, and said to be")
        }
        // One that cannot be read is refused in `exchange`, before anything is sent.
        let isReadOnly = (try? command.isReadOnly()) ?? false
        return try attempt("RawCommand", repeating: repeating ?? isReadOnly) { try $0.exchange(command) }
    }

    /// The pool's state.
    public var statistics: PoolStatistics { pool.statistics }

    /// Logs out the idle sessions, waits for the busy ones and closes everything. Parks the calling greenlet.
    ///
    /// - Parameter timeout: How long to wait for the busy ones before they are cut; nil for as long as it takes.
    @available(*, noasync)
    public func close(timeout: Duration? = nil) throws { try pool.close(timeout: timeout) }

    /// One command with its repetitions.
    private func attempt<Reply>(
        _ name: String, repeating: Bool, _ exchange: (EPPSession) throws -> Exchange<Reply>
    ) throws -> Reply {
        var count = 1
        while true {
            do {
                return try attemptOnce(name, exchange)
            } catch let error as RegistryError where error.shouldRetry && repeating && count < attempts {
                log(.info, "EPP command failed and will be repeated", name, error, attempt: count)
                try sleep(for: retryInterval * count)
                count += 1
                repetitions += 1
            } catch let error as RegistryError {
                log(.debug, "EPP command failed", name, error, attempt: count)
                throw error
            }
        }
    }

    private func attemptOnce<Reply>(_ name: String, _ exchange: (EPPSession) throws -> Exchange<Reply>) throws -> Reply
    {
        let answer: Exchange<Reply>
        do {
            answer = try pool.withSession(timeout: try sessions?.admit()) { session in
                let answer = try exchange(session)
                guard answer.verdict == .loggedOut, let sessions else { return answer }
                // The session was good enough to say so: a login in place costs one round trip, a new connection five.
                // The command was refused, so sending it again repeats nothing.
                try sessions.logIn(session)
                return try exchange(session)
            } isReusable: {
                $0.verdict == .healthy
            }
        } catch {
            throw try CommandFailure.describe(error, command: name)
        }
        if let error = answer.refusal { throw error }
        return answer.reply
    }

    private func log(
        _ level: Logger.Level, _ message: Logger.Message, _ name: String, _ error: RegistryError, attempt: Int
    ) {
        logger?.log(
            level: level, message,
            metadata: [
                "command": "\(name)", "attempt": "\(attempt)", "error": "\(error)",
                "pool": "\(SessionPoolSummary(pool.statistics))",
            ])
    }
}

@available(*, unavailable)
extension RegistryClient: Sendable {}
