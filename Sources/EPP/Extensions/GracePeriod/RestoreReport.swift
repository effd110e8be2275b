/// What a registrar reports of a domain that it restored, RFC 3915.
public struct RestoreReport: Sendable, Hashable {
    /// What was known of the domain before it was deleted: plain text, or one element as XML.
    public var before: String
    /// What is known of it now: plain text, or one element as XML.
    public var after: String
    /// When it was deleted.
    public var deleted: Timestamp
    /// When its restore was asked for.
    public var restored: Timestamp
    /// Why it was restored.
    public var reason: LocalizedText
    /// What the registrar states, in one text or two.
    public var statements: [LocalizedText]
    /// Whatever else there is to say: plain text, or one element as XML.
    public var other: String?

    /// A report.
    public init(
        before: String, after: String, deleted: Timestamp, restored: Timestamp, reason: LocalizedText,
        statements: [LocalizedText], other: String? = nil
    ) {
        self.before = before
        self.after = after
        self.deleted = deleted
        self.restored = restored
        self.reason = reason
        self.statements = statements
        self.other = other
    }
}

extension RestoreReport {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        var parts = XMLParts(of: element.tree)
        self.init(
            before: try element.requiredChild("preData", in: .gracePeriod).mixedText(&parts),
            after: try element.requiredChild("postData", in: .gracePeriod).mixedText(&parts),
            deleted: try element.requiredDate("delTime", in: .gracePeriod),
            restored: try element.requiredDate("resTime", in: .gracePeriod),
            reason: LocalizedText(try element.requiredChild("resReason", in: .gracePeriod)),
            statements: element.children.filter { $0.isNamed("statement", in: .gracePeriod) }.map { LocalizedText($0) },
            other: try element.child("other", in: .gracePeriod)?.mixedText(&parts))
    }

    func validate() throws(InvalidValue) {
        try Validation.dateTime(deleted, "rgp:delTime")
        try Validation.dateTime(restored, "rgp:resTime")
        try reason.validate("rgp:resReason")
        guard 1...2 ~= statements.count else {
            throw InvalidValue(field: "rgp:statement", reason: "stands \(statements.count) times, not once or twice")
        }
        for statement in statements { try statement.validate("rgp:statement") }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("rgp:report") { writer in
            Self.encode(before, as: "rgp:preData", to: &writer)
            Self.encode(after, as: "rgp:postData", to: &writer)
            writer.element("rgp:delTime", deleted.text)
            writer.element("rgp:resTime", restored.text)
            reason.encode(as: "rgp:resReason", to: &writer)
            for statement in statements { statement.encode(as: "rgp:statement", to: &writer) }
            if let other { Self.encode(other, as: "rgp:other", to: &writer) }
        }
    }

    private static func encode(_ text: String, as name: StaticString, to writer: inout XMLWriter) {
        if text.utf8.first == UInt8(ascii: "<"), (try? XMLTree(Array(text.utf8))) != nil {
            writer.element(name) { try? $0.raw(text) }
        } else {
            writer.element(name, text)
        }
    }
}
