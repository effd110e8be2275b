import EPP
import Testing

@testable import EPPServer

/// The registry without connections: documents in, documents out, at a time that the test says.
final class TestRegistry {
    static let allExtensions = Set(RegistryConfiguration().extensionURIs)

    let core: RegistryCore
    var now: Double

    /// Two registrars, alpha and beta, whose it is; a.gov is alpha's, b.gov is beta's, each with two hosts beneath it and
    /// the contact c-1 or c-2.
    init(_ configure: (inout RegistryConfiguration) -> Void = { _ in }) {
        now = Timestamp("2026-03-01T12:00:00Z").secondsSince1970 ?? 0
        core = RegistryCore(
            RegistryConfiguration {
                $0.domains = [
                    Self.domain("a.gov", sponsor: "alpha", contact: "c-1", number: 1),
                    Self.domain("b.gov", sponsor: "beta", contact: "c-2", number: 2),
                ]
                configure(&$0)
            }, at: now)
    }

    private static func domain(_ name: String, sponsor: String, contact: String, number: Int) -> RegisteredDomain {
        var domain = RegisteredDomain(name, sponsor: sponsor, number: number)
        domain.registrant = contact
        domain.contacts = [.admin(contact), .tech(contact)]
        domain.authorization = Authorization("secret-\(name)")
        return domain
    }

    var snapshot: RegistrySnapshot { core.store.snapshot }

    func pass(days: Double) { now += days * 86_400 }

    /// Sends a command as a document and reads the answer. A refusal must change nothing.
    @discardableResult
    func send<C: TransactionCommand>(
        _ command: C, as client: String = "alpha", extensions: Set<String> = allExtensions
    ) throws -> C.Reply {
        core.advance(to: now)
        let before = snapshot
        let reply = try command.decode(
            ServerMessage(try answer(command.document(transactionID: "test-1"), as: client, extensions: extensions)))
        #expect(reply.clientTransactionID == "test-1")
        if !reply.isSuccess || command.isReadOnly { #expect(snapshot == before) }
        return reply
    }

    func answer(
        _ document: [UInt8], as client: String = "alpha", extensions: Set<String> = allExtensions
    ) throws -> [UInt8] {
        let message = try ClientMessage(document)
        let call = Call(
            client: client, extensions: extensions, now: now, message: message,
            serverTransactionID: core.nextTransactionID())
        return try core.perform(call).document(
            clientTransactionID: message.transactionID, serverTransactionID: call.serverTransactionID)
    }

    /// The statuses of a domain as an info tells them.
    func statuses(_ name: String, as client: String = "alpha") throws -> [String] {
        try #require(try send(InfoDomain(name), as: client).data).statuses
    }

    /// The words of RFC 3915 for a domain as an info tells them.
    func gracePeriods(_ name: String, as client: String = "alpha") throws -> [String] {
        try send(InfoDomain(name), as: client).decodeExtension(GracePeriods.self)?.values ?? []
    }

    /// Takes everything in a registrar's queue.
    func drain(_ client: String) throws -> [CommandResponse<PollData>] {
        var messages: [CommandResponse<PollData>] = []
        while true {
            let reply = try send(Poll(), as: client)
            guard reply.code == .successAckToDequeue else { return messages }
            messages.append(reply)
            let id = try #require(reply.messageQueue?.id)
            #expect(try send(AcknowledgeMessage(id), as: client).code == .success)
        }
    }
}

/// Codes as a test names them.
func code<Data>(_ reply: CommandResponse<Data>) -> Int { reply.code.rawValue }
