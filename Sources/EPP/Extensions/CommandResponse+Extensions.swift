extension CommandResponse {
    /// The first extension of a type; nil where there is none.
    ///
    /// - Throws: `ParsingError` where it is that extension but not as it must be.
    public func decodeExtension<Extension: ResponseExtension>(
        _ type: Extension.Type = Extension.self
    ) throws -> Extension? {
        for source in extensionSources {
            if let value = try source.decode(Extension.self) { return value }
        }
        return nil
    }

    /// All extensions of a type, in order.
    ///
    /// - Throws: `ParsingError` where one is that extension but not as it must be.
    public func decodeExtensions<Extension: ResponseExtension>(
        _ type: Extension.Type = Extension.self
    ) throws -> [Extension] {
        try extensionSources.compactMap { try $0.decode(Extension.self) }
    }

    /// Adds an extension, as a registry or a test does.
    ///
    /// - Throws: `InvalidValue` for a value that the protocol cannot carry.
    public mutating func appendExtension(_ value: some ResponseExtension) throws {
        extensions.append(try value.xml())
    }
}
