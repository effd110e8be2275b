import EPP
import EPPClient

/// What a command is sent with: a session of its own, or the shell's pool.
protocol CommandSender {
    /// How many names one check may have here.
    var namesPerCheck: Int { get }

    /// Sends a command and gives its reply. Parks the calling greenlet.
    ///
    /// - Throws: `RegistryError` where the registry refuses, and whatever the connection fails with.
    func send<C: Command>(_ command: C) throws -> C.Reply

    /// Sends sanitised XML and gives the reply, with its data as XML. Parks the calling greenlet.
    func send(_ command: RawCommand) throws -> CommandResponse<String>
}

extension CommandSender {
    var namesPerCheck: Int { RegistryProfile().namesPerCheck }
}

/// One session that is logged in.
struct SessionSender: CommandSender {
    let session: EPPSession
    let namesPerCheck: Int

    func send<C: Command>(_ command: C) throws -> C.Reply { try Self.check(try session.send(command)) }

    func send(_ command: RawCommand) throws -> CommandResponse<String> { try Self.check(try session.send(command)) }

    /// A reply that is a refusal becomes an error.
    static func check<Reply>(_ reply: Reply) throws -> Reply {
        if let error = (reply as? any Refusable)?.refusal { throw error }
        return reply
    }
}

/// A pool of sessions, which come back when they are cut.
struct ClientSender: CommandSender {
    let client: RegistryClient
    let namesPerCheck: Int

    func send<C: Command>(_ command: C) throws -> C.Reply { try client.send(command) }

    func send(_ command: RawCommand) throws -> CommandResponse<String> { try client.send(command, cleaned: true) }
}

/// The registry answered, and refused.
final class RefusedCommand: RegistryError, @unchecked Sendable {
    // Safe: immutable after init.
    /// What the reply said beside its results.
    let head: ReplyHead

    init<Data>(_ reply: CommandResponse<Data>) {
        head = ReplyHead(reply)
        super.init(
            reply.message, code: reply.code, note: reply.results.flatMap(\.reasons).joined(separator: "; "),
            results: reply.results)
    }
}

private protocol Refusable {
    var refusal: RefusedCommand? { get }
}

extension CommandResponse: Refusable {
    fileprivate var refusal: RefusedCommand? { isSuccess ? nil : RefusedCommand(self) }
}
