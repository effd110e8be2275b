import EPP
import EPPServer
import Glibc
import Logging
import Synchronization

/// The documents that sessions send and receive, passwords taken out: shown, written to a file, and the last ones kept.
///
/// Hellos and logins are shown but not kept: a pool sends them by itself between two commands.
final class FrameLog: Sendable {
    fileprivate struct State {
        var isTracing = false
        /// The last command.
        var sent: String?
        /// Its transaction identifier.
        var transactionID: String?
        /// The responses to commands that nobody has asked for yet.
        var received: [String] = []
        /// The last response to a command.
        var answer: String?
        /// The last greeting or answer to a login.
        var opening: String?
    }

    private let state = Mutex(State())
    /// Where all documents are written to; -1 for nowhere. Never closed: it lives as long as the program.
    private let file: Int32

    /// - Throws: `UsageError` where the file cannot be written.
    init(file: SettingSources.Found? = nil) throws {
        guard let found = file else {
            self.file = -1
            return
        }
        let descriptor = open(found.value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Input.error(found.value, what: found.origin) }
        self.file = descriptor
    }

    /// Whether documents are shown on standard error.
    var isTracing: Bool {
        get { state.withLock { $0.isTracing } }
        set { state.withLock { $0.isTracing = newValue } }
    }

    /// The last command, nil before there was one.
    var lastCommand: String? { state.withLock { $0.sent } }

    /// The response to the last command that had one.
    var lastAnswer: String? { state.withLock { $0.answer } }

    /// The responses since this was asked for last; without any, what the session was opened with.
    func takeReceived() -> [String] {
        state.withLock { state in
            defer { state.received = [] }
            return state.received.isEmpty ? [state.opening].compactMap(\.self) : state.received
        }
    }

    /// What sessions log to.
    var logger: Logger {
        var logger = Logger(label: "epp") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private func note(_ document: String, isSent: Bool) {
        let isTracing = state.withLock { state in
            if isSent {
                state.send(document)
            } else {
                state.receive(document)
            }
            return state.isTracing
        }
        let line = "\(isSent ? ">" : "<") \(document)\n"
        // A trace that cannot be written must not stop the command that it is about.
        if isTracing { try? Terminal.write(line.visible, to: STDERR_FILENO) }
        if file >= 0 { try? Terminal.write("\(Self.time()) \(line)", to: file) }
    }

    /// The time by the system's clock, with milliseconds.
    private static func time() -> String {
        Timestamp(secondsSince1970: systemTime()).text
    }

    private struct Handler: LogHandler {
        let log: FrameLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard case .string(let document)? = event.metadata?["frame"] else { return }
            log.note(document, isSent: event.message == "EPP frame sent")
        }
    }
}

extension FrameLog.State {
    fileprivate mutating func send(_ document: String) {
        guard let message = try? ClientMessage(Array(document.utf8)) else { return }
        switch message.body {
        case .hello, .login, .logout: return
        default: break
        }
        sent = document
        transactionID = message.transactionID
    }

    fileprivate mutating func receive(_ document: String) {
        let message = try? ServerMessage(Array(document.utf8))
        // A response without an identifier is taken for that to the last command.
        let isForCommand = message?.clientTransactionID.map { $0 == transactionID } ?? true
        guard sent != nil, isForCommand, message?.kind != .greeting else {
            opening = document
            return
        }
        received.append(document)
        answer = document
    }
}
