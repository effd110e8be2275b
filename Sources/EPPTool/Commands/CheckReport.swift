import EPP
import EPPClient

/// The answers to a check of any number of names: by as many commands as the registry's limit makes of it.
struct CheckReport<Answer: Sendable> {
    let command: String
    let names: [String]
    /// What is told of one answer.
    let describe: (Answer) -> CheckedName
    /// Finds what the protocol cannot carry in a name.
    let validate: (String) throws -> Void
    let send: ([String]) throws -> CommandResponse<[Answer]>
    /// Adds what a reply's extensions say about the names, and gives the extensions that it did not understand.
    var extend: (CommandResponse<[Answer]>, inout [CheckedName]) throws -> [String] = { reply, _ in reply.extensions }

    /// Sends the commands and tells of the answers.
    ///
    /// - Throws: `UsageError` for a name that cannot be sent, before anything is; `RegistryError` where the registry
    ///   refuses, or has no answer for a name, after the answers that there are have been told.
    func perform(namesPerCheck: Int, emit: (Report) throws -> Void) throws {
        for name in names {
            do {
                try validate(name)
            } catch let error as InvalidValue {
                throw UsageError("\(name): \(error.reason)")
            }
        }
        var answers: [CheckedName] = []
        var extensions: [String] = []
        var head: ReplyHead?
        for start in stride(from: 0, to: names.count, by: namesPerCheck) {
            let reply = try send(Array(names[start..<min(start + namesPerCheck, names.count)]))
            var part = (reply.data ?? []).map(describe)
            extensions += try extend(reply, &part)
            answers += part
            head = ReplyHead(reply)
        }
        if !answers.isEmpty {
            try emit(
                Report(
                    command: command, head: head, body: .checks(answers), extensions: extensions, showsResult: false))
        }
        guard answers.count < names.count else { return }
        // A registry may write a name otherwise than it was asked for; of as many answers none is missing.
        let told = Set(answers.map { $0.name.lowercased() })
        let missing = names.filter { !told.contains($0.lowercased()) }
        throw RegistryError(
            "the registry told nothing about \(missing.joined(separator: ", "))", code: head.map { ResultCode($0.code) }
        )
    }
}
