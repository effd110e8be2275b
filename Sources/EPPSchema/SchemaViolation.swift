public import EPP

/// A document is not as the schemas say.
public struct SchemaViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in the order of the document: the element as it is written, with the attribute behind it where it
    /// is one, and the rule. Values may be quoted, but never what stands in a password or an authorization. Never empty.
    public let problems: [InvalidValue]

    /// All of them in one line.
    public var description: String {
        problems.map(\.description).joined(separator: "; ")
    }
}
