/// An extension as XML, for what has no type. Printing it does not show it.
public struct RawExtension: CommandExtension, ResponseExtension, Hashable {
    private let text: Secret

    /// One element as XML that stands by itself.
    public init(xml: String) {
        text = Secret(xml)
    }

    /// The element as it was given.
    public var elementXML: String {
        text.value
    }

    /// Takes any element.
    public static func decode(from element: XMLTree.Element) throws -> RawExtension? {
        RawExtension(xml: element.xml)
    }

    /// Writes the element as it stands.
    ///
    /// - Throws: `ParsingError` where it is no well-formed element that stands by itself.
    public func encode(to writer: inout XMLWriter) throws {
        try writer.raw(text.value)
    }
}
