import EPP
import Testing

@testable import EPPServer

struct `A queue at the embedded registry` {
    private let registry = TestRegistry {
        $0.messages = ["one", "two"].map { RegisteredMessage($0, for: "alpha") }
    }

    @Test func `keeps a message until it is acknowledged`() throws {
        let first = try registry.send(Poll())
        #expect(code(first) == 1301)
        #expect(first.messageQueue?.count == 2 && first.messageQueue?.message == "one")
        #expect(first.messageQueue?.date?.text == "2026-03-01T12:00:00Z")
        #expect(try registry.send(Poll()).messageQueue == first.messageQueue)
        let id = try #require(first.messageQueue?.id)
        let acknowledged = try registry.send(AcknowledgeMessage(id))
        #expect(code(acknowledged) == 1000 && acknowledged.messageQueue?.count == 1)
        #expect(code(try registry.send(AcknowledgeMessage(id))) == 2303)
        let second = try registry.send(Poll())
        #expect(second.messageQueue?.message == "two" && second.messageQueue?.id == acknowledged.messageQueue?.id)
        let last = try registry.send(AcknowledgeMessage(try #require(second.messageQueue?.id)))
        #expect(last.messageQueue == nil)
        let empty = try registry.send(Poll())
        #expect(code(empty) == 1300 && empty.messageQueue == nil)
    }

    @Test func `shows on every response to its registrar alone`() throws {
        #expect(try registry.send(CheckDomain("x.gov")).messageQueue?.count == 2)
        #expect(try registry.send(InfoDomain("x.gov")).messageQueue?.count == 2)
        #expect(try registry.send(CheckDomain("x.gov"), as: "beta").messageQueue == nil)
        let id = try #require(try registry.send(Poll()).messageQueue?.id)
        #expect(code(try registry.send(AcknowledgeMessage(id), as: "beta")) == 2303)
        #expect(code(try registry.send(Poll(), as: "beta")) == 1300)
    }

    @Test func `tells of changes to whom the extension is known`() throws {
        let expiry = try #require(registry.snapshot.domains["b.gov"]).expiry
        registry.now = expiry.deadline + 1
        let reply = try registry.send(Poll(), as: "beta")
        guard case .domain(let info)? = reply.data else {
            Issue.record("no domain")
            return
        }
        #expect(info.name == "b.gov" && info.expiry == RegistryDate.adding(years: 1, to: expiry))
        let change = try #require(try reply.decodeExtension(ChangePoll.self))
        #expect(change.operation == .autoRenew && !change.isBefore && change.who == "registry")
        #expect(try registry.send(Poll(), as: "beta", extensions: []).extensions.isEmpty)
    }
}
