import EPP

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
    var refusal: RegistryError? {
        guard let first = results.first, !first.code.isSuccess else { return nil }
        // Several results come with several errors at once; the first one's code is what the classification goes by.
        let notes = results.flatMap { result in
            result.reasons + (result == first ? [] : ["\(result.message) (\(result.code.rawValue))"])
        }
        let response = whole
        return RegistryError(
            first.message, code: first.code,
            note: (notes + (response?.extensionNotes ?? [])).joined(separator: "; "), results: results,
            response: response)
    }
}
