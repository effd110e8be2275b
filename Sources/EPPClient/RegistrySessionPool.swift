import EPP
import Gevent
import GeventConnPool
import GeventTLS
import Logging

/// The pool underneath `RegistryClient`: each connection is an EPP session of its own, logged in once.
final class RegistrySessionPool: ConnectionPool<EPPSession> {
    /// The last refusal of the login, until one succeeds.
    private(set) var refusal: LoginError?

    let settings: RegistryClient.Settings
    let journal: CommandJournal
    let commandPacer: Pacer?
    private let loginPacer: Pacer?
    private let context: TLSContext
    private let sessionLogger: Logger?
    /// Prepared once: it is the same for every session, but for what a greeting does not offer.
    private let login: Login
    /// Set once it is known whether the registry takes the login: a borrower that comes before need not wait for a
    /// session that is never going to be.
    private let hasOutcome = Event()

    /// One slot a connect begins at once, the others follow at this distance.
    override class var spawnFrequency: Duration { .milliseconds(10) }

    init(
        _ settings: RegistryClient.Settings, context: TLSContext, logger: Logger?, journal: CommandJournal
    ) {
        settings.check()
        let profile = settings.profile
        self.settings = settings
        self.context = context
        self.journal = journal
        sessionLogger = logger
        login = Login(
            clientID: settings.clientID, password: settings.password, objectURIs: settings.objectURIs,
            extensionURIs: settings.allExtensionURIs, language: settings.language)
        commandPacer = profile.commandPace.map { Pacer($0) }
        loginPacer = profile.loginPace.map { Pacer($0) }
        super.init(
            settings.effectivePoolSize, keepalive: settings.effectiveHeartbeatInterval,
            configuration: Self.configuration(settings))
        name = "epp \(settings.host):\(settings.port)"
        self.logger = logger
        // Whoever sends a command hears of what fails: the hub need not report it.
        reportsFailures = false
    }

    private static func configuration(_ settings: RegistryClient.Settings) -> PoolConfiguration {
        let profile = settings.profile
        let timeouts = settings.effectiveTimeouts
        let step = timeouts.receive.map { $0.bounded + (timeouts.send ?? .zero).bounded }
        return PoolConfiguration {
            $0.borrowTimeout = settings.borrowTimeout.bounded
            // Waiting for the pace is part of connecting.
            let pauses = [profile.loginPace, profile.loginsAreCommands ? profile.commandPace : nil]
            $0.connectTimeout = timeouts.untilLoggedIn.map { limit in
                pauses.reduce(limit) { $0 + ($1?.period ?? .zero).bounded }
            }
            // One login at a time where they are paced: the others would use up their time waiting.
            if pauses.contains(where: { $0 != nil }) { $0.maximumConcurrentConnects = 1 }
            $0.trustWindow = settings.idlePing?.bounded
            // A command, and a login where it is needed.
            if let step { $0.validationTimeout = step * 2 }
            $0.keepaliveTimeout = step.map { $0 * 2 }
            if settings.heartbeatInterval == nil { $0.idleLimit = profile.idleLimit.map { $0.bounded * 9 / 10 } }
            $0.maximumLifetime = profile.sessionLifetime.map { $0.bounded * 9 / 10 }
            $0.jitter = 0.05
            // A session that was cut is replaced at once; what backs off is a registry that does not answer.
            $0.reconnectDelay = .zero
            $0.backOff = .init(initial: .milliseconds(100), factor: 2, limit: .seconds(30), jitter: 0.1)
            if let step { $0.retireTimeout = step }
        }
    }

    // MARK: Logging in

    override func newConnection() throws -> EPPSession? {
        try waitForLoginPace()
        let session = EPPSession(
            host: settings.host, port: settings.port, context: context, timeouts: settings.effectiveTimeouts,
            logger: sessionLogger)
        session.logsFrames = settings.logsFrames
        session.dialect = settings.profile.dialect
        session.commandExtensions = settings.commandExtensions
        do {
            try session.connect()
            try logIn(session)
        } catch {
            session.close()
            if let error = error as? LoginError, error.isRefusal {
                refusal = error
                hasOutcome.set()
            }
            throw error
        }
        refusal = nil
        hasOutcome.set()
        return session
    }

    /// Logs a connected session in, or in again.
    func logIn(_ session: EPPSession) throws {
        let answer = try journal.recordLogin {
            do {
                return try session.exchangeLogin(
                    login, userAgent: settings.userAgent, securesPassword: settings.securesPassword)
            } catch let error as InvalidValue {
                throw LoginError(
                    "the login cannot be sent", code: nil, note: error.description, cause: error, isFinal: true)
            }
        }
        guard let error = answer.refusal else {
            sessionLogger?.debug("EPP session logged in", metadata: ["stats": "\(statistics.summary)"])
            return
        }
        throw LoginError(error.message, code: error.code, note: error.note, results: error.results)
    }

    /// Logs in again where the registry has forgotten the login: it costs one round trip, a new connection five.
    func logInAgain(_ session: EPPSession) throws {
        // Not worth waiting for: it is rare, and a caller waits already.
        loginPacer?.take()
        if settings.profile.loginsAreCommands { commandPacer?.take() }
        try logIn(session)
    }

    private func waitForLoginPace() throws {
        let pacers = [loginPacer, settings.profile.loginsAreCommands ? commandPacer : nil].compactMap(\.self)
        while pacers.contains(where: { $0.delay > .zero }) {
            for pacer in pacers { _ = try pacer.waitForRoom() }
        }
        for pacer in pacers { pacer.take() }
    }

    /// Waits until it is known whether the registry takes the login, at most for the borrow timeout, and says how much
    /// of that is left.
    ///
    /// - Throws: `LoginError` where the login was refused and no session is left from before.
    func admit() throws -> Duration {
        var left = settings.borrowTimeout.bounded
        if !hasOutcome.isSet {
            let clock = Hub.current.clock
            let start = clock.now
            try hasOutcome.wait(timeout: left)
            left = max(.zero, left - (clock.now - start))
        }
        // A closed pool says so itself, to every borrower.
        if let refusal, !hasSessions, !isClosed { throw refusal }
        return left
    }

    /// Lets go of those who wait for the outcome of the first login: the pool is about to be closed.
    func endAdmission() { hasOutcome.set() }

    private var hasSessions: Bool {
        let statistics = statistics
        return statistics.idle + statistics.leased + statistics.checking > 0
    }

    // MARK: What the pool asks

    override func keepalive(_ session: EPPSession) throws { try beat(session) }

    override func validate(_ session: EPPSession) throws -> Bool {
        try beat(session)
        return true
    }

    /// Proves that an idle session lives, logging it in again if need be.
    private func beat(_ session: EPPSession) throws {
        if isUsedUp(session) {
            try session.logout()
            throw SessionEnded()
        }
        // Callers need the room more.
        if let commandPacer, !commandPacer.takeNoWait() { return }
        switch try Self.verdict(on: settings.heartbeatCommand, over: session) {
        case .healthy: return
        case .loggedOut: try logInAgain(session)
        case .ended: throw SessionEnded()
        }
    }

    private static func verdict(on command: some Command, over session: EPPSession) throws -> SessionVerdict {
        try session.exchange(command).verdict
    }

    /// Whether all the commands that the registry allows a session are used but the one to log out with.
    func isUsedUp(_ session: EPPSession) -> Bool {
        settings.profile.commandsPerSession.map { session.commandCount >= $0 - 1 } ?? false
    }

    /// A reply that is no EPP, or a refused login in place, leaves nothing to go on with.
    override func isConnectionError(_ error: any Error) -> Bool {
        super.isConnectionError(error) || error is ParsingError || error is LoginError
    }

    override func isRefusal(_ error: any Error) -> Bool { (error as? LoginError)?.isRefusal ?? false }

    override func retireConnection(_ session: EPPSession) throws { try session.logout() }

    override func closeConnection(_ session: EPPSession) { session.close() }
}

/// Why a session that answered is discarded all the same.
private struct SessionEnded: Error, CustomStringConvertible {
    var description: String { "the session is at its end" }
}
