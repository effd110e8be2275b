import EPP
import Testing

@testable import EPPServer

struct `A launch at the embedded registry` {
    private static let all = TestRegistry.allExtensions.union([XMLNamespace.launch.uri])
    private let mark = "<m:mark xmlns:m=\"urn:m\"/>"

    private func create(_ launch: LaunchCreate?, _ name: String = "x.gov") -> ExtendedCommand<CreateDomain> {
        ExtendedCommand(CreateDomain(name, authorization: "s3cret"), extensions: launch.map { [$0] } ?? [])
    }

    @Test func `is offered while it is on`() {
        var configuration = RegistryConfiguration()
        #expect(!configuration.extensionURIs.contains(XMLNamespace.launch.uri))
        configuration.launch = RegistryLaunch(.sunrise)
        configuration.launch = RegistryLaunch(.claims)
        #expect(configuration.extensionURIs.filter { $0 == XMLNamespace.launch.uri }.count == 1)
        configuration.launch = nil
        #expect(configuration.extensionURIs == RegistryConfiguration().extensionURIs)
    }

    @Test func `takes applications in a sunrise, and decides on them`() throws {
        let registry = TestRegistry { $0.launch = RegistryLaunch(.sunrise) }
        func send<C: TransactionCommand>(_ command: C, as client: String = "alpha") throws -> C.Reply {
            try registry.send(command, as: client, extensions: Self.all)
        }
        #expect(code(try send(create(nil))) == 2003)
        #expect(code(try send(create(LaunchCreate(.sunrise)))) == 2003)
        #expect(code(try send(create(LaunchCreate(.landrush, marks: .signed([mark]))))) == 2306)
        let wanted = LaunchCreate(.sunrise, marks: .signed([mark]))
        #expect(code(try send(create(LaunchCreate(.sunrise, kind: .registration, marks: .signed([mark]))))) == 2306)
        let ids = try ["alpha", "beta"].map { client in
            let reply = try send(create(wanted), as: client)
            #expect(code(reply) == 1001 && reply.data?.name == "x.gov")
            return try #require(try reply.decodeExtension(LaunchCreation.self)?.applicationID)
        }
        #expect(Set(ids).count == 2 && registry.snapshot.domains["x.gov"] == nil)

        func info(_ id: String, as client: String = "alpha", marks: Bool = false) throws -> CommandResponse<DomainInfo>
        {
            let question = LaunchApplication(.info(includingMarks: marks), .sunrise, applicationID: id)
            return try send(InfoDomain("x.gov").with(question), as: client)
        }
        let told = try info(ids[0], marks: true)
        #expect(
            try told.decodeExtension(LaunchInfo.self)
                == LaunchInfo(.sunrise, applicationID: ids[0], status: .init(.pendingAllocation), marks: [mark]))
        #expect(try code(info(ids[1])) == 2201 && code(info("A9-EPP")) == 2303)

        let update = UpdateDomain("x.gov", registrant: .set("c-1"))
            .with(LaunchApplication(.update, .sunrise, applicationID: ids[0]))
        #expect(code(try send(update)) == 1000)
        #expect(try info(ids[0]).data?.registrant == "c-1")

        registry.core.decide("x.gov", allocating: ids[0], at: registry.now)
        #expect(registry.snapshot.domains["x.gov"]?.registrant == "c-1")
        #expect(try info(ids[0]).decodeExtension(LaunchInfo.self)?.status == .init(.allocated))
        for (client, isDone) in [("alpha", true), ("beta", false)] {
            guard case .pendingAction(let action)? = try registry.drain(client).last?.data else {
                Issue.record("no message for \(client)")
                continue
            }
            #expect(action.isDone == isDone && action.clientTransactionID == "test-1")
        }
        let withdrawal = DeleteDomain("x.gov").with(LaunchApplication(.delete, .sunrise, applicationID: ids[1]))
        #expect(code(try send(withdrawal, as: "beta")) == 2304)
    }

    @Test func `withdraws an application`() throws {
        let registry = TestRegistry { $0.launch = RegistryLaunch(.landrush) }
        let reply = try registry.send(create(LaunchCreate(.landrush)), extensions: Self.all)
        let id = try #require(try reply.decodeExtension(LaunchCreation.self)?.applicationID)
        let withdrawal = LaunchApplication(.delete, .landrush, applicationID: id)
        #expect(code(try registry.send(DeleteDomain("x.gov").with(withdrawal), extensions: Self.all)) == 1000)
        #expect(registry.core.store.applications.isEmpty)
        #expect(code(try registry.send(DeleteDomain("x.gov").with(withdrawal), extensions: Self.all)) == 2303)
    }

    @Test func `tells claims, and wants their notice`() throws {
        let registry = TestRegistry { $0.launch = RegistryLaunch(.claims, claims: ["x.gov": "key-1"]) }
        let question = CheckDomain("X.gov", "y.gov").with(LaunchCheck(.claims, phase: .claims))
        let answer = try registry.send(question, extensions: Self.all)
        let claims = try #require(try answer.decodeExtension(LaunchCheckData.self))
        #expect(answer.data == nil && claims.phase == .claims && claims.entries.map(\.exists) == [true, false])
        #expect(claims.entries[0].claimKeys == [.init("key-1")])
        let other = CheckDomain("x.gov").with(LaunchCheck(.claims, phase: .sunrise))
        #expect(code(try registry.send(other, extensions: Self.all)) == 2306)
        let available = CheckDomain("x.gov").with(LaunchCheck(.availability, phase: .claims))
        #expect(try registry.send(available, extensions: Self.all).data?.first?.isAvailable == true)

        func notice(_ notAfter: String, _ accepted: String) -> LaunchCreate {
            LaunchCreate(
                .claims, notice: LaunchNotice(id: "n-1", notAfter: Timestamp(notAfter), accepted: Timestamp(accepted)))
        }
        func send(_ launch: LaunchCreate?, _ name: String = "x.gov") throws -> CommandResponse<DomainCreation> {
            try registry.send(create(launch, name), extensions: Self.all)
        }
        #expect(try code(send(nil)) == 2003 && code(send(LaunchCreate(.claims))) == 2003)
        #expect(code(try send(notice("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"))) == 2306)
        #expect(code(try send(notice("2026-04-01T00:00:00Z", "2026-03-02T00:00:00Z"))) == 2306)
        let created = try send(notice("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z"))
        #expect(code(created) == 1000 && registry.snapshot.domains["x.gov"] != nil)
        #expect(try created.decodeExtension(LaunchCreation.self) == LaunchCreation(.claims))
        #expect(code(try send(nil, "y.gov")) == 1000)
    }
}
