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
    private let hub: HubThread
    private let client: HubBound<RegistryClient>

    /// Makes the client on a hub's thread.
    ///
    /// - Parameters:
    ///   - hub: The thread that carries the sessions. It is not stopped by `close`.
    ///   - settings: Where the registry is, who logs in there, how the pool behaves.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - logger: Gets a line for each retry; nil for none.
    public init(
        on hub: HubThread, _ settings: RegistryClient.Settings, context: TLSContext, logger: Logger? = nil
    ) async throws {
        self.hub = hub
        client = try await hub.run { HubBound(RegistryClient(settings, context: context, logger: logger)) }
    }

    /// Sends a command and gives the registry's reply.
    ///
    /// - Parameters:
    ///   - command: What to send.
    ///   - repeating: Whether it may be sent again after a failure; by default a command that only reads may.
    /// - Throws: As `RegistryClient.send` does.
    @discardableResult
    public func send<C: Command>(_ command: C, repeating: Bool? = nil) async throws -> C.Reply {
        let client = client
        return try await hub.run { try client.value.send(command, repeating: repeating) }
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
        let client = client
        return try await hub.run { try client.value.send(command, cleaned: cleaned, repeating: repeating) }
    }

    /// The pool's state.
    public var statistics: PoolStatistics {
        get async throws {
            let client = client
            return try await hub.run { client.value.statistics }
        }
    }

    /// Logs out the idle sessions, waits for the busy ones and closes everything.
    ///
    /// - Parameter timeout: How long to wait for the busy ones before they are cut; nil for as long as it takes.
    public func close(timeout: Duration? = nil) async throws {
        let client = client
        try await hub.run { try client.value.close(timeout: timeout) }
    }
}
