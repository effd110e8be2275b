import Glibc

/// What is written to the two output streams.
enum Terminal {
    /// Whether stderr is a terminal, where a line can be written over.
    static let hasTerminal = isatty(STDERR_FILENO) == 1

    /// A line on stdout, with the system when this returns.
    ///
    /// - Throws: `OutputError` where it, or a part of it, cannot be written.
    static func print(_ line: String) throws { try write(line.visible + "\n", to: STDOUT_FILENO) }

    /// Has what was printed to a file put on its disk, before something is given up for it.
    ///
    /// - Throws: `OutputError` where the disk has no room for it, or is broken.
    static func sync() throws {
        guard fdatasync(STDOUT_FILENO) != 0 else { return }
        switch errno {
        // A pipe, a terminal and the like have no disk; some file systems have no such call.
        case EINVAL, EROFS, ENOSYS, EOPNOTSUPP: return
        case let number: throw OutputError(number)
        }
    }

    /// Makes sure that the three standard descriptors are taken, before anything else is opened: else a connection
    /// could get the number of one that was closed, and what is printed would go to the registry. Nothing can be written
    /// to the replacements of the two outputs.
    static func fillStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// One clear line on stderr. Where that cannot be written, nobody is left to be told.
    static func error(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        try? write("epp: \(line.printable)\n", to: STDERR_FILENO)
    }

    /// A note on stderr: written over on a terminal, a line of its own otherwise.
    static func progress(_ text: String) {
        // One that is wider than the terminal would go on in the next line, which nothing writes over.
        let text = text.printable
        let line = hasTerminal ? "\r\u{1B}[K\(text.prefix(width(of: STDERR_FILENO) - 1))" : text + "\n"
        try? write(line, to: STDERR_FILENO)
    }

    /// Takes the line that `progress` wrote off a terminal.
    static func endProgress() {
        if hasTerminal { try? write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// How many columns a terminal has; 80 where it does not say.
    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        // Safe: the pointer is used inside the call only.
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of a text to a descriptor.
    ///
    /// - Throws: `OutputError` where not all of it can be written.
    static func write(_ text: String, to descriptor: Int32) throws {
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
            guard count > 0 else { throw OutputError(count < 0 ? errno : EIO) }
            bytes = bytes.dropFirst(count)
        }
    }
}
