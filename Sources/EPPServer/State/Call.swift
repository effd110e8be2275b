import EPP

/// A command on its way through the registry: who sent it, when, and what came with it.
struct Call {
    /// The registrar that is logged in.
    let client: String
    /// The extensions that it named at its login.
    let extensions: Set<String>
    /// Seconds since 1970.
    let now: Double
    let message: ClientMessage
    let serverTransactionID: String

    var date: Timestamp { Timestamp(secondsSince1970: now) }

    func declares(_ namespace: XMLNamespace) -> Bool { extensions.contains(namespace.uri) }

    /// The command's extension of a type, checked; nil where the command has none of its namespace.
    func decode<Value: CommandExtension>(_ type: Value.Type, _ namespace: XMLNamespace) throws -> Value? {
        let element = message.extensions.first { $0.uri.hasSameBytes(as: namespace.uri) }
        guard let element else { return nil }
        do {
            guard let value = try message.decodeExtension(type) else {
                throw Refusal(.commandSyntaxError, element.name, "does not belong to this command")
            }
            try value.validate()
            return value
        } catch let error as ParsingError {
            throw Refusal(.parameterSyntaxError, element.name, error.reason)
        } catch let error as InvalidValue {
            throw Refusal(error)
        }
    }
}
