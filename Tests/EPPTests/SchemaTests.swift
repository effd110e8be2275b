import EPP
import EPPSchema
import Testing

/// Messages made at random are valid by the schemas of the RFCs, and what is read of them is what was written. Takes the
/// directory of the schemas from `EPP_SCHEMAS`; skipped, saying so, where it is unset.
@Suite(.enabled("\(Schemas.whyNot)") { Schemas.isThere })
struct SchemaTests {
    private static let seeds: [UInt64] = Array(1...4)
    private static let rounds = 15
    private let schemas: SchemaSet

    init() throws {
        schemas = try Schemas.set()
    }

    private struct Mismatch: Error {
        var document: String

        init(_ document: [UInt8]) {
            self.document = String(decoding: document, as: UTF8.self)
        }
    }

    /// Holds a document against the schemas, and what is read of it against what was written.
    private func check(_ document: [UInt8], _ isSame: (ClientMessage.Body) throws -> Bool) throws {
        try schemas.validate(document)
        guard try isSame(ClientMessage(document).body) else { throw Mismatch(document) }
    }

    @Test(arguments: seeds) func `every command is valid and is read as it was written`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        try schemas.validate(Hello().document())
        try schemas.validate(Logout().document(transactionID: "abc"))
        for _ in 0..<Self.rounds {
            let id = samples.optional { $0.token(3...64) }
            for command in samples.commands() {
                let document = try command.document(transactionID: id)
                try check(document) { $0.typedCommand == AnyHashable(command) }
            }
        }
        let other = ProtocolExtension("<x:a xmlns:x=\"urn:example:x\" v=\"1\">a</x:a>")
        try check(other.document()) { $0.typedCommand == AnyHashable(other) }
    }

    @Test(arguments: seeds) func `every response is valid and is read as it was written`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            try schemas.validate(samples.greeting().document())
            for data in samples.data() { try check(data, &samples) }
            try schemas.validate((samples.response(nil) as CommandResponse<Never>).document())
        }
    }

    private func check<Data: ResponseData & Equatable>(_ data: Data, _ samples: inout Samples) throws {
        let response = samples.response(data)
        let document = try response.document()
        try schemas.validate(document)
        guard try ServerMessage(document).response(of: Data.self) == response else { throw Mismatch(document) }
    }

    @Test(arguments: seeds) func `every extension is valid and is read as it was written`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        for _ in 0..<Self.rounds {
            for item in samples.commandExtensions() { try check(item, samples.updateDomain()) }
            for item in samples.responseExtensions() {
                var response: CommandResponse<Never> = samples.response(nil)
                try response.appendExtension(item)
                try schemas.validate(response.document())
            }
            // On the commands that they belong to.
            try check(SecDNSCreate(samples.zone(), maximumSignatureLife: samples.life()), samples.createDomain())
        }
    }

    private func check<Value: CommandExtension & Equatable>(_ value: Value, _ command: some TransactionCommand) throws {
        let document = try command.with(value).document()
        try schemas.validate(document)
        guard try ClientMessage(document).decodeExtension(Value.self) == value else { throw Mismatch(document) }
    }

    @Test(arguments: seeds) func `a command with a wild value is refused, or is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        samples.wildness = 12
        var sent: Set<String> = []
        var refused: Set<String> = []
        var wrong: [String] = []
        for _ in 0..<(8 * Self.rounds) {
            let id = samples.optional { $0.token(3...64) }
            for command in samples.commands() {
                let name = type(of: command).name
                let document: [UInt8]
                do {
                    document = try command.document(transactionID: id)
                } catch is InvalidValue {
                    refused.insert(name)
                    continue
                }
                sent.insert(name)
                do {
                    // Only the date of a renewal is sent, not its time.
                    try check(document) { command is RenewDomain || $0.typedCommand == AnyHashable(command) }
                } catch {
                    wrong.append("\(error): \(String(decoding: document, as: UTF8.self))")
                }
            }
        }
        #expect(wrong.count == 0, "\(wrong.prefix(5))")
        let names = Set(samples.commands().map { type(of: $0).name })
        #expect(sent == names)
        // A poll has no value that could be wrong.
        #expect(refused.union(["Poll"]) == names)
    }

    @Test func `what is not valid is told apart`() {
        let documents = [
            "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command/></epp>",
            "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><logout/><clTRID>ab</clTRID></command></epp>",
        ]
        for document in documents {
            #expect(throws: SchemaViolation.self) { try schemas.validate(document.bytes) }
        }
    }
}
