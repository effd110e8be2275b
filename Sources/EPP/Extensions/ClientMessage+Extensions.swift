extension ClientMessage {
    /// The command's first extension of a type; nil where there is none.
    ///
    /// - Throws: `ParsingError` where it is that extension but not as it must be: 2005.
    public func decodeExtension<Value: CommandExtension>(_ type: Value.Type = Value.self) throws -> Value? {
        for item in extensions {
            if let value = try item.source.decode(Value.self) { return value }
        }
        return nil
    }
}
