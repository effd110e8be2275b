/// A value that the protocol cannot carry. Thrown where a command is validated or encoded, before anything is sent.
public struct InvalidValue: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field as the protocol calls it: `clID`, `pw`, `domain:name`, …
    public let field: String
    /// What is wrong with the value. Never quotes a secret.
    public let reason: String

    /// An error about a field.
    public init(field: String, reason: String) {
        self.field = field
        self.reason = reason
    }

    /// Field and reason in one line.
    public var description: String {
        "\(field): \(reason)"
    }
}
