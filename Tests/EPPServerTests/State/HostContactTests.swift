import EPP
import Testing

@testable import EPPServer

struct `Hosts at the embedded registry` {
    private let registry = TestRegistry()
    private let address = HostAddress("192.0.2.77")

    @Test func `are created beneath a domain of the same sponsor, or elsewhere`() throws {
        func create(_ name: String, _ addresses: HostAddress...) throws -> Int {
            code(try registry.send(CreateHost(name, addresses: addresses)))
        }
        #expect(try create("NS3.a.gov", address, address) == 1000)
        #expect(registry.snapshot.hosts["ns3.a.gov"]?.addresses == [address])
        #expect(registry.snapshot.hosts["ns3.a.gov"]?.superordinate == "a.gov")
        #expect(try create("ns3.a.gov", address) == 2302)
        #expect(try create("ns4.a.gov") == 2003)
        #expect(try create("ns3.b.gov", address) == 2201)
        #expect(try create("ns.example.net") == 1000)
        #expect(try create("ns2.example.net", address) == 2306)
        #expect(try registry.send(CheckHost("ns3.a.gov", "ns9.a.gov")).data?.map(\.isAvailable) == [false, true])
        #expect(try registry.send(InfoDomain("a.gov")).data?.hosts == ["ns1.a.gov", "ns2.a.gov", "ns3.a.gov"])
    }

    @Test func `in a zone of the registry need their domain`() throws {
        let strict = TestRegistry { $0.zones = ["gov"] }
        #expect(code(try strict.send(CreateHost("ns1.x.gov", addresses: [address]))) == 2303)
        #expect(code(try strict.send(CreateHost("ns1.example.net"))) == 1000)
    }

    @Test func `are linked while a domain is delegated to them`() throws {
        #expect(try registry.send(InfoHost("ns1.a.gov")).data?.statuses == ["ok", "linked"])
        #expect(code(try registry.send(DeleteHost("ns1.a.gov"))) == 2305)
        #expect(code(try registry.send(DeleteHost("ns1.a.gov"), as: "beta")) == 2201)
        try registry.send(UpdateDomain("a.gov", removing: DomainChanges(nameservers: [.object("ns1.a.gov")])))
        #expect(try registry.send(InfoHost("ns1.a.gov")).data?.statuses == ["ok"])
        #expect(code(try registry.send(DeleteHost("ns1.a.gov"))) == 1000)
        #expect(code(try registry.send(DeleteHost("ns1.a.gov"))) == 2303)
        #expect(code(try registry.send(InfoHost("ns1.a.gov"))) == 2303)
    }

    @Test func `are changed, and keep an address beneath a domain`() throws {
        let old = try #require(registry.snapshot.hosts["ns1.a.gov"]?.addresses)
        let change = UpdateHost(
            "ns1.a.gov", adding: HostChanges(addresses: [address], statuses: [.clientDeleteProhibited]),
            removing: HostChanges(addresses: old))
        #expect(code(try registry.send(change, as: "beta")) == 2201)
        #expect(code(try registry.send(change)) == 1000)
        let info = try #require(try registry.send(InfoHost("ns1.a.gov")).data)
        #expect(info.addresses == [address] && info.statuses == ["clientDeleteProhibited", "linked"])
        #expect(code(try registry.send(UpdateHost("ns1.a.gov", removing: HostChanges(addresses: [address])))) == 2003)
        #expect(code(try registry.send(UpdateHost("ns1.a.gov"))) == 2003)
        #expect(code(try registry.send(UpdateHost("ns1.a.gov", adding: HostChanges(statuses: [.linked])))) == 2306)
        let lock = UpdateHost("ns2.a.gov", adding: HostChanges(statuses: [.clientUpdateProhibited]))
        #expect(code(try registry.send(lock)) == 1000)
        #expect(code(try registry.send(UpdateHost("ns2.a.gov", newName: "ns9.a.gov"))) == 2304)
        let unlock = UpdateHost("ns2.a.gov", removing: HostChanges(statuses: [.clientUpdateProhibited]))
        #expect(code(try registry.send(unlock)) == 1000)
    }

    @Test func `take their delegations along to a new name`() throws {
        #expect(code(try registry.send(UpdateHost("ns1.a.gov", newName: "ns2.a.gov"))) == 2302)
        #expect(code(try registry.send(UpdateHost("ns1.a.gov", newName: "ns9.b.gov"))) == 2201)
        #expect(code(try registry.send(UpdateHost("ns1.a.gov", newName: "NS7.a.gov"))) == 1000)
        #expect(try registry.send(InfoDomain("a.gov")).data?.nameservers == ["ns7.a.gov", "ns2.a.gov"])
        #expect(try registry.send(InfoHost("ns7.a.gov")).data?.statuses == ["ok", "linked"])
        #expect(code(try registry.send(InfoHost("ns1.a.gov"))) == 2303)
        // Elsewhere, while another registrar's domain is delegated to it.
        try registry.send(CreateHost("ns.example.net"))
        try registry.send(
            UpdateDomain("b.gov", adding: DomainChanges(nameservers: [.object("ns.example.net")])), as: "beta")
        #expect(code(try registry.send(UpdateHost("ns.example.net", newName: "ns.example.org"))) == 2305)
    }

    @Test func `are neither renewed nor transferred`() throws {
        let verb = "<host:renew xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\"><host:name>x</host:name></host:renew>"
        let document =
            "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><renew>\(verb)</renew></command></epp>"
        let answer = try ServerMessage(try registry.answer(Array(document.utf8)))
        #expect(try answer.response(of: Never.self).code == .unimplementedCommand)
    }
}

struct `Contacts at the embedded registry` {
    private let registry = TestRegistry()
    private let address = PostalAddress(street: ["1 Main"], city: "Reston", countryCode: "US")

    private func create(_ id: String) throws -> Int {
        code(
            try registry.send(
                CreateContact(
                    id, postalInfo: [PostalInfo(name: "Jane", organization: "Office", address: address)],
                    voice: "+1.7035550100", email: "jane@example.gov", authorization: "s3cret",
                    disclosure: Disclosure(isAllowed: false, voice: true))))
    }

    @Test func `are created, told, changed and deleted`() throws {
        #expect(try registry.send(CheckContact("c-1", "jane-1")).data?.map(\.isAvailable) == [false, true])
        #expect(try create("jane-1") == 1000)
        #expect(try create("jane-1") == 2302)
        let update = UpdateContact(
            "jane-1", adding: [.clientDeleteProhibited],
            postalInfo: [
                PostalChange(organization: ""), PostalChange(.local, name: "Jané", address: address),
            ], voice: .remove, fax: .set("+1.7035550101"), email: "j@example.gov",
            authorization: Authorization("changed"))
        #expect(code(try registry.send(update)) == 1000)
        let info = try #require(try registry.send(InfoContact("jane-1")).data)
        #expect(info.postalInfo.map(\.name) == ["Jane", "Jané"] && info.postalInfo[0].organization == nil)
        #expect(info.voice == nil && info.fax == "+1.7035550101" && info.email == "j@example.gov")
        #expect(info.authorization?.password == "changed" && info.disclosure?.voice == true)
        #expect(info.statuses == ["clientDeleteProhibited"] && info.updater == "alpha")
        #expect(code(try registry.send(DeleteContact("jane-1"))) == 2304)
        try registry.send(UpdateContact("jane-1", removing: [.clientDeleteProhibited]))
        #expect(code(try registry.send(DeleteContact("jane-1"))) == 1000)
        #expect(code(try registry.send(InfoContact("jane-1"))) == 2303)
    }

    @Test func `are told to their sponsor, and to whoever knows the authorization`() throws {
        #expect(code(try registry.send(InfoContact("c-2"))) == 2201)
        #expect(code(try registry.send(InfoContact("c-2", authorization: "wrong"))) == 2202)
        #expect(try registry.send(InfoContact("c-2", authorization: "auth-c-2")).data?.email == "c-2@example.gov")
    }

    @Test func `are not changed against the rules`() throws {
        #expect(code(try registry.send(UpdateContact("c-2", email: "x@example.gov"))) == 2201)
        #expect(code(try registry.send(UpdateContact("c-9", email: "x@example.gov"))) == 2303)
        #expect(code(try registry.send(UpdateContact("c-1", adding: [.serverUpdateProhibited]))) == 2306)
        #expect(code(try registry.send(UpdateContact("c-1", postalInfo: [PostalChange(.local, name: "Jané")]))) == 2003)
        #expect(code(try registry.send(UpdateContact("c-1", adding: [.clientUpdateProhibited]))) == 1000)
        #expect(code(try registry.send(UpdateContact("c-1", email: "x@example.gov"))) == 2304)
    }

    @Test func `are linked while a domain refers to them`() throws {
        #expect(try registry.send(InfoContact("c-1")).data?.statuses == ["ok", "linked"])
        let reply = try registry.send(DeleteContact("c-1"))
        #expect(code(reply) == 2305)
        #expect(reply.results[0].reasons == ["a.gov refers to it"])
        try registry.send(
            UpdateDomain(
                "a.gov", removing: DomainChanges(contacts: [.admin("c-1"), .tech("c-1")]), registrant: .remove))
        #expect(code(try registry.send(DeleteContact("c-1"))) == 1000)
    }
}
