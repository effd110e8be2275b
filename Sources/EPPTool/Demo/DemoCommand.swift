import ArgumentParser
import Gevent

/// `epp demo`: what a pool of sessions is worth, measured on this machine.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Measure what a pool of open sessions is worth.",
        discussion: """
            Makes an authority and RSA-2048 certificates, starts the embedded registry on a thread of its own and a \
            free port of 127.0.0.1, and sends it the same number of check commands four ways: a connection for each \
            command (TCP, TLS with certificates on both sides, greeting, login, command) and over a pool, each in \
            series and with callers in parallel. Then once more over the pool while the registry cuts connections. All \
            figures are measured. It ends at the first command that fails. The time to fill the pool is told apart; its handshakes and logins are in the table.
            """)

    @Option(help: "How many commands each run sends.")
    var commands = 500

    @Option(help: "How many sessions the pool has.")
    var pool = 10

    @Option(help: "How many callers there are in the parallel runs.")
    var callers = 20

    @Flag(help: "Print one JSON object instead of the table.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(commands) else {
            throw ValidationError("--commands is a number from 1 to 1000000")
        }
        guard (1...1_000).contains(pool) else { throw ValidationError("--pool is a number from 1 to 1000") }
        guard (1...10_000).contains(callers) else { throw ValidationError("--callers is a number from 1 to 10000") }
    }

    func run() throws {
        try ExitStatus.reporting("demo", json: json) {
            let demo = try Demo(commands: commands, poolSize: pool, callers: callers)
            defer { Terminal.endProgress() }
            let report = try demo.run()
            Terminal.endProgress()
            try Terminal.print(json ? report.json : report.text(.standardOutput))
        }
    }
}
