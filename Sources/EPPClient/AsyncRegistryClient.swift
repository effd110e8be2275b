public import EPP
public import Gevent
public import GeventConnPool
public import GeventTLS
public import Logging

/// The registry client for async code: a `RegistryClient` on a hub thread.
///
///     let hub = HubThread(name: "registry")
///     let registry = try await AsyncRegistryClient(on: hub, settings, context: context)
///     let reply = try await registry.send(CheckDomain("example.gov"))
///
/// Can be used from any task. Cancelling a task that sends kills its command's greenlet, and with it the session that
/// the command was on.
public final class AsyncRegistryClient: Sendable {
    /// Whether it is, or was, a service.
    package let isServing = OnceFlag()

    private let hub: HubThread
    private let client: HubBound<RegistryClient>

    /// Makes the client on a hub's thread.
    ///
    /// - Parameters:
    ///   - hub: The thread that carries the sessions. It is not stopped by `close`.
    ///   - settings: Where the registry is, who logs in there, how the pool behaves.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - logger: Gets a line for each retry; nil for none.
    public convenience init(
        on hub: HubThread, _ settings: RegistryClient.Settings, context: TLSContext, logger: Logger? = nil
    ) async throws {
        try await self.init(on: hub) { RegistryClient(settings, context: context, logger: logger) }
    }

    /// Takes the client that a closure makes on a hub's thread: one with observers, or on a pool of your own.
    ///
    /// - Parameters:
    ///   - hub: The thread that carries the sessions. It is not stopped by `close`.
    ///   - make: Makes the client; called there.
    public init(on hub: HubThread, _ make: @escaping @Sendable () throws -> RegistryClient) async throws {
        self.hub = hub
        client = try await hub.run { HubBound(try make()) }
    }

    // Before the hub's thread may be told to end, if nobody else has it.
    deinit { client.letGo() }

    /// Sends a command and gives the registry's reply.
    ///
    /// - Parameters:
    ///   - command: What to send.
    ///   - repeating: Whether it may be sent again after a failure; by default a command that only reads may.
    /// - Throws: As `RegistryClient.send` does.
    @discardableResult
    public func send<C: Command>(_ command: C, repeating: Bool? = nil) async throws -> C.Reply {
        try await withClient { try $0.send(command, repeating: repeating) }
    }

    /// Sends a command that has no type here.
    ///
    /// - Parameters:
    ///   - command: The command's XML.
    ///   - cleaned: That what came from outside was sanitised before it went into the XML: with false nothing is sent.
    ///   - repeating: Whether it may be sent again after a failure; by default a command that only reads may.
    /// - Throws: As `RegistryClient.send` does.
    @discardableResult
    public func send(
        _ command: RawCommand, cleaned: Bool, repeating: Bool? = nil
    ) async throws -> CommandResponse<String> {
        try await withClient { try $0.send(command, cleaned: cleaned, repeating: repeating) }
    }

    /// Asks whether domains can be registered, however many, in the order of the names; see
    /// `RegistryClient.checkDomains`.
    public func checkDomains(_ names: [String]) async throws -> [DomainAvailability] {
        try await withClient { try $0.checkDomains(names) }
    }

    /// Asks whether domains can be registered, and what commands cost for them, however many; see
    /// `RegistryClient.checkDomains(_:prices:)`.
    public func checkDomains(_ names: [String], prices question: FeeCheck) async throws -> [PricedDomain] {
        try await withClient { try $0.checkDomains(names, prices: question) }
    }

    /// Asks whether hosts can be created, however many, in the order of the names.
    public func checkHosts(_ names: [String]) async throws -> [HostAvailability] {
        try await withClient { try $0.checkHosts(names) }
    }

    /// Asks whether contacts can be created, however many, in the order of the identifiers.
    public func checkContacts(_ ids: [String]) async throws -> [ContactAvailability] {
        try await withClient { try $0.checkContacts(ids) }
    }

    /// Runs a closure with the client, in a greenlet of its hub: there it may park. For what has no form of its own
    /// here, such as setting an observer.
    @discardableResult
    public func withClient<Result: Sendable>(
        _ body: @escaping @Sendable (RegistryClient) throws -> Result
    ) async throws -> Result {
        // With this object itself: the client is let go with it.
        try await hub.run { try body(self.client.value) }
    }

    /// What has been sent, and how it ended.
    public var commandStatistics: CommandStatistics {
        get async throws { try await withClient { $0.commandStatistics } }
    }

    /// The pool's state.
    public var statistics: PoolStatistics {
        get async throws { try await withClient { $0.statistics } }
    }

    /// Logs out the idle sessions, waits for the busy ones and closes everything.
    ///
    /// - Parameter timeout: How long to wait for the busy ones before they are cut; nil for as long as it takes.
    public func close(timeout: Duration? = nil) async throws {
        try await withClient { try $0.close(timeout: timeout) }
    }
}
