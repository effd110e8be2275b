/// Several failures of one call: what each address of a name said when connecting. Python's `ExceptionGroup` of
/// `create_connection(…, all_errors=True)`.
public final class SocketErrorGroup: SocketError, @unchecked Sendable {
    // Unchecked: immutable; errors are Sendable.

    /// Each of them, in the order in which they happened.
    public let errors: [any Error]

    init(_ message: String, _ errors: [any Error]) {
        self.errors = errors
        super.init(message, errno: (errors.last as? SocketError)?.errno)
    }

    /// What was tried, and each failure on a line of its own.
    public override var description: String {
        (["\(message): \(errors.count) attempts failed"] + errors.map { "    \($0)" }).joined(separator: "\n")
    }
}
