import EPP
import Testing

/// What is encoded is decoded to the same values, for values made at random from fixed seeds.
@Suite
struct RoundTripTests {
    private static let seeds: [UInt64] = Array(1...4)
    private static let rounds = 15
    private static let unknown = "<x:a xmlns:x=\"urn:x\">1</x:a>"

    private func read(_ command: some Command, id: String?) throws -> ClientMessage.Body {
        let message = try ClientMessage(try command.document(transactionID: id))
        #expect(message.transactionID == id)
        return message.body
    }

    @Test(arguments: seeds) func `a command reaches the registry as it was sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            let id = samples.optional { $0.token(3...64) }
            for command in samples.commands() {
                guard try read(command, id: id).typedCommand == AnyHashable(command) else { throw Mismatch(command) }
            }
        }
        guard case .logout = try read(Logout(), id: "abc") else { throw Mismatch(Logout()) }
    }

    @Test(arguments: seeds) func `data reaches the client as it was sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            for data in samples.data() { try roundTrip(data, &samples) }
            let plain: CommandResponse<Never> = samples.response(nil)
            try same(plain, Logout().decode(ServerMessage(plain.document())))
        }
    }

    private func roundTrip<Data: ResponseData & Hashable>(_ data: Data, _ samples: inout Samples) throws {
        let sent = samples.response(samples.chance(9) ? nil : data)
        try same(sent, ServerMessage(sent.document()).response(of: Data.self))
    }

    @Test(arguments: seeds) func `extensions reach the registry as they were sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            let extensions = samples.commandExtensions()
            for item in extensions {
                let document = try UpdateDomain(samples.domain()).with(RawExtension(xml: Self.unknown), item).document()
                try expect(item, in: ClientMessage(document))
            }
            let all = ExtendedCommand(samples.checkDomain(), extensions: extensions)
            #expect(try ClientMessage(all.document()).extensions.count == extensions.count)
        }
    }

    private func expect<Value: CommandExtension & Hashable>(_ value: Value, in message: ClientMessage) throws {
        try same(value, message.decodeExtension())
        #expect(try message.decodeExtension(RawExtension.self)?.elementXML == Self.unknown)
    }

    @Test(arguments: seeds) func `extensions reach the client as they were sent`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            for item in samples.responseExtensions() {
                var sent: CommandResponse<Never> = samples.response(nil)
                sent.extensions.removeAll()
                try sent.appendExtension(RawExtension(xml: Self.unknown))
                try sent.appendExtension(item)
                try expect(item, in: Logout().decode(ServerMessage(sent.document())))
            }
        }
    }

    private func expect<Value: ResponseExtension & Hashable>(
        _ value: Value, in response: CommandResponse<Never>
    ) throws {
        try same(value, response.decodeExtension())
        try same([value], response.decodeExtensions())
        #expect(response.extensions.first == Self.unknown)
    }

    private func same<T: Equatable>(_ sent: T, _ read: T?) throws {
        try same(Optional(sent), read)
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
