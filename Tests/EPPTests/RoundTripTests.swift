import EPP
import Testing

/// What is encoded is decoded to the same values, for values made at random from fixed seeds.
@Suite(.timeLimit(.minutes(1)))
struct RoundTripTests {
    private static let seeds: [UInt64] = Array(1...8)
    private static let rounds = 60

    private func read(_ command: some Command, id: String?) throws -> ClientMessage.Body {
        let message = try ClientMessage(try command.document(transactionID: id))
        #expect(message.transactionID == id)
        return message.body
    }

    @Test(arguments: seeds) func `a command reaches the registry as it was sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            let id = samples.optional { $0.token(3...64) }
            let login = samples.login()
            guard case .login(login) = try read(login, id: id) else { throw Mismatch(login) }
            let check = samples.checkDomain()
            guard case .checkDomain(check) = try read(check, id: id) else { throw Mismatch(check) }
            let info = samples.infoDomain()
            guard case .infoDomain(info) = try read(info, id: id) else { throw Mismatch(info) }
            let create = samples.createDomain()
            guard case .createDomain(create) = try read(create, id: id) else { throw Mismatch(create) }
            guard case .logout = try read(Logout(), id: id) else { throw Mismatch(Logout()) }
        }
    }

    @Test(arguments: seeds) func `a response reaches the client as it was sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            let check = samples.response(samples.optional { $0.availabilities() })
            try same(check, CheckDomain("a.gov").decode(ServerMessage(check.document())))
            let info = samples.response(samples.optional { $0.domainInfo() })
            try same(info, InfoDomain("a.gov").decode(ServerMessage(info.document())))
            let creation = samples.response(samples.optional { $0.creation() })
            let create = CreateDomain("a.gov", authorization: "secret")
            try same(creation, create.decode(ServerMessage(creation.document())))
            let plain: CommandResponse<Never> = samples.response(nil)
            try same(plain, Logout().decode(ServerMessage(plain.document())))
        }
    }

    private func same<T: Equatable>(_ sent: T, _ read: T) throws {
        // Not an expectation each: a thousand of them, and the first that fails tells enough.
        if sent != read { throw Difference(sent: "\(sent)", read: "\(read)") }
    }

    private struct Difference: Error {
        var sent: String
        var read: String
    }

    @Test(arguments: seeds) func `a greeting reaches the client as it was sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            let sent = samples.greeting()
            var read = try Hello().decode(ServerMessage(sent.document()))
            #expect(read.dataCollectionPolicy?.contains("<access><all/></access>") == true)
            // Encoding it again keeps the policy that came.
            #expect(try Hello().decode(ServerMessage(read.document())) == read)
            read.dataCollectionPolicy = nil
            #expect(read == sent)
        }
    }

    @Test func `a hello is a hello`() throws {
        guard case .hello = try read(Hello(), id: nil) else { throw Mismatch(Hello()) }
        // It has no place for a transaction identifier.
        #expect(try Hello().document(transactionID: "abc") == Hello().document())
    }

    private struct Mismatch: Error, CustomStringConvertible {
        let description: String

        init(_ command: some Command) {
            description = "came back as something else: \(command)"
        }
    }
}
