/// One extension of a message, as a value is made of it: XML, and where it came in a message the element.
///
/// An element need not be read again, once for each type that is asked for, with all declarations that it inherited.
package struct ExtensionSource: Sendable {
    package let xml: String
    var element: XMLTree.Element?

    /// The value; nil where the extension is another.
    ///
    /// - Throws: `ParsingError` where it is this extension but not as it must be.
    package func decode<Value: MessageExtension>(_ type: Value.Type) throws -> Value? {
        if let raw = RawExtension(xml: xml) as? Value { return raw }
        guard let element else { return try Value.decode(xml: xml) }
        return try Value.decode(from: element)
    }
}

/// The elements of a response's extensions, in order; nil where the extensions were changed. All are equal: they say
/// nothing that the extensions do not.
struct ExtensionElements: Sendable, Hashable {
    var list: [XMLTree.Element]?

    static func == (one: ExtensionElements, other: ExtensionElements) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

extension CommandResponse {
    /// The extensions, in order.
    package var extensionSources: [ExtensionSource] {
        guard let elements = extensionElements.list else { return extensions.map { ExtensionSource(xml: $0) } }
        return zip(extensions, elements).map { ExtensionSource(xml: $0, element: $1) }
    }
}
