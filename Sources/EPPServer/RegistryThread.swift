public import Gevent
public import Logging

/// An embedded registry on a thread and hub of its own: client and registry do not take turns then, and each costs only
/// what it costs.
///
///     let registry = try RegistryThread()
///     let session = EPPSession(host: registry.host, port: registry.port, context: try registry.pki.clientContext())
///     …
///     try registry.stop()
///
/// Can be used from any thread; what parks is for greenlets.
public final class RegistryThread: Sendable {
    /// Where it listens.
    public let address: SocketAddress
    /// The certificates: its own, and one for clients.
    public let pki: RegistryPKI
    /// The client identifier of the first of its credentials, in alphabetical order.
    public let clientID: String
    /// The password that belongs to `clientID`.
    public let password: String

    private let thread: HubThread
    private let registry: HubBound<EmbeddedRegistry>
    private let counters: RegistryCounters

    /// Starts the thread, and the registry on it. Parks the calling greenlet until it listens.
    ///
    /// - Parameters:
    ///   - configuration: What it holds and how it behaves.
    ///   - address: Where to listen; by default a free port on 127.0.0.1.
    ///   - pki: Its certificates; by default an authority of its own is made up.
    ///   - logger: Gets a line for each connection and command at debug level; nil for none.
    @available(*, noasync)
    public init(
        _ configuration: RegistryConfiguration = .init(), on address: SocketAddress = .loopback(port: 0),
        pki: RegistryPKI? = nil, logger: Logger? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        let pki = try pki ?? RegistryPKI()
        let counters = RegistryCounters()
        let thread = HubThread(name: "registry")
        let made = try Self.call(thread) {
            let registry = try EmbeddedRegistry(
                configuration, on: address, pki: pki, logger: logger, counters: counters, site: (file, line))
            return Made(
                registry: HubBound(registry), address: registry.address, clientID: registry.clientID,
                password: registry.password)
        }
        self.pki = pki
        self.counters = counters
        self.thread = thread
        registry = made.registry
        self.address = made.address
        clientID = made.clientID
        password = made.password
    }

    // Before the thread is told to end, by its own deinit.
    deinit { registry.letGo() }

    /// The host name to connect to, for which the certificate is.
    public var host: String { address.host ?? "127.0.0.1" }

    /// The port it listens on.
    public var port: Int { address.port ?? 0 }

    /// What it has counted so far.
    public var statistics: RegistryStatistics { counters.snapshot }

    /// All that it holds now. Parks the calling greenlet until it is there.
    @available(*, noasync)
    public func snapshot() throws -> RegistrySnapshot { try withRegistry { $0.snapshot } }

    /// Sets its date and time forward; see `EmbeddedRegistry.advance(by:)`. Parks the calling greenlet until it is done.
    @available(*, noasync)
    public func advance(by time: Duration) throws { try withRegistry { $0.advance(by: time) } }

    /// Cuts some open connections without a word. Parks the calling greenlet until it is done.
    ///
    /// - Parameter count: How many at most; by default all.
    /// - Returns: How many were cut.
    @available(*, noasync) @discardableResult
    public func cut(_ count: Int = Int.max) throws -> Int { try withRegistry { $0.cut(count) } }

    /// Makes the registry misbehave; see `EmbeddedRegistry.inject(_:at:times:)`. Parks the calling greenlet until it is
    /// done.
    @available(*, noasync)
    public func inject(
        _ fault: RegistryFault, at point: RegistryFaultPoint = .command, times: Int? = nil
    ) throws {
        try inject(RegistryFaultRule(fault, at: point, times: times))
    }

    /// Makes the registry misbehave by a rule. Parks the calling greenlet until it is done.
    @available(*, noasync)
    public func inject(_ rule: RegistryFaultRule) throws { try withRegistry { $0.inject(rule) } }

    /// Takes back every fault that has not struck yet. Parks the calling greenlet until it is done.
    @available(*, noasync)
    public func heal() throws { try withRegistry { $0.heal() } }

    /// Runs a closure on the registry, on its thread. It must not park. Parks the calling greenlet until it is done.
    @available(*, noasync) @discardableResult
    public func withRegistry<Result: Sendable>(
        _ body: @escaping @Sendable (EmbeddedRegistry) throws -> Result
    ) throws -> Result {
        // With this object itself: a killed caller does not wait for it, and the registry is let go with the object.
        try Self.call(thread) { try body(self.registry.value) }
    }

    /// Stops the registry; its thread ends with the last reference to this object. Parks the calling greenlet until no
    /// connection is taken any more.
    @available(*, noasync)
    public func stop() throws { try withRegistry { $0.stop() } }

    private struct Made: Sendable {
        let registry: HubBound<EmbeddedRegistry>
        let address: SocketAddress
        let clientID: String
        let password: String
    }

    private static func call<Result: Sendable>(
        _ thread: HubThread, _ body: @escaping @Sendable () throws -> Result
    ) throws -> Result {
        try awaitTask { try await thread.run(body) }
    }
}
