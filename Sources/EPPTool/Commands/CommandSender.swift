import EPP
import EPPClient
import Gevent

/// What a command is sent with: a session of its own, or the shell's pool.
protocol CommandSender {
    /// What the registry allows, and how it spells names.
    var profile: RegistryProfile { get }

    /// Sends a command and gives its reply. Parks the calling greenlet.
    ///
    /// - Throws: `RegistryError` where the registry refuses, and whatever the connection fails with.
    func send<C: Command>(_ command: C) throws -> C.Reply

    /// Sends sanitised XML and gives the reply, with its data as XML. Parks the calling greenlet.
    func send(_ command: RawCommand) throws -> CommandResponse<String>
}

extension CommandSender {
    var profile: RegistryProfile { RegistryProfile() }
}

/// One session that is logged in.
struct SessionSender: CommandSender {
    let session: EPPSession
    let settings: RegistryClient.Settings

    var profile: RegistryProfile { settings.profile }

    func send<C: Command>(_ command: C) throws -> C.Reply {
        try telling(isReadOnly: command.isReadOnly) { try Self.check(try session.send(command, within: $0)) }
    }

    func send(_ command: RawCommand) throws -> CommandResponse<String> {
        let isReadOnly = (try? command.isReadOnly()) ?? false
        return try telling(isReadOnly: isReadOnly) { try Self.check(try session.send(command, within: $0)) }
    }

    /// Gives a command that changes something its time, and says of one that was cut that it may have been done.
    private func telling<Reply>(isReadOnly: Bool, _ send: (Duration?) throws -> Reply) throws -> Reply {
        guard !isReadOnly else { return try send(nil) }
        do {
            return try send(settings.effectiveTransformTimeout)
        } catch let error as TransportError {
            throw TransportError("\(error.message); it may have been carried out")
        }
    }

    /// A reply that is a refusal becomes an error.
    static func check<Reply>(_ reply: Reply) throws -> Reply {
        if let error = (reply as? any Refusable)?.refusal { throw error }
        return reply
    }
}

/// A pool of sessions, which come back when they are cut.
struct ClientSender: CommandSender {
    let client: RegistryClient
    let profile: RegistryProfile

    func send<C: Command>(_ command: C) throws -> C.Reply { try client.send(command) }

    func send(_ command: RawCommand) throws -> CommandResponse<String> { try client.send(command, cleaned: true) }
}

private protocol Refusable {
    var refusal: RegistryError? { get }
}

extension CommandResponse: Refusable {
    fileprivate var refusal: RegistryError? { RegistryError.refusal(results, raw) }
}
