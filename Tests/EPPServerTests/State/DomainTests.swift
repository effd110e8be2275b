import EPP
import Testing

@testable import EPPServer

struct `Domains at the embedded registry` {
    private let registry = TestRegistry { $0.reservedNames = ["reserved.gov"] }

    @Test func `are created with all that belongs to them`() throws {
        let create = CreateDomain(
            "New.gov", period: .years(2), nameservers: [.object("ns1.a.gov"), .object("NS1.b.gov")], registrant: "c-1",
            contacts: [.admin("c-1"), .tech("c-2")], authorization: "s3cret")
        let reply = try registry.send(create)
        #expect(code(reply) == 1000)
        #expect(reply.data?.name == "new.gov")
        #expect(reply.data?.created.text == "2026-03-01T12:00:00Z")
        #expect(reply.data?.expiry?.text == "2028-03-01T12:00:00Z")
        let info = try #require(try registry.send(InfoDomain("new.gov")).data)
        #expect(info.sponsor == "alpha" && info.creator == "alpha" && info.registrant == "c-1")
        #expect(info.nameservers == ["ns1.a.gov", "ns1.b.gov"] && info.contacts == create.contacts)
        #expect(info.statuses == ["ok"] && info.authorization?.password == "s3cret" && info.roid?.isEmpty == false)
        #expect(try registry.gracePeriods("new.gov") == ["addPeriod"])
        #expect(code(try registry.send(create)) == 2302)
        #expect(try registry.send(CheckDomain("new.gov")).data?[0].reason == "In use")
    }

    @Test func `are not created against the rules`() throws {
        func create(_ name: String, _ change: (inout CreateDomain) -> Void = { _ in }) throws -> Int {
            var command = CreateDomain(name, authorization: "s3cret")
            change(&command)
            return code(try registry.send(command))
        }
        #expect(try create("reserved.gov") == 2306)
        #expect(try create("gov") == 2306)
        #expect(try create("www.a.gov") == 2306)
        #expect(try create("x.gov") { $0.period = .years(11) } == 2004)
        #expect(try create("x.gov") { $0.period = .months(6) } == 2306)
        #expect(try create("x.gov") { $0.registrant = "nobody" } == 2303)
        #expect(try create("x.gov") { $0.contacts = [.billing("nobody")] } == 2303)
        #expect(try create("x.gov") { $0.nameservers = [.object("ns.nowhere.gov")] } == 2303)
        #expect(try create("x.gov") { $0.nameservers = (1...14).map { .attribute("ns\($0).example.net") } } == 2308)
        #expect(try create("x.gov") { $0.period = .months(24) } == 1000)
        #expect(registry.snapshot.domains.keys.sorted() == ["a.gov", "b.gov", "x.gov"])
    }

    @Test func `are checked by zone and reservation`() throws {
        let strict = TestRegistry {
            $0.zones = ["gov", "fed.us"]
            $0.reservedNames = ["reserved.gov"]
            $0.namesPerCheck = 5
        }
        let answers = try #require(
            try strict.send(CheckDomain("A.gov", "x.gov", "x.fed.us", "x.com", "reserved.gov")).data)
        #expect(answers.map(\.isAvailable) == [false, true, true, false, false])
        #expect(answers.map(\.name)[0] == "A.gov")
        #expect(code(try strict.send(CheckDomain(names: (1...6).map { "x\($0).gov" }))) == 2306)
        #expect(code(try strict.send(CreateDomain("x.y.gov", authorization: "s3cret"))) == 2306)
    }

    @Test func `need contacts where the configuration says so`() throws {
        let strict = TestRegistry { $0.requiresContacts = true }
        var create = CreateDomain("x.gov", authorization: "s3cret")
        #expect(code(try strict.send(create)) == 2003)
        create.registrant = "c-1"
        create.contacts = [.admin("c-1")]
        #expect(code(try strict.send(create)) == 2003)
        create.contacts.append(.tech("c-1"))
        #expect(code(try strict.send(create)) == 1000)
        #expect(code(try strict.send(UpdateDomain("x.gov", registrant: .remove))) == 2003)
    }

    @Test func `show the authorization to the sponsor, and to whoever knows it`() throws {
        #expect(try registry.send(InfoDomain("b.gov")).data?.authorization == nil)
        #expect(
            try registry.send(InfoDomain("b.gov", authorization: "secret-b.gov")).data?.authorization?.password
                == "secret-b.gov")
        #expect(code(try registry.send(InfoDomain("b.gov", authorization: "wrong"))) == 2202)
        #expect(code(try registry.send(InfoDomain("x.gov"))) == 2303)
        // The password of the domain's contact, by the contact's identifier.
        let roid = try #require(registry.snapshot.contacts["c-2"]?.roid)
        let proof = Authorization("auth-c-2", roid: roid)
        #expect(code(try registry.send(InfoDomain("b.gov", authorization: proof))) == 1000)
        #expect(code(try registry.send(InfoDomain("a.gov", authorization: proof))) == 2202)
    }

    @Test func `tell the hosts that are asked for`() throws {
        func hosts(_ which: InfoDomain.Hosts) throws -> [Int] {
            let data = try #require(try registry.send(InfoDomain("a.gov", hosts: which)).data)
            return [data.delegation.count, data.hosts.count]
        }
        #expect(try hosts(.all) == [2, 2])
        #expect(try hosts(.delegated) == [2, 0])
        #expect(try hosts(.subordinate) == [0, 2])
        #expect(try hosts(.none) == [0, 0])
    }

    @Test func `are changed in every part`() throws {
        registry.core.put(RegisteredContact("c-3", sponsor: "alpha"), at: registry.now)
        let update = UpdateDomain(
            "a.gov",
            adding: DomainChanges(
                nameservers: [.object("ns1.b.gov")], contacts: [.billing("c-3")],
                statuses: [ObjectStatus("clientHold", reason: "Not paid")]),
            removing: DomainChanges(nameservers: [.object("NS2.a.gov")], contacts: [.tech("c-1")]),
            registrant: .set("c-3"), authorization: .set(Authorization("changed")))
        #expect(code(try registry.send(update)) == 1000)
        let info = try #require(try registry.send(InfoDomain("a.gov")).data)
        #expect(info.nameservers == ["ns1.a.gov", "ns1.b.gov"])
        #expect(info.contacts == [.admin("c-1"), .billing("c-3")] && info.registrant == "c-3")
        #expect(info.statuses == ["clientHold"] && info.statusMessages["clientHold"] == "Not paid")
        #expect(info.authorization?.password == "changed" && info.updater == "alpha" && info.updated != nil)
        #expect(code(try registry.send(UpdateDomain("a.gov", registrant: .remove, authorization: .remove))) == 1000)
        #expect(registry.snapshot.domains["a.gov"]?.authorization == nil)
        #expect(registry.snapshot.domains["a.gov"]?.registrant == nil)
        #expect(
            code(
                try registry.send(
                    UpdateDomain(
                        "a.gov",
                        removing: DomainChanges(nameservers: [.object("ns1.a.gov"), .object("ns1.b.gov")])))) == 1000)
        #expect(try registry.statuses("a.gov") == ["clientHold", "inactive"])
    }

    @Test func `are not changed against the rules`() throws {
        func update(_ name: String, add: DomainChanges = .init(), remove: DomainChanges = .init()) throws -> Int {
            code(try registry.send(UpdateDomain(name, adding: add, removing: remove)))
        }
        #expect(try update("x.gov", add: DomainChanges(statuses: [.clientHold])) == 2303)
        #expect(try update("b.gov", add: DomainChanges(statuses: [.clientHold])) == 2201)
        #expect(try update("a.gov") == 2003)
        #expect(try update("a.gov", add: DomainChanges(statuses: [.serverHold])) == 2306)
        #expect(try update("a.gov", remove: DomainChanges(statuses: [.ok])) == 2306)
        #expect(try update("a.gov", add: DomainChanges(nameservers: [.object("ns9.a.gov")])) == 2303)
        #expect(try update("a.gov", add: DomainChanges(nameservers: [.attribute("ns9.example.net")])) == 2306)
        #expect(
            try update(
                "a.gov", add: DomainChanges(statuses: [.clientHold]), remove: DomainChanges(statuses: [.clientHold]))
                == 2306)
    }

    @Test(arguments: [
        ("clientUpdateProhibited", "update"), ("serverUpdateProhibited", "update"),
        ("clientDeleteProhibited", "delete"), ("serverDeleteProhibited", "delete"),
        ("clientRenewProhibited", "renew"), ("serverRenewProhibited", "renew"),
        ("clientTransferProhibited", "transfer"), ("serverTransferProhibited", "transfer"),
    ]) func `are protected by their statuses, each from one command`(status: String, verb: String) throws {
        var domain = try #require(registry.snapshot.domains["a.gov"])
        domain.statuses = [status]
        domain.delegation = []
        registry.core.put(domain, at: registry.now)
        for host in ["ns1.a.gov", "ns2.a.gov"] { registry.core.store.remove(host: host) }
        let expiry = domain.expiry
        #expect(
            code(try registry.send(UpdateDomain("a.gov", registrant: .set("c-2")))) == (verb == "update" ? 2304 : 1000))
        #expect(code(try registry.send(RenewDomain("a.gov", currentExpiry: expiry))) == (verb == "renew" ? 2304 : 1000))
        #expect(
            code(try registry.send(TransferDomain(.request, "a.gov", authorization: "secret-a.gov"), as: "beta"))
                == (verb == "transfer" ? 2304 : 1001))
        if verb != "transfer" { try registry.send(TransferDomain(.reject, "a.gov")) }
        if status == "clientUpdateProhibited" {
            let lift = UpdateDomain("a.gov", removing: DomainChanges(statuses: [.clientUpdateProhibited]))
            #expect(code(try registry.send(lift)) == 1000)
        }
        #expect(code(try registry.send(DeleteDomain("a.gov"))) == (verb == "delete" ? 2304 : 1001))
    }

    @Test func `keep hosts of their own data, if all are such`() throws {
        let own = Nameserver.attribute("ns1.x.gov", addresses: [HostAddress("192.0.2.1")])
        #expect(code(try registry.send(CreateDomain("x.gov", nameservers: [own], authorization: "s3cret"))) == 1000)
        #expect(try registry.send(InfoDomain("x.gov")).data?.delegation == [own])
        let mix = UpdateDomain("x.gov", adding: DomainChanges(nameservers: [.object("ns1.a.gov")]))
        #expect(code(try registry.send(mix)) == 2306)
        let strict = TestRegistry { $0.takesHostAttributes = false }
        #expect(code(try strict.send(CreateDomain("x.gov", nameservers: [own], authorization: "s3cret"))) == 2306)
    }

    @Test func `are deleted when nothing hangs on them`() throws {
        #expect(code(try registry.send(DeleteDomain("x.gov"))) == 2303)
        #expect(code(try registry.send(DeleteDomain("b.gov"))) == 2201)
        let reply = try registry.send(DeleteDomain("a.gov"))
        #expect(code(reply) == 2305)
        #expect(reply.results[0].reasons[0].contains("ns1.a.gov, ns2.a.gov"))
        try registry.send(CreateDomain("x.gov", authorization: "s3cret"))
        #expect(code(try registry.send(DeleteDomain("x.gov"))) == 1000)
        #expect(code(try registry.send(InfoDomain("x.gov"))) == 2303)
    }

    @Test func `are renewed once for one date`() throws {
        let expiry = try #require(registry.snapshot.domains["a.gov"]).expiry
        let renew = RenewDomain("a.gov", currentExpiry: expiry, period: .years(2))
        #expect(code(try registry.send(renew, as: "beta")) == 2201)
        #expect(try registry.send(renew).data?.expiry == RegistryDate.adding(years: 2, to: expiry))
        // The guard: a repetition of a renewal whose reply was lost.
        let again = try registry.send(renew)
        #expect(code(again) == 2004)
        #expect(again.results[0].values == ["domain:curExpDate"])
        #expect(try registry.gracePeriods("a.gov") == ["renewPeriod"])
        let current = try #require(registry.snapshot.domains["a.gov"]).expiry
        #expect(code(try registry.send(RenewDomain("a.gov", currentExpiry: current, period: .years(9)))) == 2004)
        #expect(code(try registry.send(RenewDomain("x.gov", currentExpiry: current))) == 2303)
    }

    @Test func `are not renewed too early where there is a window`() throws {
        let strict = TestRegistry { $0.renewalWindow = .seconds(90 * 86_400) }
        let expiry = try #require(strict.snapshot.domains["a.gov"]).expiry
        #expect(code(try strict.send(RenewDomain("a.gov", currentExpiry: expiry))) == 2105)
        strict.now = expiry.deadline - 89 * 86_400
        #expect(code(try strict.send(RenewDomain("a.gov", currentExpiry: expiry))) == 1000)
    }

    @Test func `of the 29th of February end on the 28th`() {
        #expect(RegistryDate.adding(years: 1, to: Timestamp("2024-02-29T10:00:00Z")).text == "2025-02-28T10:00:00Z")
        #expect(RegistryDate.adding(years: 4, to: Timestamp("2024-02-29T10:00:00Z")).text == "2028-02-29T10:00:00Z")
    }
}
