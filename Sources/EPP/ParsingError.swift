/// A document that cannot be understood: not well-formed XML, beyond a limit, or not what EPP allows at that place.
///
/// The description says what and where and quotes nothing from the document: it can go to a log. `raw` is the document
/// itself, with whatever secrets it has; `redactedDocument` is the form for a log.
public struct ParsingError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The document as it came, secrets included.
    public let raw: [UInt8]
    /// What is wrong, without the place.
    public let reason: String
    /// Where it is wrong: how many bytes stand before it.
    public let offset: Int

    /// An error at a place in a document.
    public init(raw: [UInt8], reason: String, offset: Int = 0) {
        self.raw = raw
        self.reason = reason
        self.offset = max(0, min(offset, raw.count))
    }

    /// The line of the place, counted from 1.
    public var line: Int {
        1 + raw[..<offset].reduce(into: 0) { if $1 == UInt8(ascii: "\n") { $0 += 1 } }
    }

    /// What is wrong and where, in one line. Quotes nothing from the document.
    public var description: String {
        "\(reason) (line \(line), byte \(offset) of \(raw.count))"
    }

    /// The same as the description: the raw bytes stay out of it.
    public var debugDescription: String {
        "ParsingError: \(description)"
    }

    /// The document with its passwords taken out.
    public var redactedDocument: String {
        Redaction.text(of: raw)
    }
}

extension ParsingError: CustomReflectable {
    /// What `dump` shows: not the raw bytes.
    public var customMirror: Mirror {
        Mirror(self, children: ["reason": reason, "offset": offset])
    }
}
