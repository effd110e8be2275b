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
            Lines are what follows epp on the command line: check example.gov. A line that begins with < is a command \
            as XML. Beside the commands there are help, status (of the sessions), raw-command and raw-answer (the last \
            documents, passwords hidden), history and exit. At a terminal lines can be edited as in other shells, Tab \
            completes, the arrows bring earlier lines back, Ctrl-R looks for one, Ctrl-C ends a command that takes too \
            long, and Ctrl-D ends the shell; lines are kept in ~/.local/state/epp/history, but for those with \
            --auth-info and XML.

            With a file, or where standard input is no terminal, the lines of it are run without a prompt, and # begins \
            a comment. XML among them is sent with --cleaned only, which says that what came from outside was sanitised. \
            The exit status is that of the first line that failed, 0 where none did.
            """)

    @Argument(help: "A file whose lines are run (standard input).", completion: .file())
    var file: String?

    @Flag(help: "Whatever in lines of XML came from outside was sanitised before it got there.")
    var cleaned = false

    @Flag(help: "End at the first line that fails.")
    var halt = false

    @Option(help: "How many sessions are kept open (EPP_CONNECTION_POOL_SIZE; 1).")
    var pool: Int?

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func run() throws {
        try ExitStatus.reporting("shell", json: options.json) {
            let input =
                try file.flatMap { $0 == "-" ? nil : try Input.descriptor(of: $0, what: "shell") } ?? STDIN_FILENO
            defer { if input != STDIN_FILENO { close(input) } }
            var connection = try options.connection(flags: pool.map { [.poolSize: String($0)] } ?? [:])
            let frames = try connection.frames ?? FrameLog()
            connection.frames = frames
            let isTerminal = isatty(input) == 1 && isatty(STDOUT_FILENO) == 1
            let profile = connection.settings.profile
            let status = try connection.withClient { client, greeting in
                let path = isTerminal ? LineHistory.defaultPath(Environment.value) : nil
                let shell = Shell(
                    ClientSender(client: client, profile: profile), history: LineHistory(path: path),
                    json: options.json, frames: frames, takesXML: isTerminal || cleaned,
                    statistics: { Self.describe(client.statistics) })
                if isTerminal { try Terminal.print("connected to \(greeting.serverID.printable); help, exit") }
                try feed(shell, isTerminal ? terminal(shell) : PlainInput(input), isTerminal)
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
