import ArgumentParser
import EPP
import EPPClient
import Gevent

/// Runs lines, each a command as on the command line, over one pool of sessions.
final class Shell {
    /// The exit status of the first line that failed.
    private(set) var status = ExitStatus.success
    /// Whether `exit` was said.
    private(set) var isOver = false
    var history: LineHistory
    var completer = Completer()

    private let sender: any CommandSender
    private let frames: FrameLog?
    /// Whether lines of XML are sent: what came from outside in them was sanitised.
    private let takesXML: Bool
    private let statistics: () -> String
    private let json: Bool
    private let output: (String) throws -> Void
    private let complain: (String) -> Void

    /// - Parameters:
    ///   - frames: The documents that the sender's sessions send and receive.
    ///   - takesXML: Whether a line that is XML is sent as it stands.
    ///   - statistics: What `status` says.
    ///   - json: Whether every line has `--json`.
    ///   - output: Where results go.
    ///   - complain: Where errors go.
    init(
        _ sender: any CommandSender, history: LineHistory, json: Bool, frames: FrameLog? = nil, takesXML: Bool = false,
        statistics: @escaping () -> String,
        output: @escaping (String) throws -> Void = Terminal.print,
        complain: @escaping (String) -> Void = Terminal.error
    ) {
        self.sender = sender
        self.history = history
        self.json = json
        self.frames = frames
        self.takesXML = takesXML
        self.statistics = statistics
        self.output = output
        self.complain = complain
    }

    /// Runs one line. Parks the calling greenlet. Whatever goes wrong is told and kept in `status`; an interruption
    /// ends the command, not the shell. What cannot be written ends the shell: nobody would see what the next lines do.
    ///
    /// - Parameter number: The line's number in a file.
    func run(_ line: String, number: Int? = nil) {
        history.add(line)
        do {
            if line.drop(while: \.isWhitespace).hasPrefix("<") { return try runXML(line) }
            let words = try WordSplitter.words(line)
            guard let first = words.first, !first.hasPrefix("#") else { return }
            try run(words)
            completer.names.formUnion(words.dropFirst().filter { !$0.hasPrefix("-") && $0.contains(".") })
        } catch {
            if let error = error as? ShellExit { return finish(error.status) }
            complain(number.map { "line \($0): \(error)" } ?? String(describing: error))
            if error is OutputError { isOver = true }
            finish(error is any Interruption ? .connection : ExitStatus(error))
        }
    }

    private func finish(_ new: ExitStatus) {
        if status == .success { status = new }
    }

    private func run(_ words: [String]) throws {
        switch words[0] {
        case "exit", "quit": isOver = true
        case "history": for line in history.lines.dropLast() { try output(line) }
        case "status": try output(statistics())
        case "raw-command": try output(frames?.lastCommand?.visible ?? "no command was sent")
        case "raw-answer": try output(frames?.lastAnswer?.visible ?? "no command was answered")
        default: try runCommand(words)
        }
    }

    private func runCommand(_ words: [String]) throws {
        guard !words.contains("-") else { throw UsageError("- is standard input, where the shell's lines come from") }
        var parsed: any ParsableCommand
        do {
            parsed = try EPPCommand.parse(words)
            // ArgumentParser's own: it throws what it has to say.
            if words[0] == "help" { try parsed.run() }
        } catch let error as WrongUsage {
            complain(error.description)
            if json || words.contains("--json") { try output(FailureReport(command: error.command, error: error).json) }
            throw ShellExit(status: .usage)
        } catch {
            let text = EPPCommand.fullMessage(for: error)
            // A request for help comes as an error too.
            guard EPPCommand.exitCode(for: error) != .success else { return try output(EPPCommand.arrangedHelp(text)) }
            complain(EPPCommand.message(for: error))
            throw ShellExit(status: .usage)
        }
        guard var command = parsed as? any RegistryCommand else {
            throw UsageError("\(words[0]) is for the command line, not for the shell")
        }
        guard !command.options.choosesRegistry else {
            throw UsageError("the shell has its registry: flags that choose one have no meaning in it")
        }
        try run(&command)
    }

    private func runXML(_ line: String) throws {
        guard takesXML else {
            throw UsageError("XML must be sanitised before it is sent: --cleaned says that the lines' XML was")
        }
        var command = RawFileCommand.sending(line, options: RegistryOptions.standard)
        try run(&command)
    }

    private func run(_ command: inout some RegistryCommand) throws {
        var options = command.options
        options.json = !options.xml && (json || options.json)
        let json = options.json
        let wasTracing = frames?.isTracing ?? false
        if options.trace { frames?.isTracing = true }
        defer { frames?.isTracing = wasTracing }
        // Those of the lines before.
        _ = frames?.takeReceived()
        do {
            try command.prepare()
            try command.perform(sender) { try options.print($0, self.frames, to: self.output) }
        } catch {
            if json, !(error is any Interruption), !(error is OutputError) {
                try output(FailureReport(command: type(of: command).title, error: error).json)
            }
            throw error
        }
    }
}

/// A line has failed, and it has been told why.
private struct ShellExit: Error {
    let status: ExitStatus
}
