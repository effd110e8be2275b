package import EPP

/// A command's reply with what the pool and the retries ask of it.
struct Exchange<Reply> {
    let reply: Reply
    /// Empty for a greeting.
    let results: [CommandResult]
    /// What was wrong with the reply.
    let flaws: [ReplyFlaw]
    /// As the reply has them.
    let clientTransactionID: String?
    let serverTransactionID: String?

    init(_ reply: Reply, results: [CommandResult], _ message: ServerMessage) {
        self.reply = reply
        self.results = results
        flaws = (reply as? any ResultBearing)?.flaws ?? message.flaws
        clientTransactionID = message.clientTransactionID
        serverTransactionID = message.serverTransactionID
    }

    /// What the reply says about the session.
    var verdict: SessionVerdict { SessionVerdict(results) }

    /// The response, with its data as XML.
    private var whole: CommandResponse<String>? {
        if case .response(let response)? = reply as? ProtocolExtensionReply { return response }
        return (reply as? any ResultBearing)?.raw
    }

    /// The reply as an error, nil where it is a success.
    var refusal: RegistryError? { RegistryError.refusal(results, whole) }
}

extension RegistryError {
    /// A response as an error, nil where it is a success.
    package static func refusal(_ results: [CommandResult], _ response: CommandResponse<String>?) -> RegistryError? {
        guard let first = results.first, !first.code.isSuccess else { return nil }
        // Several results come with several errors at once; the first one's code is what the classification goes by.
        let notes = results.flatMap { result in
            result.reasons + (result == first ? [] : ["\(result.message) (\(result.code.rawValue))"])
        }
        return RegistryError(
            first.message, code: first.code,
            note: (notes + (response?.extensionNotes ?? [])).joined(separator: "; "), results: results,
            response: response)
    }
}

extension EPPSession {
    /// `send` with another time limit for the reply than the transport's; nil for that one. Parks the calling greenlet.
    package func send<C: Command>(_ command: C, within limit: Duration?) throws -> C.Reply {
        try exchange(command, within: limit).reply
    }

    /// `send` with another time limit for the reply than the transport's; nil for that one. Parks the calling greenlet.
    package func send(_ command: RawCommand, within limit: Duration?) throws -> CommandResponse<String> {
        try exchange(command, within: limit).reply
    }
}
