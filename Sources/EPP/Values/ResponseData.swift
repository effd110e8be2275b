/// What stands in the `resData` of a response to some command. Conform a type of your own to it for a command of your
/// own; see `TransactionCommand`.
public protocol ResponseData: Sendable {
    /// Reads the data; nil where `resData` holds something else.
    ///
    /// - Throws: `ParsingError` where it is this data but not as it must be.
    static func decode(from resData: XMLTree.Element) throws -> Self?

    /// Writes what stands in `resData`, as a registry does.
    func encode(to writer: inout XMLWriter) throws
}

/// A command without data of its own.
extension Never: ResponseData {
    /// No data, whatever there is.
    public static func decode(from resData: XMLTree.Element) throws -> Never? {
        nil
    }

    /// Cannot be called.
    public func encode(to writer: inout XMLWriter) throws {}
}

/// One entry of the answer to a check.
public protocol CheckData: Sendable {
    /// Reads all entries; nil where `resData` holds something else.
    static func decodeAll(from resData: XMLTree.Element) throws -> [Self]?

    /// Writes all entries.
    static func encodeAll(_ entries: [Self], to writer: inout XMLWriter) throws
}

/// The answer to a check: an entry for each object.
extension Array: ResponseData where Element: CheckData {
    /// Reads the entries; nil where `resData` holds something else.
    public static func decode(from resData: XMLTree.Element) throws -> [Element]? {
        try Element.decodeAll(from: resData)
    }

    /// Writes the entries.
    public func encode(to writer: inout XMLWriter) throws {
        try Element.encodeAll(self, to: &writer)
    }
}
