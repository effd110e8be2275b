import EPP
import Gevent
import GeventConnPool
import GeventTLS
import Logging

/// The pool underneath `RegistryClient`: each connection is an EPP session of its own, logged in once.
final class RegistrySessionPool: ConnectionPool<EPPSession> {
    /// The last refusal of the login, until one succeeds.
    private(set) var refusal: LoginError?

    private let settings: RegistryClient.Settings
    private let context: TLSContext
    private let sessionLogger: Logger?
    /// Prepared once: it is the same for every session.
    private let login: Login
    /// Set once it is known whether the registry takes the login: a borrower that comes before need not wait for a
    /// session that is never going to be.
    private let hasOutcome = Event()

    /// One slot a connect begins at once, the others follow at this distance.
    override class var spawnFrequency: Duration { .milliseconds(10) }

    init(_ settings: RegistryClient.Settings, context: TLSContext, logger: Logger?) {
        self.settings = settings
        self.context = context
        sessionLogger = logger
        login = Login(
            clientID: settings.clientID, password: settings.password, objectURIs: settings.objectURIs,
            extensionURIs: settings.extensionURIs, language: settings.language)
        super.init(
            settings.poolSize, keepalive: settings.heartbeatInterval,
            configuration: PoolConfiguration {
                $0.borrowTimeout = settings.borrowTimeout
                // Connecting, the greeting and the login have a limit each; this is the sum.
                $0.connectTimeout = settings.connectionTimeout * 4
                $0.trustWindow = settings.idlePing
                $0.validationTimeout = settings.connectionTimeout
                $0.keepaliveTimeout = settings.connectionTimeout
                // A session that was cut is replaced at once; what backs off is a registry that does not answer.
                $0.reconnectDelay = .zero
                $0.backOff = .init(initial: .milliseconds(100), factor: 2, limit: .seconds(30), jitter: 0.1)
                $0.retireTimeout = settings.connectionTimeout
            })
        name = "epp \(settings.host):\(settings.port)"
        self.logger = logger
        // Without a logger too somebody hears of what fails: whoever sends a command. The hub need not report it.
        if logger == nil { observer = SilentObserver() }
    }

    override func newConnection() throws -> EPPSession? {
        let session = EPPSession(
            host: settings.host, port: settings.port, context: context, timeout: settings.connectionTimeout,
            logger: sessionLogger)
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
        let answer = try session.exchange(login)
        guard let error = answer.refusal else { return }
        throw LoginError(error.message, code: error.code, note: error.note, results: error.results)
    }

    /// Waits until it is known whether the registry takes the login, at most for the borrow timeout, and says how much
    /// of that is left.
    ///
    /// - Throws: `LoginError` where the login was refused and no session is left from before.
    func admit() throws -> Duration {
        var left = settings.borrowTimeout
        if !hasOutcome.isSet {
            let clock = Hub.current.clock
            let start = clock.now
            try hasOutcome.wait(timeout: left)
            left = max(.zero, left - (clock.now - start))
        }
        if let refusal, !hasSessions { throw refusal }
        return left
    }

    private var hasSessions: Bool {
        let statistics = statistics
        return statistics.idle + statistics.leased + statistics.checking > 0
    }

    override func keepalive(_ session: EPPSession) throws { try session.send(Hello()) }

    override func validate(_ session: EPPSession) throws -> Bool {
        try session.send(Hello())
        return true
    }

    /// A reply that is no EPP, or a refused login in place, leaves nothing to go on with.
    override func isConnectionError(_ error: any Error) -> Bool {
        super.isConnectionError(error) || error is ParsingError || error is LoginError
    }

    override func isRefusal(_ error: any Error) -> Bool { (error as? LoginError)?.isRefusal ?? false }

    override func retireConnection(_ session: EPPSession) throws { try session.send(Logout()) }

    override func closeConnection(_ session: EPPSession) { session.close() }
}

/// Hears everything and says nothing.
private final class SilentObserver: PoolObserver {
    func observe(_ event: PoolEvent) {}
}
