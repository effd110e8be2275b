/// One extension of a message, as a value is made of it: an element of the message, or XML that was put into it.
///
/// An element need not be read again, once for each type that is asked for, with all declarations that it inherited. All
/// sources are equal: they say nothing that the message's extensions do not.
enum ExtensionSource: Sendable, Hashable {
    case element(XMLTree.Element)
    case xml(String)

    /// The value; nil where the extension is another.
    ///
    /// - Throws: `ParsingError` where it is this extension but not as it must be.
    func decode<Value: MessageExtension>(_ type: Value.Type) throws -> Value? {
        switch self {
        case .element(let element): try Value.decode(from: element)
        case .xml(let xml): try Value.decode(xml: xml)
        }
    }

    static func == (one: ExtensionSource, other: ExtensionSource) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

/// The sources of a response's extensions; nil where these were changed.
struct ExtensionSources: Sendable, Hashable {
    var list: [ExtensionSource]?

    static func == (one: ExtensionSources, other: ExtensionSources) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

extension CommandResponse {
    var extensionSources: [ExtensionSource] {
        sources.list ?? extensions.map { .xml($0) }
    }
}
