/// A text that is no fault.
public struct InvalidFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public let text: String
    /// What is wrong with it.
    public let reason: String

    init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    /// Text and reason in one line.
    public var description: String { "\(text): \(reason)" }
}
