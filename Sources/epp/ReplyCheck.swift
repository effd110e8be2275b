import EPP
import EPPClient

/// Turns a reply that is a refusal into an error.
enum ReplyCheck {
    static func succeeded<Data>(_ reply: CommandResponse<Data>) throws -> CommandResponse<Data> {
        guard reply.isSuccess else {
            throw RegistryError(
                reply.message, code: reply.code, note: reply.results.flatMap(\.reasons).joined(separator: "; "),
                results: reply.results)
        }
        return reply
    }
}

extension String {
    /// The text with spaces behind it up to so many characters, or before it.
    func padding(to width: Int, atStart: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - count))
        return atStart ? space + self : self + space
    }
}
