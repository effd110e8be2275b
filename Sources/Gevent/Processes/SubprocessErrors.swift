/// A program could not be started.
open class SubprocessStartError: SocketError, @unchecked Sendable {
    // Unchecked: immutable; a subclass answers for its own fields.

    /// What was to be started, and its arguments.
    public let arguments: [String]

    init(_ arguments: [String], _ message: String, errno: Int32) {
        self.arguments = arguments
        super.init(message, errno: errno)
    }
}

/// There is no such program, or no such directory to run it in. Python's `FileNotFoundError`.
public final class SubprocessNotFound: SubprocessStartError, @unchecked Sendable {}

/// It may not be run. Python's `PermissionError`.
public final class SubprocessNotPermitted: SubprocessStartError, @unchecked Sendable {}

/// A program that was to succeed ended otherwise. Python's `CalledProcessError`.
public struct SubprocessFailed: Error, CustomStringConvertible {
    /// What was run.
    public let arguments: [String]
    /// How it ended, and what it wrote.
    public let result: Subprocess.Result

    /// What was run and how it ended.
    public var description: String { "\(arguments) ended with \(result.status)" }
}

/// A program did not end in time. Python's `TimeoutExpired`.
public struct SubprocessTimeout: Error, CustomStringConvertible {
    /// What was run.
    public let arguments: [String]
    /// How long it had.
    public let timeout: Duration
    /// What it wrote to its standard output until then, where that was captured.
    public let output: [UInt8]
    /// The same for its standard error.
    public let errorOutput: [UInt8]

    /// What was run and how long it had.
    public var description: String { "\(arguments) did not end within \(timeout)" }
}

/// A program wrote more than was to be captured.
public struct SubprocessOutputTooLarge: Error, CustomStringConvertible {
    /// What was run.
    public let arguments: [String]
    /// How many bytes of each stream were to be captured at most.
    public let limit: Int

    /// What was run and the limit.
    public var description: String { "\(arguments) wrote more than \(limit) bytes" }
}
