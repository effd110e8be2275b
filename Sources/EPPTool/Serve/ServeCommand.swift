import ArgumentParser
import EPPServer
import Gevent
import Glibc

/// `epp serve`: the embedded registry by itself.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Be a registry, for development and tests.",
        discussion: """
            Holds example.gov and taken-1.gov to taken-10.gov (--domains); every other name is available. Clients log \
            in with EPP_USER and EPP_PASSWORD; what is unset is made up and printed. The certificates (ca.pem, \
            server.pem, server.key, client.pem, client.key) are made where the directory has none. Ends on SIGINT and \
            SIGTERM.

            Faults: \(faults). A result code alone is one too. A fault strikes every command; on=greeting, \
            on=login, on=command and on=all say otherwise, and so does on= with a verb (on=check) or with a verb for one \
            kind of object (on=domain:create).

            --like behaves as a registry does on the wire, as far as that is public: \(registries). Limits that are given \
            as flags hold instead of that registry's.
            """)

    private static let registries = RegistryPersonality.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")

    private static let faults = RegistryFault.forms.map { "\($0.text) (\($0.summary))" }.joined(separator: ", ")

    @Option(help: "The port to listen on; 0 for a free one, which is printed.")
    var port: Int

    @Option(help: "The directory of the certificates.")
    var pki: String

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(
        help: "The registry to behave like.", completion: .list(RegistryPersonality.all.map(\.name)),
        transform: ServeCommand.personality)
    var like: RegistryPersonality?

    @Option(
        help: "How long a connection may be idle, such as 30, 500ms or 5m (1h).", transform: ArgumentValues.duration)
    var idleTimeout: Duration?

    @Option(help: "How many connections one set of credentials may have (100).")
    var maxSessions: Int?

    @Option(help: "How long a connection may last, such as 1h (for ever).", transform: ArgumentValues.duration)
    var maxAge: Duration?

    @Option(help: "How many commands a session may have, the login included (any number).")
    var commandsPerSession: Int?

    @Option(help: "How many commands a client identifier may send in a minute (any number).")
    var commandsPerMinute: Int?

    @Option(help: "How many logins a client identifier may try in a minute (any number).")
    var loginsPerMinute: Int?

    @Option(help: "How many names one check may have (50).")
    var namesPerCheck: Int?

    @Option(
        help: "A fault, NAME[=ARGUMENT] and after commas on=POINT, times=N, every=N, after=N, chance=P; repeatable.",
        transform: ServeCommand.fault)
    var fault: [RegistryFaultRule] = []

    @Option(help: "How many domains taken-1.gov, taken-2.gov and so on there are at the start.")
    var domains = 10

    @Option(help: "One more domain that there is at the start; repeatable.")
    var domain: [String] = []

    @Option(help: "A message for EPP_USER that waits at the start; repeatable.")
    var message: [String] = []

    @Option(help: "One more registrar, with the same password; repeatable. Transfers need two.")
    var registrar: [String] = []

    @Option(help: "A zone such as gov, beneath which domains are; repeatable. Without any, every name can be a domain.")
    var zone: [String] = []

    @OptionGroup var phase: LaunchOptions

    @Option(help: "A name on which a mark has a claim, with --launch; repeatable.")
    var claimed: [String] = []

    @Option(help: "What the chances of faults follow from.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (0...1_000_000).contains(domains) else {
            throw ValidationError("--domains is a number from 0 to 1000000")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
        for (flag, time) in [("--idle-timeout", idleTimeout ?? .seconds(1)), ("--max-age", maxAge ?? .seconds(1))] {
            guard time > .zero, time <= .seconds(31_536_000) else {
                throw ValidationError("\(flag) is a time above 0, up to a year")
            }
        }
        let counts = [
            ("--max-sessions", maxSessions), ("--commands-per-session", commandsPerSession),
            ("--commands-per-minute", commandsPerMinute), ("--logins-per-minute", loginsPerMinute),
            ("--names-per-check", namesPerCheck),
        ]
        for (flag, count) in counts where count ?? 1 < 1 { throw ValidationError("\(flag) is a number above 0") }
        guard claimed.isEmpty || phase.launch != nil else { throw ValidationError("--claimed goes with --launch") }
        for name in registrar where !(3...16).contains(name.count) {
            throw ValidationError("--registrar has 3 to 16 characters")
        }
    }

    func run() throws {
        try ExitStatus.reporting {
            let user = Environment.value("EPP_USER") ?? "registrar"
            let password = Environment.value("EPP_PASSWORD") ?? RegistryConfiguration.makePassword()
            guard (3...16).contains(user.count) else { throw UsageError("EPP_USER has 3 to 16 characters") }
            guard (6...16).contains(password.count) else { throw UsageError("EPP_PASSWORD has 6 to 16 characters") }
            // Before the registry listens: a signal that comes early ends it cleanly too.
            let end = Event()
            let handlers = [SIGINT, SIGTERM].map { onSignal($0) { end.set() } }
            defer { for handler in handlers { handler.cancel() } }
            let certificates = try RegistryPKI(directory: pki)
            for key in ["server.key", "client.key"] { SecretFile.check("\(pki)/\(key)") }
            let registry = try EmbeddedRegistry(
                configuration(user: user, password: password), on: .host(host, port: port), pki: certificates)
            if Environment.value("EPP_USER") == nil { try Terminal.print("EPP_USER=\(user)") }
            if Environment.value("EPP_PASSWORD") == nil { try Terminal.print("EPP_PASSWORD=\(password)") }
            try Terminal.print("listening on \(host.contains(":") ? "[\(host)]" : host):\(registry.port)")
            try end.wait()
            registry.stop()
            try registry.join(timeout: .seconds(5))
        }
    }

    private func configuration(user: String, password: String) -> RegistryConfiguration {
        RegistryConfiguration {
            if let like { $0.behave(like: like) }
            $0.credentials = [user: password]
            for other in registrar { $0.credentials[other] = password }
            $0.domains = [RegisteredDomain("example.gov", sponsor: user, number: 1)]
            $0.domains += RegistryConfiguration.seededDomains(domains, sponsor: user)
            $0.domains += domain.enumerated().map { index, name in
                RegisteredDomain(name.lowercased(), sponsor: user, number: domains + 2 + index)
            }
            $0.messages = message.map { RegisteredMessage($0, for: user) }
            $0.zones = zone
            if let idleTimeout { $0.idleTimeout = idleTimeout }
            if let maxSessions { $0.maximumSessions = maxSessions }
            if let maxAge { $0.maximumAge = maxAge }
            if let commandsPerSession { $0.commandsPerSession = commandsPerSession }
            if let commandsPerMinute { $0.commandsPerMinute = commandsPerMinute }
            if let loginsPerMinute { $0.loginsPerMinute = loginsPerMinute }
            if let namesPerCheck { $0.namesPerCheck = namesPerCheck }
            if let launch = phase.launch {
                let claims = claimed.enumerated().map { ($1.lowercased(), "claim-\($0 + 1)") }
                $0.launch = RegistryLaunch(launch, claims: Dictionary(claims) { first, _ in first })
            }
            $0.faults = fault
            $0.seed = seed
        }
    }

    static func personality(_ name: String) throws -> RegistryPersonality {
        guard let known = RegistryPersonality(named: name) else {
            let names = RegistryPersonality.all.map(\.name)
            let near = CommandWords.nearest(to: name, in: names).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("there is no stand-in for it, but for \(names.joined(separator: ", "))\(near)")
        }
        return known
    }

    /// Reads a fault; what is wrong is told with the flag's name by ArgumentParser.
    static func fault(_ text: String) throws -> RegistryFaultRule {
        do {
            return try RegistryFaultRule(parsing: text)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
