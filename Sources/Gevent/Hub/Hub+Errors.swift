internal import EventLoop
internal import Glibc

/// Where an error came from that nobody caught.
public enum UnhandledErrorContext {
    /// A greenlet ended with it.
    case greenlet(AnyGreenlet)
    /// A link's callback threw it, told about this greenlet's end.
    case link(AnyGreenlet)
    /// A callback of `runCallback` or `post`, a raw greenlet, or a link to something else.
    case callback
    /// A callback for a descriptor.
    case watcher
    /// A signal: see `Hub.throwsKeyboardInterrupt` and `onSignal`. Whatever error it is, the main greenlet gets it too.
    /// gevent's None.
    case signal
}

extension Hub {
    /// What nobody caught: to the handler, or to the stream in gevent's form. A system error, and a signal's, also goes
    /// to the main greenlet.
    ///
    /// - Parameter site: Where it was given to the package, for a context that does not know.
    func report(_ error: any Error, _ context: UnhandledErrorContext, at site: String? = nil) {
        if !notErrors.contains(where: { isInstance(error, of: $0) }) {
            if let onUnhandledError {
                onUnhandledError(context, error)
            } else {
                errorStream.write(Self.report(error, context, site))
            }
        }
        if case .signal = context { return throwIntoMain(error) }
        if systemErrors.contains(where: { isInstance(error, of: $0) }) { throwIntoMain(error) }
    }

    /// gevent's `handle_system_error`: the main greenlet gets it first, at its blocking point; the greenlet that failed
    /// completes afterwards.
    private func throwIntoMain(_ error: any Error) {
        guard !core.pointee.isTearingDown, let mainGreenlet else { return }
        mainGreenlet.deliver(error, atFront: true)
        let current = core.pointee.current
        guard current != core.pointee.hubBlock, current != core.pointee.mainBlock else { return }
        // Fidelity: gevent switches to the main greenlet from here.
        // A kill of a greenlet that has failed already has nothing left to do.
        _ = try? yieldTurn(core)
    }

    /// Python's last traceback line, then when, who and of what.
    private static func report(_ error: any Error, _ context: UnhandledErrorContext, _ site: String?) -> String {
        // Fidelity: no traceback, no arguments; where it was spawned instead.
        let type = "\(type(of: error))"
        let text = "\(error)"
        let line = text.isEmpty || text == type || text == type + "()" ? type : "\(type): \(text)"
        let place = site.map { ": spawned at \($0)" } ?? ""
        let subject: String? =
            switch context {
            case .greenlet(let greenlet): "\(greenlet)"
            case .link(let greenlet): "(link, \(greenlet))"
            case .callback: "<Callback\(place)>"
            case .watcher: "<Watcher\(place)>"
            case .signal: nil
            }
        return "\(line)\n\(timestamp())" + (subject.map { " \($0) failed with \(type)\n\n" } ?? "\n")
    }

    /// ISO 8601, in UTC, to the second.
    static func timestamp() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}

/// Whether an error is of this type, or of a subclass of it.
private func isInstance<E: Error>(_ error: any Error, of type: E.Type) -> Bool { error is E }
