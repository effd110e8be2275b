import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTesting
import Testing

/// Commands that a registry carries out without its client getting the reply, over TLS, in virtual time.
@Suite(.virtualTime(quiet: .milliseconds(100)))
struct `A transform whose reply is lost` {
    /// The faults that come after the command was done.
    private static let faults: [RegistryFault] = [
        .close, .closeInsideBody, .oversizedFrame, .garbageFrame, .hang, .wrongTransactionID, .restart,
    ]

    private static let passwords = ["registrar": "secret-1", "other": "secret-2"]

    private func registry() throws -> EmbeddedRegistry {
        try EmbeddedRegistry(
            RegistryConfiguration {
                $0.credentials = Self.passwords
                $0.domains = [RegisteredDomain("theirs.gov", sponsor: "other", number: 1)]
                // A new domain too is deleted only after a while.
                $0.periods.add = .zero
                $0.periods.renew = .zero
            })
    }

    private func client(_ registry: EmbeddedRegistry, as name: String = "registrar") throws -> RegistryClient {
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: name, password: try #require(Self.passwords[name]))
        settings.objectURIs = []
        settings.heartbeatInterval = nil
        return RegistryClient(settings, context: try registry.clientContext())
    }

    /// Sends a command whose first reply is lost.
    private func send<C: Command>(
        _ command: C, over client: RegistryClient, _ registry: EmbeddedRegistry, _ fault: RegistryFault, on verb: String
    ) throws -> C.Reply {
        let settled = client.commandStatistics.settled
        registry.inject(RegistryFaultRule(fault, at: .verb(verb), times: 1))
        let reply = try client.send(command, repeating: true)
        #expect(client.commandStatistics.settled == settled + 1)
        return reply
    }

    @Test(arguments: faults) func `is carried out once, and its client knows`(fault: RegistryFault) throws {
        let registry = try registry()
        defer { registry.stop() }
        let client = try client(registry)

        let host = CreateHost("ns1.elsewhere.example", addresses: [])
        #expect(try send(host, over: client, registry, fault, on: "create").data?.name == host.name)
        let create = CreateDomain("new.gov", period: .years(1), authorization: "auth-pw-1")
        let created = try send(create, over: client, registry, fault, on: "create")
        let expiry = try #require(created.data?.expiry)
        #expect(registry.snapshot.domains["new.gov"]?.expiry == expiry)

        let renew = RenewDomain("new.gov", currentExpiry: expiry, period: .years(2))
        let renewed = try send(renew, over: client, registry, fault, on: "renew")
        let before = try #require(expiry.secondsSince1970)
        let after = try #require(registry.snapshot.domains["new.gov"]?.expiry.secondsSince1970)
        #expect((729...732).contains((after - before) / 86_400))
        #expect(renewed.data?.expiry == registry.snapshot.domains["new.gov"]?.expiry)

        let theirs = try #require(registry.snapshot.domains["theirs.gov"])
        let request = TransferDomain(.request, "theirs.gov", authorization: theirs.authorization?.password)
        let requested = try send(request, over: client, registry, fault, on: "transfer")
        #expect(requested.code == .successPending && requested.data?.status == .pending)
        let other = try self.client(registry, as: "other")
        let approve = TransferDomain(.approve, "theirs.gov")
        #expect(try send(approve, over: other, registry, fault, on: "transfer").data?.status == .clientApproved)
        #expect(registry.snapshot.domains["theirs.gov"]?.sponsor == "registrar")

        // One gone at once, the other when its time is over.
        #expect(try send(DeleteHost(host.name), over: client, registry, fault, on: "delete").code == .success)
        let deleted = try send(DeleteDomain("new.gov"), over: client, registry, fault, on: "delete")
        #expect(deleted.code == .successPending)
        #expect(registry.snapshot.domains["new.gov"]?.deletion != nil)
        try other.close()
        try client.close()
    }

    @Test(arguments: faults) func `acknowledges a message once`(fault: RegistryFault) throws {
        let registry = try registry()
        defer { registry.stop() }
        for number in 0..<3 { registry.enqueue(RegisteredMessage("message \(number)", for: "registrar")) }
        let client = try client(registry)
        // The first poll is answered; from then on every second answer is lost, that of each acknowledgement among them.
        registry.inject(RegistryFaultRule(fault, at: .verb("poll"), times: 3, every: 2))
        var seen: [String] = []
        try client.poll().forEach { seen.append($0.text ?? "") }
        #expect(seen == ["message 0", "message 1", "message 2"])
        #expect(registry.snapshot.messages["registrar"]?.isEmpty ?? true)
        try client.close()
    }
}
