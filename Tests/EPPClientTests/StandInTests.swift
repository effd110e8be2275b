import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTesting
import Testing

/// The client with the stand-in of each registry that is known, over TLS.
@Suite(.hub)
struct `A client at a registry's stand-in` {
    static let registries = RegistryPersonality.all.map(\.name)

    private static let profiles: [String: RegistryProfile] = [
        "co": .co, "ee": .ee, "eu": .eu, "fi": .fi, "gov": .gov, "lv": .lv, "nominet": .nominet, "norid": .no,
        "pl": .pl,
        "ru": .ru, "sidn": .sidn, "verisign": .verisign,
    ]

    /// Runs a closure with a stand-in and the clients of two registrars.
    private func withClients(
        of name: String, _ body: (EmbeddedRegistry, RegistryClient, RegistryClient) throws -> Void
    ) throws {
        let personality = try #require(RegistryPersonality(named: name))
        let registry = try EmbeddedRegistry(
            RegistryConfiguration {
                $0.behave(like: personality)
                $0.credentials["stranger"] = "secret-2"
            })
        defer { registry.stop() }
        let clients = try [(registry.clientID, registry.password), ("stranger", "secret-2")].map { id, password in
            var settings = RegistryClient.Settings(
                host: registry.host, port: registry.port, clientID: id, password: password)
            settings.objectURIs = []
            settings.profile = Self.profiles[name] ?? RegistryProfile()
            if name == "verisign" { settings.commandExtensions = [Namestore(subProduct: "dotCOM")] }
            settings.connectionTimeout = .seconds(600)
            settings.borrowTimeout = .seconds(600)
            return RegistryClient(settings, context: try registry.clientContext())
        }
        try body(registry, clients[0], clients[1])
        for client in clients { try client.close(timeout: .seconds(600)) }
    }

    @Test(arguments: registries) func `carries objects through their lives`(name: String) throws {
        try withClients(of: name) { registry, client, _ in
            let contact = CreateContact(
                "jo-1",
                postalInfo: [
                    PostalInfo(.international, name: "Jo", address: PostalAddress(city: "Dulles", countryCode: "US"))
                ], email: "jo@example.gov", authorization: "secret-3")
            #expect(try client.send(contact).data?.id == "jo-1")
            #expect(try client.send(CreateHost("ns1.example.org")).data?.name == "ns1.example.org")
            // A role of .gov's own.
            let security = DomainContact("jo-1", role: name == "gov" ? .init(rawValue: "security") : .tech)
            let domain = CreateDomain(
                "life.gov", nameservers: [.object("ns1.example.org")], registrant: "jo-1",
                contacts: [DomainContact("jo-1", role: .admin), security], authorization: "secret-4")
            #expect(try client.send(domain).data?.name == "life.gov")
            try client.send(
                UpdateDomain(
                    "life.gov", adding: .init(statuses: [.clientHold]), removing: .init(contacts: [security])))
            let info = try #require(try client.send(InfoDomain("life.gov")).data)
            #expect(info.registrant == "jo-1" && info.nameservers == ["ns1.example.org"])
            #expect(info.contacts == [DomainContact("jo-1", role: .admin)])
            #expect(info.statuses.contains("clientHold") && info.sponsor == registry.clientID)
            let expiry = try #require(info.expiry)
            #expect(expiry.secondsSince1970 != nil && expiry.isExact)
            try client.send(RenewDomain("life.gov", currentExpiry: expiry, period: .years(1)))
            #expect(try client.send(InfoContact("jo-1")).data?.email == "jo@example.gov")
            #expect(try client.send(InfoHost("ns1.example.org")).data?.statuses.contains("linked") == true)
            try client.send(DeleteDomain("life.gov"))
            #expect(registry.snapshot.domains["life.gov"] == nil)
            #expect(client.statistics.discards == 0 && registry.statistics.logins <= 2)
        }
    }

    @Test(arguments: registries) func `keeps the code of a refusal, and every reason`(name: String) throws {
        try withClients(of: name) { _, client, _ in
            let error = try #require(throws: RegistryError.self) { try client.send(InfoDomain("nowhere.gov")) }
            #expect(error.code == .objectDoesNotExist && error.note.hasPrefix("nowhere.gov is not registered"))
            let response = try #require(error.response)
            #expect(response.clientTransactionID != nil)
            let reason = ["sidn": "The rule says no", "norid": "the registrant has no number", "at": "cannot be used"][
                name]
            #expect(response.extensions.isEmpty == (reason == nil))
            if let reason { #expect(error.note.contains(reason)) }
            // The session is as good as before.
            #expect(try client.send(Hello()).versions == ["1.0"])
            #expect(client.statistics.discards == 0)
        }
    }

    @Test(arguments: registries) func `takes every message out of the queue`(name: String) throws {
        try withClients(of: name) { registry, client, stranger in
            var moved = RegisteredDomain("moved.gov", sponsor: registry.clientID, number: 7)
            moved.authorization = Authorization("secret-5")
            registry.put(moved)
            try stranger.send(TransferDomain(.request, "moved.gov", authorization: "secret-5"))
            let transfer = try client.send(TransferDomain(.query, "moved.gov"))
            #expect(transfer.code == .success)
            var told: [PolledMessage] = []
            let poll = client.poll()
            while let message = try poll.next() { told.append(message) }
            #expect(told.count == 1)
            let elements = try #require(told.first?.elements)
            switch name {
            case "gov":
                #expect(elements.count == 2)
                guard case .domainTransfer = elements[0], case .pendingAction = elements[1] else {
                    Issue.record("\(elements)")
                    return
                }
            case "cn":
                guard case .other = elements[0] else {
                    Issue.record("\(elements)")
                    return
                }
                #expect(told[0].response.flaws.contains { $0.kind == .unreadableData })
            default:
                #expect(elements.count == 1)
                guard case .domainTransfer(let transfer) = elements[0] else {
                    Issue.record("\(elements)")
                    return
                }
                #expect(transfer.name == "moved.gov" && transfer.requester == "stranger")
                #expect(transfer.actor.isEmpty == ["fi", "lu"].contains(name))
                #expect(transfer.acted.isEmpty == ["fi", "lu"].contains(name))
            }
            // A message that is gone is refused; the session is left as it was.
            #expect(throws: RegistryError.self) { try client.send(AcknowledgeMessage("no-such")) }
            #expect(client.statistics.discards == 0)
        }
    }

    @Test(
        arguments: [
            ("sidn", .spaceBeforeDeclaration), ("sk", .controlCharacter), ("sk", .encoding), ("fr", .encoding),
            ("ro", .encoding),
        ] as [(String, ReplyFlaw.Kind)])
    func `tells what it read all the same`(name: String, kind: ReplyFlaw.Kind) throws {
        try withClients(of: name) { _, client, _ in
            let reply = try client.send(CheckDomain("free.gov"))
            #expect(reply.data?.map(\.name) == ["free.gov"] && reply.flaws.contains { $0.kind == kind })
            #expect(client.commandStatistics.flaws[kind] != nil)
        }
    }

    @Test func `.fi: a creation without its date is a creation`() throws {
        try withClients(of: "fi") { _, client, _ in
            let reply = try client.send(CreateDomain("new.gov", authorization: "secret-4"))
            #expect(reply.code == .success && reply.data?.name == "new.gov" && reply.data?.created.isEmpty == true)
            #expect(reply.messageQueue?.count == 0 && reply.messageQueue?.id.isEmpty == true)
        }
    }

    @Test func `.lu: a check that does not say avail says so`() throws {
        try withClients(of: "lu") { _, client, _ in
            let names = try #require(try client.send(CheckDomain("a.gov", "b.gov")).data)
            #expect(names.map(\.isStated) == [true, false] && !names[1].isAvailable)
        }
    }

    @Test(arguments: ["eu", "gr", "it", "ro"]) func `names beyond ASCII get there`(name: String) throws {
        try withClients(of: name) { _, client, _ throws in
            #expect(try client.send(CheckDomain("bücher.gov")).data?.count == 1)
        }
    }

    @Test(arguments: ["cn": "cnnic-domain:infData", "es": "es:infData"])
    func `data of a registry's own are there as XML`(name: String, element: String) throws {
        try withClients(of: name) { _, client, _ in
            let reply = try client.send(InfoDomain("example.gov"))
            #expect(reply.data?.name == "example.gov" && reply.dataXML.count == 2)
            #expect(reply.dataXML[1].hasPrefix("<\(element)"))
        }
    }

    @Test(arguments: ["nominet", "fr"]) func `extensions of a registry's own are there as XML`(name: String) throws {
        try withClients(of: name) { _, client, _ throws in
            #expect(try client.send(InfoDomain("example.gov")).extensions.contains { $0.contains("infData") })
        }
    }

    @Test(arguments: ["at", "cz", "dk", "norid"]) func `commands of a registry's own are answered`(name: String) throws
    {
        try withClients(of: name) { _, client, _ in
            let command = ProtocolExtension(
                xml: [
                    "<own:extcommand xmlns:own=\"urn:own\"><own:credit/><own:clTRID>own-0001</own:clTRID></own:extcommand>"
                ])
            guard case .response(let reply) = try client.send(command) else {
                Issue.record("no response")
                return
            }
            #expect(reply.code == .success && reply.clientTransactionID == "own-0001")
            #expect(client.statistics.discards == 0)
        }
    }

    @Test func `.com: a command without namestore is refused, and one with it is not`() throws {
        try withClients(of: "verisign") { registry, client, _ in
            #expect(try client.send(CheckDomain("free.gov")).code == .success)
            let session = EPPSession(host: registry.host, port: registry.port, context: try registry.clientContext())
            defer { session.close() }
            try session.connect()
            #expect(try session.login(Login(clientID: registry.clientID, password: registry.password)).isSuccess)
            #expect(try session.send(CheckDomain("free.gov")).code == .requiredParameterMissing)
            #expect(try session.send(AcknowledgeMessage("no-such")).flaws.map(\.kind) == [.undeclaredPrefix])
            #expect(try session.send(Poll()).code == .successNoMessages)
        }
    }
}
