import ArgumentParser
import EPP
import EPPClient
import Gevent
import GeventConnPool
import Glibc

/// `epp shell`: commands one after the other over sessions that stay open.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Type commands one after the other; the session stays open.",
        discussion: """
            Lines are what follows epp on the command line: check example.gov. Beside the commands there are help, \
            status (of the sessions), history and exit. At a terminal lines can be edited as in other shells, Tab \
            completes, the arrows bring earlier lines back, Ctrl-C ends a command that takes too long, and Ctrl-D ends \
            the shell; lines are kept in ~/.local/state/epp/history, but for those with --auth-info.

            Where standard input is no terminal its lines are run without a prompt, and # begins a comment. The exit \
            status is that of the first line that failed, 0 where none did.
            """)

    @Flag(help: "End at the first line that fails.")
    var halt = false

    @Option(help: "How many sessions are kept open (EPP_CONNECTION_POOL_SIZE; 1).")
    var pool: Int?

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func run() throws {
        try ExitStatus.reporting("shell", json: options.json) {
            let connection = try options.connection(flags: pool.map { [.poolSize: String($0)] } ?? [:])
            let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
            let status = try connection.withClient { client, greeting in
                let path = isTerminal ? LineHistory.defaultPath(Environment.value) : nil
                let shell = Shell(
                    ClientSender(client: client), history: LineHistory(path: path), json: options.json,
                    statistics: { Self.describe(client.statistics) })
                if isTerminal { try Terminal.print("connected to \(greeting.serverID.printable); help, exit") }
                try feed(shell, isTerminal ? terminal(shell) : PlainInput(STDIN_FILENO), isTerminal)
                shell.history.save()
                return shell.status
            }
            // At a terminal every failure has been seen; a script is judged by its status.
            if !isTerminal, status != .success { throw ExitCode(status.rawValue) }
        }
    }

    private func feed(_ shell: Shell, _ input: any ShellInput, _ isTerminal: Bool) throws {
        while !shell.isOver, !(halt && shell.status != .success), let line = try input.line() {
            guard isTerminal else {
                shell.run(line, number: input.number)
                continue
            }
            let command = spawn { shell.run(line) }
            let handler = onSignal(SIGINT) { command.killNoWait(throwing: Cancelled()) }
            defer { handler.cancel() }
            try command.join()
        }
    }

    private func terminal(_ shell: Shell) -> TerminalInput {
        TerminalInput(STDIN_FILENO, output: STDOUT_FILENO, prompt: "epp> ") {
            LineEditor(history: shell.history.lines) { shell.completer.candidates($0) }
        }
    }

    private static func describe(_ pool: PoolStatistics) -> String {
        "\(pool.size) sessions: \(pool.idle) idle, \(pool.leased + pool.checking) busy, "
            + "\(pool.connecting + pool.waitingToConnect) away; \(pool.leases) commands, \(pool.connects) logins, "
            + "\(pool.connectFailures) failed"
    }
}

/// Ctrl-C, for the command that is under way.
private struct Cancelled: Interruption, CustomStringConvertible {
    let description = "cancelled"
}
