import EPP

/// What a command is answered with, before it is a document.
struct Reply {
    var result = CommandResult(.success)
    var data: (any ResponseData)?
    var queue: MessageQueue?
    var extensions: [any ResponseExtension] = []
    /// The registry's identifier for the command, nil where none was given yet.
    var transactionID: String?

    init(_ code: ResultCode = .success, data: (any ResponseData)? = nil) {
        result = CommandResult(code)
        self.data = data
    }

    init(_ refusal: Refusal) {
        result = refusal.result
    }

    func document(
        clientTransactionID: String?, serverTransactionID: String, dialect: RegistryDialect = .standard
    ) throws -> [UInt8] {
        let response = CommandResponse<any ResponseData>(
            results: [result], data: data, messageQueue: queue, extensions: try extensions.map { try $0.xml() },
            clientTransactionID: clientTransactionID, serverTransactionID: serverTransactionID)
        return try response.document(dialect: dialect) { data, writer in try data.encode(to: &writer) }
    }
}
