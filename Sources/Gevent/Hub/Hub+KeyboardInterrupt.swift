internal import EventLoop
internal import Glibc

/// Ctrl-C, where `Hub.throwsKeyboardInterrupt` asked for it. Python's `KeyboardInterrupt`.
///
/// An `Interruption`: a general `catch` lets it pass.
public struct KeyboardInterrupt: Interruption, CustomStringConvertible {
    /// One to throw by oneself.
    public init() {}

    /// The name alone, as Python prints it.
    public var description: String { "KeyboardInterrupt" }
}

extension Hub {
    /// Whether SIGINT is thrown, as a `KeyboardInterrupt`, into this hub's main greenlet where it waits or waits next.
    /// Default false: SIGINT then does what it does to any program, and ends it.
    ///
    /// Other greenlets do not notice. A greenlet that computes is not interrupted: the signal is seen in the hub's next
    /// turn. SIGINT belongs to one hub of the process at a time.
    public var throwsKeyboardInterrupt: Bool {
        get { interruptWatch != nil }
        set {
            // Fidelity: only where asked for, and never into code that computes.
            checkThread()
            guard newValue != throwsKeyboardInterrupt else { return }
            interruptWatch?.cancel()
            // Safe: the watch ends with the hub at the latest.
            interruptWatch =
                newValue ? loop.watchSignal(SIGINT) { [unowned self] in report(KeyboardInterrupt(), .signal) } : nil
        }
    }
}
