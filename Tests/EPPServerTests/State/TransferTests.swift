import EPP
import Testing

@testable import EPPServer

struct `A transfer at the embedded registry` {
    private let registry = TestRegistry()

    private func domain(_ operation: TransferOperation, as client: String, _ authorization: String? = nil) throws
        -> CommandResponse<DomainTransfer>
    {
        try registry.send(TransferDomain(operation, "a.gov", authorization: authorization), as: client)
    }

    private func request() throws -> DomainTransfer {
        let reply = try domain(.request, as: "beta", "secret-a.gov")
        #expect(code(reply) == 1001)
        return try #require(reply.data)
    }

    @Test func `is asked for by somebody who proves it`() throws {
        #expect(code(try domain(.query, as: "alpha")) == 2301)
        #expect(code(try domain(.request, as: "beta")) == 2201)
        #expect(code(try domain(.request, as: "beta", "wrong")) == 2202)
        #expect(code(try domain(.request, as: "alpha", "secret-a.gov")) == 2106)
        let transfer = try request()
        #expect(transfer.status == .pending && transfer.requester == "beta" && transfer.actor == "alpha")
        #expect(transfer.acted.text == "2026-03-06T12:00:00Z")
        #expect(try registry.statuses("a.gov") == ["pendingTransfer"])
        #expect(code(try domain(.request, as: "gamma", "secret-a.gov")) == 2300)
        // While it is pending.
        let expiry = try #require(registry.snapshot.domains["a.gov"]).expiry
        #expect(code(try registry.send(RenewDomain("a.gov", currentExpiry: expiry))) == 2300)
        #expect(code(try registry.send(DeleteDomain("a.gov"))) == 2304)
        #expect(code(try registry.send(UpdateDomain("a.gov", registrant: .remove))) == 2304)
        #expect(try domain(.query, as: "alpha").data == transfer)
        #expect(try domain(.query, as: "beta").data == transfer)
        #expect(code(try domain(.query, as: "gamma")) == 2201)
        #expect(try domain(.query, as: "gamma", "secret-a.gov").data == transfer)
    }

    @Test func `is approved by the sponsor, and takes the hosts along`() throws {
        let expiry = try #require(registry.snapshot.domains["a.gov"]).expiry
        _ = try request()
        #expect(code(try domain(.approve, as: "beta")) == 2201)
        let reply = try domain(.approve, as: "alpha")
        #expect(code(reply) == 1000 && reply.data?.status == .clientApproved)
        let after = try #require(registry.snapshot.domains["a.gov"])
        #expect(after.sponsor == "beta" && after.expiry == RegistryDate.adding(years: 1, to: expiry))
        #expect(after.transferred?.text == "2026-03-01T12:00:00Z")
        #expect(registry.snapshot.hosts["ns1.a.gov"]?.sponsor == "beta")
        #expect(try registry.gracePeriods("a.gov", as: "beta") == ["transferPeriod"])
        #expect(code(try domain(.approve, as: "beta")) == 2301)
        #expect(code(try registry.send(UpdateDomain("a.gov", registrant: .remove))) == 2201)
        // The first is the request, to the sponsor; the second tells the other of the end.
        guard case .domainTransfer(let asked)? = try registry.drain("alpha").first?.data,
            case .domainTransfer(let ended)? = try registry.drain("beta").first?.data
        else {
            Issue.record("a message is missing")
            return
        }
        #expect(asked.status == .pending && ended.status == .clientApproved)
    }

    @Test(arguments: [TransferOperation.reject, .cancel]) func `leaves all as it was`(operation: TransferOperation)
        throws
    {
        let before = try #require(registry.snapshot.domains["a.gov"])
        _ = try request()
        let (party, other) = operation == .reject ? ("alpha", "beta") : ("beta", "alpha")
        #expect(code(try domain(operation, as: other)) == 2201)
        #expect(code(try domain(operation, as: "gamma")) == 2201)
        #expect(code(try domain(operation, as: party)) == 1000)
        var after = try #require(registry.snapshot.domains["a.gov"])
        #expect(after.transfer?.status == (operation == .reject ? .clientRejected : .clientCancelled))
        after.transfer = nil
        #expect(after == before)
        #expect(code(try domain(operation, as: party)) == 2301)
        #expect(try registry.drain("alpha").count == (operation == .reject ? 1 : 2))
        #expect(try registry.drain("beta").count == (operation == .reject ? 1 : 0))
    }

    @Test func `is approved by the registry when nobody ends it`() throws {
        _ = try request()
        registry.pass(days: 4.99)
        #expect(try domain(.query, as: "beta").data?.status == .pending)
        registry.pass(days: 0.02)
        let transfer = try #require(try domain(.query, as: "beta").data)
        #expect(transfer.status == .serverApproved && transfer.actor == "registry")
        #expect(transfer.acted.text == "2026-03-06T12:00:00Z")
        #expect(registry.snapshot.domains["a.gov"]?.sponsor == "beta")
        #expect(try registry.drain("alpha").count == 2)
        #expect(try registry.drain("beta").count == 1)
    }

    @Test func `happens at once where the registry does not wait`() throws {
        let quick = TestRegistry { $0.periods.transfer = .zero }
        let reply = try quick.send(TransferDomain(.request, "a.gov", authorization: "secret-a.gov"), as: "beta")
        #expect(code(reply) == 1000 && reply.data?.status == .serverApproved)
        #expect(quick.snapshot.domains["a.gov"]?.sponsor == "beta")
        let contact = try quick.send(TransferContact(.request, "c-1", authorization: "auth-c-1"), as: "beta")
        #expect(code(contact) == 1000 && quick.snapshot.contacts["c-1"]?.sponsor == "beta")
    }

    @Test func `is refused for a new domain where there is a lock`() throws {
        let strict = TestRegistry { $0.transferLock = .seconds(60 * 86_400) }
        try strict.send(CreateDomain("x.gov", authorization: "s3cret"))
        let transfer = TransferDomain(.request, "x.gov", authorization: "s3cret")
        #expect(code(try strict.send(transfer, as: "beta")) == 2106)
        strict.pass(days: 60)
        #expect(code(try strict.send(transfer, as: "beta")) == 1001)
    }

    @Test func `of a contact goes the same way`() throws {
        func contact(_ operation: TransferOperation, as client: String, _ authorization: String? = nil) throws
            -> CommandResponse<ContactTransfer>
        {
            try registry.send(TransferContact(operation, "c-1", authorization: authorization), as: client)
        }
        #expect(code(try contact(.query, as: "alpha")) == 2301)
        #expect(code(try contact(.approve, as: "alpha")) == 2301)
        #expect(code(try contact(.request, as: "beta")) == 2201)
        #expect(code(try contact(.request, as: "beta", "wrong")) == 2202)
        #expect(code(try contact(.request, as: "alpha", "auth-c-1")) == 2106)
        #expect(code(try contact(.request, as: "beta", "auth-c-1")) == 1001)
        #expect(code(try contact(.request, as: "gamma", "auth-c-1")) == 2300)
        #expect(code(try registry.send(UpdateContact("c-1", email: "x@example.gov"))) == 2304)
        #expect(try registry.send(InfoContact("c-1")).data?.statuses == ["pendingTransfer", "linked"])
        #expect(code(try contact(.cancel, as: "alpha")) == 2201)
        #expect(code(try contact(.cancel, as: "beta")) == 1000)
        #expect(code(try contact(.request, as: "beta", "auth-c-1")) == 1001)
        #expect(try contact(.approve, as: "alpha").data?.status == .clientApproved)
        #expect(registry.snapshot.contacts["c-1"]?.sponsor == "beta")
        #expect(try registry.drain("beta").map { $0.messageQueue?.message } == ["Transfer approved"])
        let messages = try registry.drain("alpha").map { $0.messageQueue?.message }
        #expect(messages == ["Transfer requested", "Transfer cancelled", "Transfer requested"])
    }
}
