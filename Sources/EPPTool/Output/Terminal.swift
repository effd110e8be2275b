import Glibc

/// What is written to the two output streams.
enum Terminal {
    /// Whether stderr is a terminal, where a line can be written over.
    static let hasTerminal = isatty(STDERR_FILENO) == 1

    /// A line on stdout, there when this returns.
    static func print(_ line: String) { write(line.visible + "\n", to: STDOUT_FILENO) }

    /// One clear line on stderr.
    static func error(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        write("epp: \(line.printable)\n", to: STDERR_FILENO)
    }

    /// A note on stderr: written over on a terminal, a line of its own otherwise.
    static func progress(_ text: String) {
        // One that is wider than the terminal would go on in the next line, which nothing writes over.
        let text = text.printable
        write(hasTerminal ? "\r\u{1B}[K\(text.prefix(width(of: STDERR_FILENO) - 1))" : text + "\n", to: STDERR_FILENO)
    }

    /// Takes the line that `progress` wrote off a terminal.
    static func endProgress() {
        if hasTerminal { write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// How many columns a terminal has; 80 where it does not say.
    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        // Safe: the pointer is used inside the call only.
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of a text to a descriptor, as far as that takes it.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // Safe: the pointer is used inside the call only.
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                // Somebody else made the terminal non-blocking.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // Safe: the pointer is used inside the call only.
                _ = Glibc.poll(&poll, 1, 1_000)
                continue
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
