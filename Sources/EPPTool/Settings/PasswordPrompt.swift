import Glibc

/// Asks a person at the terminal for a password and shows nothing of it.
///
/// The terminal gives no signals meanwhile: one would end the program with the terminal left silent.
enum PasswordPrompt {
    /// The password, nil where there is no terminal to ask at.
    ///
    /// - Throws: `UsageError` where the person gives up.
    static func ask(_ question: String, terminal path: String = "/dev/tty") throws -> String? {
        let terminal = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var saved = termios()
        // Safe: each pointer is used inside its call only.
        guard tcgetattr(terminal, &saved) == 0 else { return nil }
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return nil }
        defer {
            tcsetattr(terminal, TCSAFLUSH, &saved)
            // The password is read: a line end that does not show harms nobody.
            try? Terminal.write("\n", to: terminal)
        }
        try Terminal.write("\(question): ", to: terminal)
        return try line(from: terminal)
    }

    private static func line(from terminal: Int32) throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            // Safe: the pointer is used inside the call only.
            let count = read(terminal, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw UsageError("no password was given") }
            switch byte {
            case 0x03, 0x04: throw UsageError("no password was given")
            case 0x0A, 0x0D:
                guard !bytes.isEmpty else { throw UsageError("no password was given") }
                return String(decoding: bytes, as: UTF8.self)
            case 0x08, 0x7F:
                while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
            case 0x15: bytes = []
            default: bytes.append(byte)
            }
        }
    }
}
