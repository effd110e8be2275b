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
/// when it comes up. A refused login (2200) is told to whoever sends, and tried again rarely.
///
/// Commands that only read are repeated, up to four attempts 50, 100 and 150 milliseconds apart. One that changes
/// something is repeated on demand only (`repeating: true`), since its first attempt may have been carried out although
/// the reply was lost; what a repetition is refused with is then looked into. A create that finds its object there
/// (2302) has succeeded if the object is this client's, is as asked, and was made after the first attempt; a delete that finds nothing
/// (2303), or its domain waiting for the deletion, has; a renew whose date is not the current one any more has if the registration now ends where it was to be
/// moved to; a transfer that is pending already (2300) has if it was this client that asked for it. In each other case
/// the refusal stands.
///
/// Where neither can be proved the error says so, as after a cut connection: `RegistryError.isOutcomeUnknown`.
///
/// Belongs to the hub it was made on; `AsyncRegistryClient` is the form for async code.
public final class RegistryClient {
    /// What the log lines of this client go to; nil for none. Never gets a secret.
    public let logger: Logger?

    /// What the client is set to. One on a pool that was made elsewhere has those that it was given, or none.
    let settings: Settings?
    let journal: CommandJournal

    private let pool: any SessionPool
    private let sessions: RegistrySessionPool?
    private let attempts: Int
    private let retryInterval: Duration
    private var transactionIDs = TransactionIDs()

    /// A client with a pool of its own, which begins to connect at once.
    ///
    /// - Parameters:
    ///   - settings: Where the registry is, who logs in there, how the pool behaves.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - logger: Gets a line for each retry, with the pool's statistics; nil for none.
    public init(_ settings: Settings, context: TLSContext, logger: Logger? = nil) {
        journal = CommandJournal(host: settings.host, port: settings.port)
        let sessions = RegistrySessionPool(settings, context: context, logger: logger, journal: journal)
        self.sessions = sessions
        pool = sessions
        self.logger = logger
        self.settings = settings
        attempts = settings.attempts
        retryInterval = settings.retryInterval
    }

    /// A client on a pool that exists: a `ConnectionPool<EPPSession>`, or whatever else meets the protocol. Its
    /// sessions must come logged in.
    ///
    /// - Parameters:
    ///   - pool: Lends the sessions.
    ///   - settings: Whose `attempts` and `retryInterval`, `clientID` (which tells whether an object is this client's)
    ///     and `profile.namesPerCheck` hold; the rest is the pool's affair. nil, the default, for the defaults; then no
    ///     object is known to be this client's.
    ///   - logger: Gets a line for each retry, with the pool's statistics; nil for none.
    public init(pool: any SessionPool, settings: Settings? = nil, logger: Logger? = nil) {
        settings?.check()
        journal = CommandJournal(host: settings?.host, port: settings?.port)
        sessions = nil
        self.pool = pool
        self.logger = logger
        self.settings = settings
        attempts = settings?.attempts ?? 4
        retryInterval = settings?.retryInterval ?? .milliseconds(50)
    }

    /// Is told of each attempt of a command and of each login; nil, the default, for nobody.
    public var observer: (any CommandObserver)? {
        get { journal.observer }
        set { journal.observer = newValue }
    }

    /// Is told what happens in the client's own pool; nil, the default, for nobody. A pool that was made elsewhere has
    /// an observer of its own.
    public var poolObserver: (any PoolObserver)? {
        get { sessions?.observer }
        set { sessions?.observer = newValue }
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
        let isReadOnly = command.isReadOnly
        let limit = isReadOnly ? nil : settings?.effectiveTransformTimeout
        return try attempt(
            C.name, repeating: repeating ?? isReadOnly, isReadOnly: isReadOnly, isIdentified: !(command is Hello)
        ) {
            try $0.exchange(command, transactionID: $1, within: limit)
        } settle: { refusal, start in
            try (command as? any RepeatedTransform).flatMap { try settled($0, refusal, since: start) } as? C.Reply
        }
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
        let isReadOnly = (try? command.isReadOnly(dialect: settings?.profile.dialect ?? .standard)) ?? false
        let limit = isReadOnly ? nil : settings?.effectiveTransformTimeout
        return try attempt(
            "RawCommand", repeating: repeating ?? isReadOnly, isReadOnly: isReadOnly, isIdentified: false
        ) { session, _ in
            try session.exchange(command, within: limit)
        } settle: { _, _ in
            nil
        }
    }

    /// The pool's state.
    public var statistics: PoolStatistics { pool.statistics }

    /// What has been sent, and how it ended.
    public var commandStatistics: CommandStatistics { journal.statistics }

    /// How many attempts were repetitions of one that had failed.
    public var repetitions: Int { journal.statistics.repetitions }

    /// Logs out the idle sessions, waits for the busy ones and closes everything. Parks the calling greenlet.
    ///
    /// - Parameter timeout: How long to wait for the busy ones before they are cut; nil for as long as it takes.
    @available(*, noasync)
    public func close(timeout: Duration? = nil) throws {
        sessions?.endAdmission()
        try pool.close(timeout: timeout?.bounded)
    }

    /// One command with its repetitions.
    ///
    /// - Parameter settle: Makes a reply of what a repetition was refused with, where that proves that an attempt before
    ///   it was carried out; told when the first attempt was sent, by the registry's clock.
    private func attempt<Reply>(
        _ name: String, repeating: Bool, isReadOnly: Bool, isIdentified: Bool,
        _ exchange: (EPPSession, String?) throws -> Exchange<Reply>,
        settle: (RegistryError, Double?) throws -> Reply?
    ) throws -> Reply {
        var count = 1
        var start: Double?
        // Whether an attempt reached the registry, and what became of it is not known.
        var isOpen = false
        // Whether the reply of such an attempt never came.
        var isCut = false
        while true {
            var isSent = false
            do {
                let id = isIdentified ? transactionIDs.next() : nil
                let answer = try attemptOnce(name, attempt: count, transactionID: id) { session, id in
                    isSent = true
                    if !isOpen { start = session.registryTime }
                    return try exchange(session, id)
                }
                if let refusal = answer.refusal { throw refusal }
                return answer.reply
            } catch let error as RegistryError where error.shouldRetry && repeating && count < attempts {
                if isSent, !error.isSessionError, !error.isLoggedOut { isOpen = true }
                if isSent, error.response == nil { isCut = true }
                log(.info, "EPP command failed and will be repeated", name, error, attempt: count)
                try sleep(for: retryInterval.bounded * count)
                count += 1
                journal.statistics.repetitions += 1
            } catch let error as RegistryError {
                if isOpen, let reply = try settle(error, start) {
                    log(.info, "EPP command had been carried out by an earlier attempt", name, error, attempt: count)
                    journal.statistics.settled += 1
                    return reply
                }
                log(.debug, "EPP command failed", name, error, attempt: count)
                // A reply says what happened, but for one that says that the registry failed.
                let isAnswered = error.response != nil || error is LoginError
                let isUnknown = isAnswered ? isCut && error.isServerError : isCut || isSent
                guard isUnknown, !isReadOnly else { throw error }
                throw error.withUnknownOutcome("it may have been carried out")
            }
        }
    }

    private func attemptOnce<Reply>(
        _ name: String, attempt: Int, transactionID: String?,
        _ exchange: (EPPSession, String?) throws -> Exchange<Reply>
    ) throws -> Exchange<Reply> {
        try journal.record(name, attempt: attempt, transactionID: transactionID) {
            // Where a session is logged in again the command goes out twice, the second time under a name of its own.
            var id = transactionID
            let send = { (session: EPPSession) in
                defer { id = nil }
                return try exchange(session, id)
            }
            do {
                if let sessions { return try sessions.send(name, send) }
                return try pool.withSession(timeout: nil, send) { $0.verdict == .healthy }
            } catch {
                throw try CommandFailure.describe(error, command: name)
            }
        }
    }

    private func settled<C: RepeatedTransform>(
        _ command: C, _ refusal: RegistryError, since start: Double?
    ) throws -> Any? {
        guard let code = refusal.code, refusal.response != nil else { return nil }
        let repetition = Repetition(code: code, client: settings?.clientID, start: start, registry: self)
        switch try command.settle(repetition) {
        case .done(let reply): return reply
        case .refused: return nil
        case .unknown(let reason):
            throw refusal.withUnknownOutcome("whether an attempt before made it is not known: \(reason)")
        }
    }

    private func log(
        _ level: Logger.Level, _ message: Logger.Message, _ name: String, _ error: RegistryError, attempt: Int
    ) {
        logger?.log(
            level: level, message,
            metadata: [
                "command": "\(name)", "attempt": "\(attempt)", "error": "\(error)",
                "stats": "\(pool.statistics.summary)",
            ])
    }
}

@available(*, unavailable)
extension RegistryClient: Sendable {}
