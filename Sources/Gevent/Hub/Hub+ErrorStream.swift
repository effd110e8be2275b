internal import EventLoop
internal import Glibc

extension Hub {
    /// Where reports of errors go that nobody caught. gevent's `exception_stream`.
    public struct ErrorStream {
        let write: (String) -> Void

        /// Hands each report, as a whole and with its blank line, to `write`, which must not throw and had better not
        /// park.
        public init(_ write: @escaping (String) -> Void) { self.write = write }

        /// Standard error, the default.
        public static var standardError: ErrorStream { descriptor(STDERR_FILENO) }

        /// No reports. gevent's `exception_stream = None`.
        public static var silent: ErrorStream { ErrorStream { _ in } }

        /// Each report is written to this descriptor, in one call where the system lets it.
        public static func descriptor(_ descriptor: Int32) -> ErrorStream {
            ErrorStream { writeWhole($0, to: descriptor) }
        }
    }
}

@available(*, unavailable) extension Hub.ErrorStream: Sendable {}

/// Writes a text, in one call where possible, so that those of several threads do not mix. A reader that has gone does
/// not end the program, and errors have nobody to hear of them.
func writeWhole(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { System.writeWithoutSignal(descriptor, $0) }
        if count < 0, errno == EAGAIN {
            // Another program has left it non-blocking. A reader that takes nothing for a second gets no more.
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&entry, 1, 1_000) > 0 else { return }
            continue
        }
        guard count > 0 || errno == EINTR else { return }
        bytes = bytes.dropFirst(max(count, 0))
    }
}
