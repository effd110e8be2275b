import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTLS

/// The runs of `epp demo`: the same commands over one connection each and over a pool, in series and in parallel, and
/// over a pool whose connections the registry cuts.
///
/// It ends at the first thing that fails: its registry is its own, so what goes wrong is wrong with the machine.
final class Demo {
    /// What the first command that failed failed with.
    private var firstError: (any Error)?

    /// Long, since a thousand callers' handshakes on one processor take their time; what hangs is noticed all the same.
    private static let patience = Duration.seconds(60)

    private let commands: Int
    private let poolSize: Int
    private let callers: Int
    private let registry: RegistryThread
    private let context: TLSContext
    private let login: Login
    private var runs: [DemoReport.Run] = []
    private var fillingTimes: [Double] = []
    /// Of the run that is going on.
    private var latencies: [Duration] = []
    private var failed = 0
    private var begun = 0

    init(commands: Int, poolSize: Int, callers: Int) throws {
        self.commands = commands
        self.poolSize = poolSize
        self.callers = callers
        try Resources.provide(forConnections: max(poolSize, min(callers, commands)))
        Terminal.progress("making an authority and certificates")
        let pki = try RegistryPKI(keyKind: .rsa2048)
        // No quota: a connection that the client has closed counts until the registry has noticed.
        let configuration = RegistryConfiguration { $0.maximumSessions = nil }
        let failure = RegistryError("the registry does not start", code: .transport)
        registry = try withTimeout(Self.patience, throwing: failure) { try RegistryThread(configuration, pki: pki) }
        // Every connection shakes hands in full, as with clients that make a context for each.
        context = try pki.clientContext(resumesSessions: false)
        login = Login(clientID: registry.clientID, password: registry.password)
    }

    func run() throws -> DemoReport {
        defer { try? registry.stop() }
        var cut = 0
        var repeated = 0
        let parts: [() throws -> Void] = [
            { try self.measure("connect-series") { try self.series(self.connectAndCheck) } },
            { try self.measure("connect-parallel") { try self.parallel(self.connectAndCheck) } },
            { try self.withPool("pool-series") { client in try self.series { try self.check(client) } } },
            { try self.withPool("pool-parallel") { client in try self.parallel { try self.check(client) } } },
            {
                try self.withPool("pool-cut") { client in
                    try self.parallel {
                        // Thrice, when a quarter of the commands is done each time: so a command cannot meet more cuts
                        // than it has attempts.
                        if self.isTimeToCut { cut += try self.registry.cut() }
                        try self.check(client)
                    }
                    repeated = client.repetitions
                }
            },
        ]
        for part in parts {
            try part()
            if let firstError { throw firstError }
        }
        return DemoReport(
            runs: runs, fillingTimes: fillingTimes, cut: cut, repeated: repeated,
            setting: "registry on 127.0.0.1:\(registry.port), RSA-2048 certificates on both sides; "
                + "pool of \(poolSize), \(callers) parallel callers")
    }

    private var isTimeToCut: Bool {
        let quarter = max(1, commands / 4)
        return begun > 1 && begun % quarter == 0 && begun / quarter <= 3 && begun < commands
    }

    /// One command on a connection of its own.
    private func connectAndCheck() throws {
        let session = EPPSession(
            host: registry.host, port: registry.port, context: context, timeout: Self.patience)
        defer { session.close() }
        try session.connect()
        let reply = try session.send(login)
        guard reply.isSuccess else { throw LoginError(reply.message, code: reply.code) }
        try Self.verify(try session.send(CheckDomain("example.gov")))
    }

    /// One command over the pool.
    private func check(_ client: RegistryClient) throws {
        try Self.verify(try client.send(CheckDomain("example.gov")))
    }

    private static func verify(_ reply: CommandResponse<[DomainAvailability]>) throws {
        guard reply.isSuccess, reply.data?.first?.isAvailable == false else {
            throw RegistryError("a wrong answer: \(reply.message)", code: reply.code, results: reply.results)
        }
    }

    private func series(_ command: () throws -> Void) throws {
        while begun < commands, firstError == nil { try time(command) }
    }

    private func parallel(_ command: @escaping () throws -> Void) throws {
        let workers = (0..<min(callers, commands)).map { _ in
            spawn { try self.series(command) }
        }
        try joinAll(workers, raisingErrors: true)
    }

    /// Runs one command and notes what it took; a failure is counted, an interruption passes.
    private func time(_ command: () throws -> Void) throws {
        begun += 1
        let start = ContinuousClock.now
        do {
            try command()
            latencies.append(start.duration(to: .now))
        } catch {
            try rethrowInterruption(error)
            firstError = firstError ?? error
            failed += 1
        }
    }

    /// Fills a pool, runs, and closes it. Filling is timed apart: a pool does it once, in the background, when its
    /// program starts. What it costs the registry counts as this run's.
    private func withPool(_ name: String, _ body: (RegistryClient) throws -> Void) throws {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = poolSize
        settings.connectionTimeout = Self.patience
        settings.borrowTimeout = Self.patience
        let before = registry.statistics
        let start = ContinuousClock.now
        let client = RegistryClient(settings, context: context)
        let watch = ConnectWatch()
        client.poolObserver = watch
        // Nothing has been cut yet: a connect that fails now will fail again.
        try settle(client) { if let error = watch.lastError { throw error } }
        fillingTimes.append(start.duration(to: .now) / .seconds(1))
        try measure(name, since: before) {
            try body(client)
        } settling: {
            // What the pool is connecting again belongs to this run's counts, not to the next one's.
            try settle(client)
        }
        try client.close(timeout: .seconds(5))
    }

    /// Waits until the pool has all its sessions, for as long as one may take.
    private func settle(_ client: RegistryClient, check: () throws -> Void = {}) throws {
        try withTimeout(Self.patience, throwing: RegistryError("the pool does not fill", code: .transport)) {
            while client.statistics.idle < poolSize {
                try check()
                try sleep(for: .milliseconds(2))
            }
        }
    }

    private func measure(
        _ name: String, since before: RegistryStatistics? = nil, _ body: () throws -> Void,
        settling: () throws -> Void = {}
    ) throws {
        latencies = []
        latencies.reserveCapacity(commands)
        failed = 0
        begun = 0
        let before = before ?? registry.statistics
        let ticker = Terminal.hasTerminal ? spawn { try self.showProgress(name) } : nil
        if !Terminal.hasTerminal { Terminal.progress("\(name): \(commands) commands") }
        let start = ContinuousClock.now
        try body()
        let seconds = start.duration(to: .now) / .seconds(1)
        ticker?.killNoWait()
        if firstError == nil { try settling() }
        let after = registry.statistics
        latencies.sort()
        runs.append(
            DemoReport.Run(
                name: name, commands: commands, failed: failed, seconds: seconds, p50: quantile(0.5),
                p99: quantile(0.99), handshakes: after.handshakes - before.handshakes,
                logins: after.logins - before.logins))
    }

    private func showProgress(_ name: String) throws {
        while true {
            Terminal.progress("\(name): \(latencies.count + failed) of \(commands) commands")
            try sleep(for: .milliseconds(100))
        }
    }

    /// Of the commands that succeeded, in seconds; the nearest rank.
    private func quantile(_ q: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let rank = Int((q * Double(latencies.count)).rounded(.up))
        return latencies[min(max(rank, 1), latencies.count) - 1] / .seconds(1)
    }
}

/// Keeps what a pool's connects have failed with.
private final class ConnectWatch: PoolObserver {
    private(set) var lastError: (any Error)?

    func observe(_ event: PoolEvent) {
        if case .connectFailed(let error) = event.kind { lastError = error }
    }
}
