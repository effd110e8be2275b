import ArgumentParser
import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTLS
import Glibc

/// `epp load`: commands at a steady rate, and how long they take.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Send commands at a steady rate and measure how long they take.",
        discussion: """
            Commands are due at fixed times, whether or not those before have been answered, and a command's latency \
            counts from when it was due: a registry that pauses is seen by all commands that it kept waiting. The line \
            "without waiting" counts from when a caller was free instead. Failed and unfinished commands are among the \
            latencies.

            Without a registry in flags, environment or profile, and with --embedded, a registry of its own is started \
            on a thread of its own. SIGINT ends the run early; the report is printed all the same. The exit status is \
            1 where a command failed or was not answered.
            """)

    @Option(help: "Commands a second.")
    var rate: Double = 100

    @Option(help: "For how long, in seconds or with a unit: 500ms, 30s, 5m (10s).", transform: ArgumentValues.duration)
    var duration: Duration = .seconds(10)

    @Option(help: "How many commands can be under way at once.")
    var callers = 20

    @Option(
        help: """
            What is sent how often: hello, check, info, poll, create, delete, each with its share (check=8,info=2).
            """,
        transform: LoadMix.init(parsing:))
    var mix: LoadMix = LoadCommand.defaultMix

    @Option(help: "How many sessions are kept open (EPP_CONNECTION_POOL_SIZE; 10 with a registry of its own).")
    var pool: Int?

    @Option(
        help: "How long to wait at the end for answers, in seconds or with a unit (10s).",
        transform: ArgumentValues.duration)
    var grace: Duration = .seconds(10)

    @Option(help: "The zone of the names that are checked, created and deleted.")
    var zone: String?

    @Option(help: "The domain that info asks about.")
    var infoName: String?

    @Option(help: "The registrant of domains that are created.")
    var registrant: String?

    @Flag(help: "Allow create and delete at a registry that is not this program's own. They may cost money.")
    var allowChanges = false

    @Flag(help: "Use a registry of its own whatever else is set.")
    var embedded = false

    @Option(help: "A fault of the registry of its own, as for epp serve; repeatable.", transform: ServeCommand.fault)
    var fault: [RegistryFaultRule] = []

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard rate.isFinite, rate > 0, rate <= 1_000_000 else {
            throw ValidationError("--rate is a number above 0, up to 1000000")
        }
        guard duration > .zero, duration <= .seconds(86_400) else {
            throw ValidationError("--duration is a time above 0, up to a day")
        }
        guard rate * (duration / .seconds(1)) <= 100_000_000 else {
            throw ValidationError("--rate and --duration make more than 100000000 commands")
        }
        guard (1...100_000).contains(callers) else { throw ValidationError("--callers is a number from 1 to 100000") }
        if let pool, !(1...10_000).contains(pool) { throw ValidationError("--pool is a number from 1 to 10000") }
        guard grace <= .seconds(86_400) else { throw ValidationError("--grace is a time up to a day") }
        guard !embedded || !options.choosesRegistry else {
            throw ValidationError("--embedded leaves nothing to connect to: give no registry with it")
        }
    }

    func run() throws {
        try ExitStatus.reporting("load", json: options.json) {
            let usesOwn = try embedded || isWithoutRegistry()
            guard usesOwn || fault.isEmpty else { throw UsageError("--fault is for a registry of its own") }
            if usesOwn { return try loadOwn() }
            let changing = mix.kinds.filter(\.changes)
            guard changing.isEmpty || allowChanges else {
                throw UsageError("\(changing[0]) changes what the registry holds: --allow-changes says that it may")
            }
            guard changing.isEmpty && !mix.kinds.contains(.check) || zone != nil else {
                throw UsageError("no names to check or create: give --zone")
            }
            guard !mix.kinds.contains(.info) || infoName != nil else {
                throw UsageError("no domain to ask about: give --info-name")
            }
            let connection = try options.connection(flags: pool.map { [.poolSize: String($0)] } ?? [:])
            let settings = connection.settings
            try connection.withClient { client, _ in
                try load(client, settings, target: "\(settings.clientID) at \(settings.host):\(settings.port)")
            }
        }
    }

    private func isWithoutRegistry() throws -> Bool {
        let profile = try ProfileFile.choose(name: options.profile, path: options.profiles, warn: { _ in })
        return SettingSources(flags: options.given, profile: profile).value(.host) == nil
    }

    /// A load on a registry on a thread of its own.
    private func loadOwn() throws {
        try Resources.provide(forConnections: pool ?? 10)
        Terminal.progress("making an authority and certificates")
        let registry = try RegistryThread(
            RegistryConfiguration {
                $0.maximumSessions = nil
                $0.faults = fault
            })
        defer { try? registry.stop() }
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = pool ?? 10
        let client = RegistryClient(settings, context: try registry.pki.clientContext())
        defer { try? client.close(timeout: .seconds(5)) }
        // Its faults may be about its first sessions.
        _ = try client.firstGreeting(isPatient: true)
        try load(client, settings, target: "a registry of its own on 127.0.0.1:\(registry.port)")
    }

    private func load(_ client: RegistryClient, _ settings: RegistryClient.Settings, target name: String) throws {
        defer { Terminal.endProgress() }
        try fill(client, settings)
        let target = LoadTarget(
            client, zone: zone ?? "gov", infoName: infoName ?? "example.gov",
            mark: String(UInt32.random(in: .min ... .max), radix: 36), registrant: registrant)
        let run = LoadRun(rate: rate, duration: duration, callers: callers, mix: mix, grace: grace) {
            try target.perform($0, $1)
        }
        let end = onSignal(SIGINT) { run.stop() }
        defer { end.cancel() }
        let ticker = Terminal.hasTerminal ? spawn { try show(run, client) } : nil
        defer { ticker?.killNoWait() }
        try run.run()
        ticker?.killNoWait()
        Terminal.endProgress()
        let report = LoadReport(
            run, target: name, mix: mix, repeated: client.repetitions, pool: client.statistics)
        let printing = Result { try Terminal.print(options.json ? report.json : report.text(.standardOutput)) }
        // Whether or not anybody can read what was measured.
        if !target.created.isEmpty {
            let left = try target.cleanUp()
            if left > 0 { Terminal.error("\(left) domains that were created could not be deleted") }
        }
        try printing.get()
        if report.failed + report.unfinished > 0 { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    /// Waits until all sessions are there: making them is not what is measured. A registry that has fewer sessions to give
    /// is taken as it is.
    private func fill(_ client: RegistryClient, _ settings: RegistryClient.Settings) throws {
        Terminal.progress("opening \(settings.poolSize) sessions")
        let clock = Hub.current.clock
        let start = clock.now
        while client.statistics.idle < settings.poolSize {
            guard clock.now - start < settings.borrowTimeout else {
                Terminal.error("only \(client.statistics.idle) of \(settings.poolSize) sessions are open")
                return
            }
            try sleep(for: .milliseconds(5))
        }
    }

    private func show(_ run: LoadRun, _ client: RegistryClient) throws {
        let clock = Hub.current.clock
        let start = clock.now
        var last = start
        while true {
            try sleep(for: .milliseconds(500))
            let now = clock.now
            Terminal.progress(
                LoadReport.liveLine(
                    run, window: run.takeWindow(), since: now - last, total: now - start, pool: client.statistics))
            last = now
        }
    }

    private static let defaultMix: LoadMix = {
        do { return try LoadMix(parsing: "check=8,info=2") } catch { fatalError("a mix as it is documented") }
    }()
}
