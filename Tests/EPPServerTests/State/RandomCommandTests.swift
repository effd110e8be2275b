import EPP
import Testing

@testable import EPPServer

/// Random commands of three registrars over few names, so that they meet: whatever is asked in whatever order, what the
/// registry holds is consistent, and a command that failed has changed nothing (`TestRegistry.send` looks).
struct `The embedded registry under random commands` {
    private static let registrars = ["alpha", "beta", "gamma"]

    private struct Script {
        var generator: SeededGenerator
        let registry = TestRegistry { $0.balances = ["gamma": 20_000] }
        var codes: [Int: Int] = [:]

        mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: values.indices, using: &generator)] }
        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
        mutating func some<T>(_ values: [T], _ percent: Int = 40) -> [T] { values.filter { _ in chance(percent) } }

        mutating func domain() -> String { pick(["a.gov", "b.gov", "c.gov", "d.gov"]) }
        mutating func contact() -> String { pick(["c-1", "c-2", "c-3", "c-4"]) }
        mutating func host() -> String { pick(["ns1.a.gov", "ns2.b.gov", "ns1.c.gov", "ns1.d.gov", "ns.example.net"]) }
        mutating func authorization(_ name: String) -> String { chance(80) ? "secret-\(name)" : "wrong" }
        mutating func address() -> HostAddress { HostAddress("192.0.2.\(Int.random(in: 1...3, using: &generator))") }
        mutating func statuses() -> [ObjectStatus] {
            some([.clientHold, .clientDeleteProhibited, .clientTransferProhibited, .clientUpdateProhibited], 10)
        }

        mutating func step() throws {
            let client = pick(`The embedded registry under random commands`.registrars)
            let code =
                switch Int.random(in: 0..<17, using: &generator) {
                case 0: try create(client)
                case 1: try update(client)
                case 2: try send(DeleteDomain(domain()), client)
                case 3: try renew(client)
                case 4, 5: try transferDomain(client)
                case 6: try createHost(client)
                case 7: try updateHost(client)
                case 8: try send(DeleteHost(host()), client)
                case 9: try createContact(client)
                case 10: try updateContact(client)
                case 11: try send(DeleteContact(contact()), client)
                case 12, 13: try transferContact(client)
                case 14: try poll(client)
                case 15: try restore(client)
                default: try pass()
                }
            codes[code, default: 0] += 1
        }

        private mutating func send(_ command: some TransactionCommand, _ client: String) throws -> Int {
            func code<D>(_ reply: CommandResponse<D>) -> Int { reply.code.rawValue }
            return code(try registry.send(command, as: client))
        }

        private mutating func create(_ client: String) throws -> Int {
            let name = domain()
            var create = CreateDomain(name, authorization: "secret-\(name)")
            if chance(50) { create.registrant = contact() }
            if chance(50) { create.contacts = [.tech(contact())] }
            if chance(50) { create.nameservers = [.object(host())] }
            if chance(20) { create.nameservers = [.attribute("ns.\(name)")] }
            if chance(30) { create.period = .years(Int.random(in: 1...12, using: &generator)) }
            return try send(create, client)
        }

        private mutating func update(_ client: String) throws -> Int {
            var update = UpdateDomain(domain())
            update.adding = DomainChanges(
                nameservers: some([.object(host())]), contacts: some([.admin(contact())]), statuses: statuses())
            update.removing = DomainChanges(
                nameservers: some([.object(host())]), contacts: some([.tech(contact())]), statuses: statuses())
            if chance(30) { update.registrant = chance(70) ? .set(contact()) : .remove }
            return try send(update, client)
        }

        private mutating func renew(_ client: String) throws -> Int {
            let name = domain()
            let expiry = registry.snapshot.domains[name]?.expiry ?? Timestamp("2027-01-01")
            return try send(
                RenewDomain(name, currentExpiry: chance(90) ? expiry : Timestamp("2001-01-01"), period: .years(2)),
                client)
        }

        private mutating func transferDomain(_ client: String) throws -> Int {
            let name = domain()
            let proof = authorization(name)
            return try send(TransferDomain(pick(TransferOperation.allCases), name, authorization: proof), client)
        }

        private mutating func transferContact(_ client: String) throws -> Int {
            let id = contact()
            let proof = chance(80) ? "auth-\(id)" : "wrong"
            return try send(TransferContact(pick(TransferOperation.allCases), id, authorization: proof), client)
        }

        private mutating func createHost(_ client: String) throws -> Int {
            let name = host()
            let addresses = name.hasSuffix(".net") && chance(80) ? [] : [address()]
            return try send(CreateHost(name, addresses: addresses), client)
        }

        private mutating func updateHost(_ client: String) throws -> Int {
            var update = UpdateHost(host())
            update.adding.addresses = some([address()])
            update.removing.addresses = some([address()])
            if chance(30) { update.newName = host() }
            return try send(update, client)
        }

        private mutating func createContact(_ client: String) throws -> Int {
            let id = contact()
            let sample = RegisteredContact(id, sponsor: client)
            return try send(
                CreateContact(id, postalInfo: sample.postalInfo, email: sample.email, authorization: "auth-\(id)"),
                client)
        }

        private mutating func updateContact(_ client: String) throws -> Int {
            var update = UpdateContact(contact())
            update.adding = some([.clientDeleteProhibited, .clientTransferProhibited], 20)
            update.removing = some([.clientDeleteProhibited, .clientTransferProhibited], 20)
            if chance(50) { update.email = "new@example.gov" }
            return try send(update, client)
        }

        private mutating func poll(_ client: String) throws -> Int {
            let reply = try registry.send(Poll(), as: client)
            guard let id = reply.messageQueue?.id else { return reply.code.rawValue }
            return try send(AcknowledgeMessage(id), client)
        }

        private mutating func restore(_ client: String) throws -> Int {
            let date = Timestamp(secondsSince1970: registry.now)
            let report = RestoreReport(
                before: "x", after: "x", deleted: date, restored: date, reason: "Error", statements: ["It was."])
            return try send(UpdateDomain(domain()).with(RestoreDomain(report: chance(50) ? report : nil)), client)
        }

        private mutating func pass() throws -> Int {
            registry.pass(days: Double(Int.random(in: 0...20, using: &generator)) / 2)
            registry.core.advance(to: registry.now)
            return 0
        }
    }

    /// What must hold at any moment.
    private func check(_ core: RegistryCore, at now: Double) {
        let store = core.store
        for domain in store.domains.values {
            for id in domain.contactIDs {
                #expect(store.contacts[id] != nil, "\(domain.name) refers to \(id)")
                #expect(store.domains(referringTo: id).contains(domain.name))
            }
            for name in domain.hostNames {
                #expect(store.hosts[name] != nil, "\(domain.name) is delegated to \(name)")
                #expect(store.domains(delegatedTo: name).contains(domain.name))
            }
            #expect(Set(domain.delegation.map(\.isObject)).count <= 1)
            #expect(
                RegistryStore.deadline(of: domain) > now && RegistryStore.deadline(of: domain) >= store.nextDeadline)
            #expect(domain.deletion == nil || store.hosts(beneath: domain.name).isEmpty)
            #expect(domain.deletion == nil || !domain.isInTransfer)
        }
        for host in store.hosts.values {
            guard let above = host.superordinate else {
                #expect(host.addresses.isEmpty)
                continue
            }
            #expect(store.domains[above]?.sponsor == host.sponsor, "\(host.name) belongs to \(above)'s sponsor")
            #expect(store.hosts(beneath: above).contains(host.name) && !host.addresses.isEmpty)
        }
        for contact in store.contacts.values {
            for name in store.domains(referringTo: contact.id) {
                #expect(store.domains[name]?.contactIDs.contains(contact.id) == true)
            }
        }
        for (client, queue) in store.queues {
            #expect(!queue.isEmpty && queue.allSatisfy { $0.recipient == client })
            #expect(queue.map { Int($0.id) ?? 0 } == queue.map { Int($0.id) ?? 0 }.sorted())
        }
        #expect(store.balances.values.allSatisfy { $0 >= 0 })
    }

    @Test(arguments: 1...8) func `stays consistent`(seed: UInt64) throws {
        var script = Script(generator: SeededGenerator(seed: seed))
        for _ in 0..<400 {
            try script.step()
            check(script.registry.core, at: script.registry.now)
        }
        // The script reaches what it is about.
        for code in [1000, 1001, 2201, 2302, 2303, 2304, 2305] {
            #expect(script.codes[code, default: 0] > 0, "\(code) never came, seed \(seed)")
        }
        // Nothing was left to chance: the same commands end in the same state.
        var again = Script(generator: SeededGenerator(seed: seed))
        for _ in 0..<400 { try again.step() }
        #expect(again.registry.snapshot == script.registry.snapshot)
        #expect(again.codes == script.codes)
    }
}
