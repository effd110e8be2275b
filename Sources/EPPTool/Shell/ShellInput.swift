import Gevent
import Glibc

/// Where a shell's lines come from. Waiting for one parks the greenlet: sessions are kept alive meanwhile.
protocol ShellInput: AnyObject {
    /// The next line, nil at the end.
    func line() throws -> String?

    /// How many lines there were, where that is worth telling.
    var number: Int? { get }
}

/// Bytes of a descriptor, read without blocking the hub.
struct DescriptorBytes {
    let descriptor: Int32
    private let canWait: Bool
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var information = stat()
        // Safe: the pointer is used inside the call only. A file is always ready, and cannot be waited for.
        canWait = fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT != S_IFREG
    }

    /// The next byte, nil at the end.
    mutating func next() throws -> UInt8? {
        while position == buffer.count {
            if canWait { try waitReadable(descriptor) }
            var piece = [UInt8](repeating: 0, count: 4_096)
            // Safe: the pointer is used inside the call only.
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            // A terminal that has gone gives EIO: there are no more lines then.
            guard count > 0 else { return nil }
            buffer = Array(piece[..<count])
            position = 0
        }
        position += 1
        return buffer[position - 1]
    }
}

/// Lines of a pipe or a file.
final class PlainInput: ShellInput {
    private var bytes: DescriptorBytes
    private(set) var count = 0

    /// A line can be as long as a command: 1 MiB.
    private static let limit = 1 << 20

    init(_ descriptor: Int32) {
        bytes = DescriptorBytes(descriptor)
    }

    var number: Int? { count }

    func line() throws -> String? {
        var line: [UInt8] = []
        count += 1
        while let byte = try bytes.next() {
            if byte == UInt8(ascii: "\n") { return try text(line) }
            line.append(byte)
            guard line.count <= Self.limit else { throw UsageError("line \(count) has more than \(Self.limit) bytes") }
        }
        return line.isEmpty ? nil : try text(line)
    }

    private func text(_ line: [UInt8]) throws -> String {
        guard let text = String(validating: line, as: UTF8.self) else { throw UsageError("line \(count) is not UTF-8") }
        return text
    }
}

/// Lines that somebody edits at a terminal, which is raw only while that goes on.
final class TerminalInput: ShellInput {
    private var bytes: DescriptorBytes
    private let output: Int32
    private let prompt: String
    /// What the editor of the next line has to go by.
    private let makeEditor: () -> LineEditor

    init(_ descriptor: Int32, output: Int32, prompt: String, makeEditor: @escaping () -> LineEditor) {
        bytes = DescriptorBytes(descriptor)
        self.output = output
        self.prompt = prompt
        self.makeEditor = makeEditor
    }

    var number: Int? { nil }

    func line() throws -> String? {
        var saved = termios()
        // Safe: each pointer is used inside its call only.
        guard tcgetattr(bytes.descriptor, &saved) == 0 else { return nil }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(IXON)
        tcsetattr(bytes.descriptor, TCSADRAIN, &raw)
        defer { tcsetattr(bytes.descriptor, TCSADRAIN, &saved) }
        var editor = makeEditor()
        try show(editor)
        while let byte = try bytes.next() {
            switch editor.feed(byte) {
            case .editing: try show(editor)
            case .candidates(let words):
                try Terminal.write("\r\n\(words.joined(separator: "  "))\r\n", to: output)
                try show(editor)
            case .clearScreen:
                try Terminal.write("\u{1B}[H\u{1B}[2J", to: output)
                try show(editor)
            case .interrupted:
                try Terminal.write("^C\r\n", to: output)
                editor = makeEditor()
                try show(editor)
            case .line(let line):
                try Terminal.write("\r\n", to: output)
                return line
            case .ended:
                try Terminal.write("\r\n", to: output)
                return nil
            }
        }
        return nil
    }

    private func show(_ editor: LineEditor) throws {
        try Terminal.write(editor.rendered(prompt: prompt, width: Terminal.width(of: output)), to: output)
    }
}
