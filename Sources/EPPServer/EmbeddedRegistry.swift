public import Gevent
public import GeventTLS
public import Logging

/// A registry in the calling thread's own hub, for tests, demonstrations and development; not for production.
///
/// A real peer all the same: mutual TLS, frames, greeting, login with the checks that Nomulus makes, all commands for
/// domains, hosts, contacts and the queue of messages with the statuses and associations that stand in their way, five
/// extensions, quotas and limits, and faults on demand.
///
///     let registry = try EmbeddedRegistry()
///     defer { registry.stop() }
///     let session = EPPSession(host: registry.host, port: registry.port, context: try registry.clientContext())
///     try session.connect()
///     try session.send(Login(clientID: registry.clientID, password: registry.password))
///
/// It serves from the moment it is made until `stop()`, in greenlets that hold on to it. Everything it holds is in
/// memory and the same at each start; `snapshot` shows it. A command is done wholly or not at all.
public final class EmbeddedRegistry {
    /// Where it listens.
    public let address: SocketAddress
    /// The certificates: its own, and one for clients.
    public let pki: RegistryPKI

    let configuration: RegistryConfiguration
    let core: RegistryCore
    let counters: RegistryCounters
    let logger: Logger?
    var accounts: RegistryAccounts
    var faults: FaultPlan
    private(set) var clock: WallClock
    /// By the order in which they came.
    private(set) var connections: [Int: RegistryConnection] = [:]

    private let listener: Socket
    private let context: TLSContext
    private let workers = Group()
    /// A permit for each connection that may be in its handshake.
    private let handshakes: CountingSemaphore
    private var isStopped = false
    /// Where the user made it, for reports.
    private let site: (file: StaticString, line: UInt)
    /// How many there are for each client certificate.
    private var sessions: [[UInt8]: Int] = [:]
    private var arrivals = 0

    /// A registry that listens and serves.
    ///
    /// - Parameters:
    ///   - configuration: What it holds and how it behaves.
    ///   - address: Where to listen; by default a free port on 127.0.0.1.
    ///   - pki: Its certificates; by default an authority of its own is made up.
    ///   - logger: Gets a line for each connection and command at debug level, without secrets; nil for none.
    public convenience init(
        _ configuration: RegistryConfiguration = .init(), on address: SocketAddress = .loopback(port: 0),
        pki: RegistryPKI? = nil, logger: Logger? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        try self.init(
            configuration, on: address, pki: pki ?? RegistryPKI(), logger: logger, counters: RegistryCounters(),
            site: (file, line))
    }

    init(
        _ configuration: RegistryConfiguration, on address: SocketAddress, pki: RegistryPKI, logger: Logger?,
        counters: RegistryCounters, site: (file: StaticString, line: UInt)
    ) throws {
        self.site = site
        self.configuration = configuration
        self.pki = pki
        self.logger = logger
        self.counters = counters
        accounts = RegistryAccounts(configuration.credentials)
        clock = WallClock(startingAt: configuration.startDate, on: .current)
        core = RegistryCore(configuration, at: clock.now)
        faults = FaultPlan(configuration.faults, seed: configuration.seed)
        require(configuration.maximumHandshakes > 0, "with no handshake at once nobody gets in")
        handshakes = CountingSemaphore(configuration.maximumHandshakes)
        context = try pki.serverContext(handshakeTimeout: configuration.transferTimeout)
        listener = try Socket.listen(on: address)
        self.address = try listener.localAddress
        workers.spawn({ try self.acceptAll() }, file: site.file, line: site.line).name =
            "EmbeddedRegistry(\(self.address))"
    }

    /// The host name to connect to, for which the certificate is.
    public var host: String { address.host ?? "127.0.0.1" }

    /// The port it listens on.
    public var port: Int { address.port ?? 0 }

    /// The client identifier of the first of its credentials, in alphabetical order.
    public var clientID: String { accounts.passwords.keys.min() ?? "" }

    /// The password that belongs to `clientID`.
    public var password: String { accounts.passwords[clientID] ?? "" }

    /// A context for a client that it lets in.
    public func clientContext() throws -> TLSContext { try pki.clientContext() }

    /// What it has counted so far.
    public var statistics: RegistryStatistics { counters.snapshot }

    /// Sets its date and time forward, beyond what the hub's clock says: transfers end, grace periods pass, registrations
    /// end. Timeouts of connections go by the hub's clock alone.
    ///
    /// - Precondition: the time is not below zero.
    public func advance(by time: Duration) {
        require(time >= .zero, "the registry's time cannot go back by \(time)")
        clock.advance(by: time)
    }

    /// Makes the registry misbehave.
    ///
    /// - Parameters:
    ///   - fault: How.
    ///   - point: On which answers; by default on those to commands other than the login. `refuse` and
    ///     `closeBeforeGreeting` always strike a new connection.
    ///   - times: How often, after which it behaves again; nil until `heal()`. Several faults strike one after the
    ///     other, but for `delay` and `splitFrames`, which come on top of another.
    public func inject(_ fault: RegistryFault, at point: RegistryFaultPoint = .command, times: Int? = nil) {
        inject(RegistryFaultRule(fault, at: point, times: times))
    }

    /// Makes the registry misbehave by a rule, which says where the fault strikes and how often.
    public func inject(_ rule: RegistryFaultRule) { faults.add(rule) }

    /// Takes back every fault that has not struck yet. A connection that hangs is closed.
    public func heal() {
        faults.removeAll()
        for connection in connections.values where connection.isHanging { connection.cut() }
    }

    /// Cuts every open connection without a word, neither EPP's nor TLS's.
    ///
    /// - Returns: How many there were.
    @discardableResult
    public func cutAll() -> Int { cut(Int.max) }

    /// Cuts some open connections without a word.
    ///
    /// - Parameter count: How many at most; the oldest ones.
    /// - Returns: How many were cut.
    @discardableResult
    public func cut(_ count: Int) -> Int {
        let victims = connections.keys.sorted().prefix(count)
        counters.count { $0.cut += victims.count }
        for victim in victims { connections[victim]?.cut() }
        return victims.count
    }

    /// Stops: no more connections, and the open ones are cut. Their greenlets end as soon as they run; `join` waits for
    /// that. Can be called again.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        listener.close()
        for connection in connections.values { connection.cut() }
        workers.killNoWait()
    }

    /// Waits until everything has ended after `stop()`. Parks the calling greenlet.
    ///
    /// - Returns: Whether it has ended, false where the time ran out.
    @available(*, noasync) @discardableResult
    public func join(timeout: Duration? = nil) throws -> Bool { try workers.join(timeout: timeout) }

    /// Counts a session for a client's certificate, which stands for its credentials before anybody has logged in.
    ///
    /// - Returns: Whether the quota has room for it.
    func beginSession(of certificate: [UInt8]) -> Bool {
        let count = sessions[certificate, default: 0]
        if let quota = configuration.maximumSessions, count >= quota {
            counters.count { $0.overQuota += 1 }
            return false
        }
        sessions[certificate] = count + 1
        return true
    }

    func endSession(of certificate: [UInt8]) {
        let count = sessions[certificate, default: 0]
        sessions[certificate] = count > 1 ? count - 1 : nil
    }

    private func acceptAll() throws {
        while !isStopped {
            // Nobody has said yet who they are: no more of them than this, and the system keeps the others waiting.
            try handshakes.acquire()
            let connected: (socket: Socket, peer: SocketAddress)
            do {
                // In virtual time the clock jumps over this wait, as over any server's.
                guard let next = try listener.acceptNoWait() else {
                    handshakes.release()
                    try listener.waitForPeers()
                    continue
                }
                connected = next
            } catch let error as SocketError {
                if isStopped { return }
                handshakes.release()
                // Out of descriptors, for one: to try again at once would only burn time.
                logger?.warning("EPP registry cannot accept", metadata: ["error": "\(error)"])
                try sleep(for: .milliseconds(100))
                continue
            }
            let connection = RegistryConnection(connected.socket, registry: self, context: context) { [handshakes] in
                handshakes.release()
            }
            arrivals += 1
            let number = arrivals
            connections[number] = connection
            let serve = {
                defer { self.connections[number] = nil }
                try connection.run()
            }
            workers.spawn(serve, file: site.file, line: site.line).name = "\(connected.peer)"
        }
    }
}

@available(*, unavailable)
extension EmbeddedRegistry: Sendable {}
