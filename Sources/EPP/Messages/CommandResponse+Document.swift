extension CommandResponse where Data: ResponseData {
    /// The response as a document, as a registry sends it.
    ///
    /// Without a transaction identifier of the registry's an empty one stands, which no schema allows.
    ///
    /// - Throws: `InvalidValue` for a character that XML cannot carry, `ParsingError` for an extension that is no XML,
    ///   and what the data throws.
    public func document() throws -> [UInt8] {
        try document(dialect: .standard)
    }

    /// The response as a document, in a registry's spelling of namespaces.
    ///
    /// - Throws: As `document()` does.
    public func document(dialect: RegistryDialect) throws -> [UInt8] {
        try document(dialect: dialect) { data, writer in try data.encode(to: &writer) }
    }
}

extension CommandResponse {
    /// The response as a document, its data written by a closure.
    ///
    /// - Throws: `InvalidValue` for a character that XML cannot carry, `ParsingError` for an extension that is no XML,
    ///   and what the closure throws.
    public func document(
        dialect: RegistryDialect = .standard, encodingData encode: (Data, inout XMLWriter) throws -> Void
    ) throws -> [UInt8] {
        var writer = XMLWriter(dialect: dialect)
        try writer.element("epp", .init("xmlns", .epp)) { writer in
            try writer.element("response") { writer in
                for result in results { result.encode(to: &writer) }
                messageQueue?.encode(to: &writer)
                if let data { try writer.element("resData") { try encode(data, &$0) } }
                try writer.elementUnlessEmpty("extension") { writer in
                    for xml in extensions { try writer.raw(xml) }
                }
                writer.element("trID") { writer in
                    writer.element("clTRID", ifPresent: clientTransactionID)
                    writer.element("svTRID", serverTransactionID ?? "")
                }
            }
        }
        return try writer.finish()
    }
}
