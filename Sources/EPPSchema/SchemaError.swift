/// Schemas cannot be used: a file is not there or is no schema, or they do not fit together.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file or directory, empty where it is none of them.
    public let file: String
    /// What is wrong with it.
    public let reason: String

    /// File and reason in one line.
    public var description: String {
        file.isEmpty ? reason : "\(file): \(reason)"
    }
}
