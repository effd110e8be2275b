/// A setting that is missing or cannot be, with the environment variable it came from.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the environment variable.
    public let variable: String
    /// What is wrong. Never quotes a secret.
    public let reason: String

    /// An error about a variable.
    public init(variable: String, reason: String) {
        self.variable = variable
        self.reason = reason
    }

    /// Variable and reason in one line.
    public var description: String { "\(variable) \(reason)" }
}
