internal import Glibc

/// How a process ended. Python's `returncode`, which is negative for a signal.
public enum TerminationStatus: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with this code.
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)
    /// It has ended, and how was told to somebody else: `SIGCHLD` is ignored, or another part of the program waits for
    /// every child. Python says 0 then.
    case unknown

    /// What `waitpid` gives.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited(waitStatus >> 8 & 0xff) : .signalled(signal)
    }

    /// Whether it ended by itself with code 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// In words.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal) (\(String(cString: strsignal(signal))))"
        case .unknown: "an unknown exit code"
        }
    }
}
