/// A command as XML, for what has no type. No `Command`, so that it cannot be sent without saying that it was
/// sanitised. Printing it does not show it.
public struct RawCommand: Sendable, Hashable {
    private let text: Secret

    /// A command as a whole document, `<epp …><command>…</command></epp>`, with an XML declaration or without.
    public init(xml: String) {
        text = Secret(xml)
    }

    /// The document as it was given.
    public var xml: String {
        text.value
    }

    /// The document with its passwords taken out.
    public var redactedXML: String {
        Redaction.text(of: Array(xml.utf8))
    }

    /// The document's bytes, after a look at it.
    ///
    /// - Parameter dialect: Which spellings of the protocol's namespace are known beside the standard's.
    /// - Throws: `ParsingError` where it is no well-formed EPP command. A hello is none: it has no response.
    public func document(dialect: RegistryDialect = .standard) throws(ParsingError) -> [UInt8] {
        try command(dialect).tree.bytes
    }

    /// The identifier in the document that the answer will carry, nil where there is none.
    ///
    /// - Throws: `ParsingError` where the document is no well-formed EPP command.
    public func transactionID(dialect: RegistryDialect = .standard) throws(ParsingError) -> String? {
        try command(dialect).token(of: "clTRID", in: .epp)
    }

    /// Does it change nothing: check, info, a poll that requests, a transfer that queries?
    ///
    /// - Throws: `ParsingError` where the document is no well-formed EPP command.
    public func isReadOnly(dialect: RegistryDialect = .standard) throws(ParsingError) -> Bool {
        for verb in try command(dialect).children where verb.isIn(.epp) {
            switch verb.name {
            case "check", "info": return true
            case "poll": return verb.attribute("op") == "req"
            case "transfer": return verb.attribute("op") == "query"
            case "extension", "clTRID": continue
            default: return false
            }
        }
        return false
    }

    /// Makes the response of what the registry sent; its data is what stands in `resData`, each element as XML that
    /// stands by itself.
    ///
    /// - Throws: `ParsingError` where it is no response.
    public func decode(_ message: ServerMessage) throws -> CommandResponse<String> {
        try Self.decode(message)
    }

    static func decode(_ message: ServerMessage) throws -> CommandResponse<String> {
        try message.response { data in
            var parts = XMLParts(of: data.tree)
            return try parts.children(of: data).joined()
        }
    }

    private func command(_ dialect: RegistryDialect) throws(ParsingError) -> XMLTree.Element {
        let root = try XMLTree(Array(xml.utf8), reading: ReplyReading(dialect: dialect)).root
        guard root.isNamed("epp", in: .epp), let command = root.child("command", in: .epp) else {
            throw root.error("the document is no EPP command")
        }
        return command
    }
}
