/// Something that is not as it must be in a reply that was read all the same.
public struct ReplyFlaw: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// White space stands in front of the XML declaration.
        case spaceBeforeDeclaration = "white space before the XML declaration"
        /// The document is in another encoding than UTF-8, and was converted.
        case encoding = "another encoding than UTF-8"
        /// Bytes stand for no character in the document's encoding; each was replaced by U+FFFD.
        case invalidText = "bytes that are no text"
        /// A character stands in text that XML does not allow; each was replaced by a space.
        case controlCharacter = "a character that XML does not allow"
        /// A prefix is not declared; its names belong to no namespace that is known.
        case undeclaredPrefix = "a prefix that is not declared"
        /// The data is not as it must be: `data` is nil, and `dataXML` has it.
        case unreadableData = "data that cannot be read"
        /// What the reply says about the queue cannot be read.
        case unreadableQueue = "a msgQ that cannot be read"
        /// A value or an extension cannot be shown.
        case unreadablePart = "a part that cannot be shown"
    }

    /// What is wrong.
    public var kind: Kind
    /// How often.
    public var count: Int
    /// Which one, where there is more to say.
    public var note: String

    /// A flaw.
    public init(_ kind: Kind, count: Int = 1, note: String = "") {
        self.kind = kind
        self.count = count
        self.note = note
    }

    /// What is wrong, how often, and which one, in one line.
    public var description: String {
        kind.rawValue + (count > 1 ? " (\(count) times)" : "") + (note.isEmpty ? "" : ": \(note)")
    }
}
