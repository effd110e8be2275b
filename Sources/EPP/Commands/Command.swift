/// What a client can send, and the type of what comes back.
///
/// Most commands of one's own are a `TransactionCommand`, which leaves only the verb to be written; this is what all
/// have in common with `Hello`.
public protocol Command<Reply>: Sendable {
    /// What the registry answers with.
    associatedtype Reply: Sendable

    /// The command's name in logs and errors.
    static var name: String { get }

    /// Does it change nothing, so that it may be repeated when the answer was lost?
    var isReadOnly: Bool { get }

    /// Checks the values against what the protocol allows. `document(transactionID:)` does it before it encodes.
    ///
    /// - Throws: `InvalidValue` for the first that is wrong.
    func validate() throws

    /// Writes what stands in the element `epp`.
    ///
    /// - Throws: `InvalidValue` for a value that cannot be written.
    func encode(to writer: inout XMLWriter, transactionID: String?) throws

    /// Makes the reply of what the registry sent.
    ///
    /// - Throws: `ParsingError` where it is not what answers this command.
    func decode(_ message: ServerMessage) throws -> Reply
}

extension Command {
    /// Nothing to check.
    public func validate() throws {}

    /// The command as a document, on one line, in the form that every server is known to take: EPP's namespace as the
    /// default one, and the customary prefixes.
    ///
    /// - Parameter transactionID: The identifier that the answer will carry, 3 to 64 characters; nil for none.
    /// - Throws: `InvalidValue` for a value that the protocol cannot carry.
    public func document(transactionID: String? = nil) throws -> [UInt8] {
        try document(transactionID: transactionID, dialect: .plain)
    }

    /// The command as a document, as one registry wants it.
    ///
    /// - Parameters:
    ///   - transactionID: The identifier that the answer will carry, 3 to 64 characters; nil for none.
    ///   - dialect: How the registry spells namespaces, and whether names beyond ASCII are converted or sent.
    ///   - extensions: What goes into the extension of a command about an object, behind the command's own. A greeting,
    ///     a login, a logout and the queue have no object.
    /// - Throws: `InvalidValue` for a value that the protocol cannot carry.
    public func document(
        transactionID: String? = nil, dialect: RegistryDialect, extensions: [any CommandExtension] = []
    ) throws -> [UInt8] {
        let command = try named(by: dialect)
        for item in extensions { try item.validate() }
        if let transactionID { try Validation.transactionID(transactionID) }
        var writer = XMLWriter(dialect: dialect)
        writer.commandExtensions = extensions
        try writer.element("epp", .init("xmlns", .epp)) { writer in
            try command.encode(to: &writer, transactionID: transactionID)
        }
        return try writer.finish()
    }

    /// The command with its names as a dialect wants them, after a check of its values.
    private func named(by dialect: RegistryDialect) throws -> any Command {
        do {
            try validate()
            return self
        } catch let error as InvalidValue {
            guard dialect.names != .refused, let command = self as? any CommandWithNames else { throw error }
            let converted = try command.mapNames { try IDNA.ascii($0, field: error.field) }
            try converted.validate()
            return dialect.names == .sent ? self : converted
        }
    }
}
