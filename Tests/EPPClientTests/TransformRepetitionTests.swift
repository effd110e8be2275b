import EPP
import EPPClient
import Gevent
import GeventTesting
import Testing

/// Commands that change something, sent again since their reply was lost.
@Suite(.virtualTime)
struct `A repeated transform` {
    private let create = CreateDomain("a.gov", authorization: "auth-pw")

    @Test func `is not repeated unless that is asked for`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let error = try #require(throws: RegistryError.self) { try registry.registryClient().send(create) }
        #expect(error.isTransportError)
        #expect(registry.verbs == ["create"])
    }

    @Test func `that creates has succeeded when the domain turns out to be its own`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let client = registry.registryClient()
        let reply = try client.send(create, repeating: true)
        #expect(reply.isSuccess)
        #expect(
            reply.data
                == DomainCreation(name: "a.gov", created: FakeRegistry.created, expiry: FakeRegistry.expiry))
        #expect(reply.serverTransactionID == nil)
        #expect(registry.verbs == ["create", "create", "info"])
        #expect(client.commandStatistics.settled == 1)
        #expect(client.repetitions == 1)
    }

    @Test func `with an extension is judged by its command`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let reply = try registry.registryClient().send(
            create.with(RawExtension(xml: "<x xmlns=\"urn:x\"/>")), repeating: true)
        #expect(reply.data?.name == "a.gov")
    }

    @Test func `that creates is refused when the domain is somebody else's, or is not this one`() throws {
        for other in [
            FakeRegistry.domain("a.gov", sponsor: "other", authorization: nil),
            FakeRegistry.domain("a.gov", sponsor: "registrar", authorization: "of-another-create"),
        ] {
            let registry = FakeRegistry()
            registry.domains["a.gov"] = other
            // The first reply is lost, a 2302 as well as the second.
            registry.losses = 1
            let error = try #require(throws: RegistryError.self) {
                try registry.registryClient().send(create, repeating: true)
            }
            #expect(error.code == .objectExists)
            #expect(registry.verbs == ["create", "create", "info"])
        }
    }

    @Test func `that creates is refused at the first attempt, without a question`() throws {
        let registry = FakeRegistry()
        registry.domains["a.gov"] = FakeRegistry.domain("a.gov", sponsor: "registrar", authorization: "auth-pw")
        let error = try #require(throws: RegistryError.self) {
            try registry.registryClient().send(create, repeating: true)
        }
        #expect(error.code == .objectExists)
        #expect(registry.verbs == ["create"])
    }

    @Test func `that creates is refused when the client does not know who it is`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let error = try #require(throws: RegistryError.self) {
            try registry.registryClient(knowsItself: false).send(create, repeating: true)
        }
        #expect(error.code == .objectExists)
    }

    @Test func `that creates a host or a contact is judged alike`() throws {
        let registry = FakeRegistry()
        let client = registry.registryClient()
        registry.losses = 1
        let host = CreateHost("ns1.a.gov", addresses: [HostAddress("192.0.2.1")])
        #expect(try client.send(host, repeating: true).data?.created == FakeRegistry.created)
        registry.losses = 1
        let address = PostalAddress(street: ["1 Main St"], city: "Dulles", countryCode: "US")
        let contact = CreateContact(
            "sh8013", postalInfo: [PostalInfo(.international, name: "John Doe", address: address)],
            email: "jdoe@example.gov", authorization: "auth-pw")
        #expect(try client.send(contact, repeating: true).data?.id == "sh8013")
        // The host is there, but with another address.
        registry.losses = 1
        let other = CreateHost("ns1.a.gov", addresses: [HostAddress("192.0.2.2")])
        let error = try #require(throws: RegistryError.self) { try client.send(other, repeating: true) }
        #expect(error.code == .objectExists)
        #expect(client.commandStatistics.settled == 2)
    }

    @Test func `that deletes has succeeded when nothing is there any more`() throws {
        let registry = FakeRegistry()
        registry.domains["a.gov"] = FakeRegistry.domain("a.gov", sponsor: "registrar", authorization: nil)
        registry.losses = 1
        #expect(try registry.registryClient().send(DeleteDomain("a.gov"), repeating: true).code == .success)
        #expect(registry.verbs == ["delete", "delete"])
    }

    @Test(arguments: [
        ("registrar", "pendingDelete", true), ("registrar", "ok", false), ("other", "pendingDelete", false),
    ])
    func `that deletes has succeeded when its own domain waits for the deletion`(
        sponsor: String, status: String, isDone: Bool
    ) throws {
        let registry = FakeRegistry()
        registry.domains["a.gov"] = FakeRegistry.domain("a.gov", sponsor: sponsor, authorization: nil)
        registry.domains["a.gov"]?.statusDetails = [ObjectStatus(status)]
        registry.refusals["delete"] = .statusProhibitsOperation
        registry.losses = 1
        let code = Result { try registry.registryClient().send(DeleteDomain("a.gov"), repeating: true).code }
        #expect((try? code.get()) == (isDone ? .successPending : nil))
        #expect(registry.verbs == ["delete", "delete", "info"])
    }

    @Test func `that deletes is refused when no attempt before it arrived`() throws {
        let registry = FakeRegistry()
        let client = registry.registryClient()
        let error = try #require(throws: RegistryError.self) {
            try client.send(DeleteDomain("a.gov"), repeating: true)
        }
        #expect(error.code == .objectDoesNotExist)
        #expect(client.repetitions == 0)
    }

    @Test func `that renews has succeeded when the date has moved as it was to`() throws {
        let registry = FakeRegistry()
        registry.domains["a.gov"] = FakeRegistry.domain("a.gov", sponsor: "registrar", authorization: nil)
        registry.losses = 1
        let renew = RenewDomain("a.gov", currentExpiry: "2027-03-01".date, period: .years(1))
        let reply = try registry.registryClient().send(renew, repeating: true)
        #expect(reply.data == DomainRenewal(name: "a.gov", expiry: "2028-03-01T10:00:00Z".date))
        #expect(registry.verbs == ["renew", "renew", "info"])
    }

    @Test func `that renews is refused when the date is another`() throws {
        let registry = FakeRegistry()
        registry.domains["a.gov"] = FakeRegistry.domain("a.gov", sponsor: "registrar", authorization: nil)
        registry.losses = 1
        // The registry refuses both; two years are not what the date shows.
        let renew = RenewDomain("a.gov", currentExpiry: "2026-03-01".date, period: .years(2))
        let error = try #require(throws: RegistryError.self) {
            try registry.registryClient().send(renew, repeating: true)
        }
        #expect(error.code == .parameterPolicyError)
    }

    @Test func `that asks for a transfer has succeeded when its own is pending`() throws {
        let registry = FakeRegistry()
        registry.losses = 1
        let request = TransferDomain(.request, "a.gov", authorization: "auth-pw")
        let reply = try registry.registryClient().send(request, repeating: true)
        #expect(reply.code == .successPending)
        #expect(reply.data?.requester == "registrar")
        #expect(registry.verbs == ["transfer", "transfer", "transfer"])
    }

    @Test func `that asks for a transfer is refused when another's is pending`() throws {
        let registry = FakeRegistry()
        registry.transfers["a.gov"] = FakeRegistry.transfer("a.gov", by: "third")
        registry.losses = 1
        let error = try #require(throws: RegistryError.self) {
            try registry.registryClient().send(TransferDomain(.request, "a.gov"), repeating: true)
        }
        #expect(error.code == .objectPendingTransfer)
    }

    @Test(arguments: [
        (TransferOperation.approve, TransferStatus.clientApproved), (.reject, .clientRejected),
        (.cancel, .clientCancelled),
    ]) func `that ends a transfer has succeeded when that is how it ended`(
        operation: TransferOperation, status: TransferStatus
    ) throws {
        let registry = FakeRegistry()
        registry.transfers["a.gov"] =
            operation == .cancel
            ? FakeRegistry.transfer("a.gov", by: "registrar")
            : FakeRegistry.transfer("a.gov", by: "other", from: "registrar")
        registry.losses = 1
        let reply = try registry.registryClient().send(TransferDomain(operation, "a.gov"), repeating: true)
        #expect(reply.data?.status == status)
        #expect(reply.code == .success)
    }

    @Test func `is given up after four attempts, when the replies go on being lost`() throws {
        let registry = FakeRegistry()
        registry.losses = 100
        let update = UpdateDomain("a.gov", registrant: .set("sh8013"))
        let error = try #require(throws: RegistryError.self) {
            try registry.registryClient().send(update, repeating: true)
        }
        #expect(error.isTransportError)
        #expect(registry.verbs == ["update", "update", "update", "update"])
    }

    @Test func `that never arrived is just sent again`() throws {
        let registry = FakeRegistry()
        registry.obstacles = 2
        #expect(try registry.registryClient().send(create, repeating: true).serverTransactionID == "fake-1")
        #expect(registry.verbs == ["create"])
    }
}
