internal import Glibc

/// Where an error came from that nobody caught.
public enum UnhandledErrorContext {
    /// A greenlet ended with it.
    case greenlet(AnyGreenlet)
    /// A link's callback threw it, told about this greenlet's end.
    case link(AnyGreenlet)
    /// A callback of `runCallback` or `post`, a raw greenlet, or a link to something else.
    case callback
    /// A callback for a signal or a descriptor.
    case watcher
}

extension Hub {
    /// What nobody caught: to the handler, or to standard error in gevent's form.
    func report(_ error: any Error, _ context: UnhandledErrorContext) {
        if error is GreenletExit { return }
        if let onUnhandledError {
            onUnhandledError(context, error)
            return
        }
        let subject =
            switch context {
            case .greenlet(let greenlet): "\(greenlet)"
            case .link(let greenlet): "(link, \(greenlet))"
            case .callback: "<Callback>"
            case .watcher: "<Watcher>"
            }
        let type = type(of: error)
        let text = "\(type): \(error)\n\(Self.timestamp()) \(subject) failed with \(type)\n\n"
        // One write, so that reports of several threads do not mix.
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// ISO 8601, in UTC, to the second.
    private static func timestamp() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
