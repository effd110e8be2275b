/// A typed value that stands in the element `extension` of a command or a response.
///
/// One more extension is one more type: nothing else has to know of it. A message keeps its extensions as XML, and a
/// value is made of it where one is asked for, by its type; so what nobody asks for costs nothing, and what has no type
/// is neither lost nor refused.
public protocol MessageExtension: Sendable {
    /// Reads the value; nil where the element is another.
    ///
    /// - Throws: `ParsingError` where it is this element but not as it must be.
    static func decode(from element: XMLTree.Element) throws -> Self?

    /// Checks the values against what the protocol allows.
    ///
    /// - Throws: `InvalidValue` for the first that is wrong.
    func validate() throws

    /// Writes the element, with the declaration of its namespace.
    ///
    /// - Throws: `InvalidValue` for a value that cannot be written.
    func encode(to writer: inout XMLWriter) throws
}

/// An extension of commands.
public protocol CommandExtension: MessageExtension {}

/// An extension of responses.
public protocol ResponseExtension: MessageExtension {}

extension MessageExtension {
    /// Nothing to check.
    public func validate() throws {}

    /// The value as XML that stands by itself, in a peer's spelling of its namespace.
    ///
    /// - Throws: `InvalidValue` for a value that the protocol cannot carry.
    public func xml(dialect: RegistryDialect = .standard) throws -> String {
        try validate()
        var writer = XMLWriter(fragment: (), dialect: dialect)
        try encode(to: &writer)
        return String(decoding: try writer.finish(), as: UTF8.self)
    }

    /// The value of one extension of a message as XML; nil where it is another.
    static func decode(xml: String) throws -> Self? {
        // As large as it may be in the message that it came in.
        try decode(from: XMLTree(Array(xml.utf8), limits: XMLLimits { $0.documentLength = .max }).root)
    }
}
