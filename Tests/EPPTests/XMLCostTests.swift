import EPP
import Testing

/// What reading a document costs, counted and not timed: in proportion to its size, whatever stands in it.
@Suite(.enabled("a release build counts nothing") { XMLCost.isCounted })
struct `The cost of a document` {
    /// Two sizes of each document. Where the cost grows faster than the size, the larger one costs four times as much a
    /// byte.
    private static let sizes = [4_000, 16_000]
    private static let growth = 2.6
    /// So many steps a byte are allowed for reading; a copy of the document's bytes is one step a byte.
    private static let readingSteps = 8.0
    /// And for taking everything out of a message, once for each type that could be in it.
    private static let decodingSteps = 150.0
    /// So many times its size a document may take in memory, beside this many bytes.
    private static let memory = 40
    private static let memoryAtLeast = 16 * 1024

    /// No limit but those on what a peer cannot do without: the costs are to be linear by themselves.
    private static let limits = XMLLimits {
        $0.documentLength = .max
        $0.depth = .max
        $0.elementCount = .max
        $0.attributeCount = .max
        $0.namespaceCount = .max
        $0.nameLength = .max
        $0.attributeLength = .max
        $0.textLength = .max
    }

    /// The steps a byte that some work costs must be no more than some, and grow hardly with the size.
    private func expectLinear(
        atMost limit: Double, in place: Place? = nil, _ document: (Int) -> [UInt8], _ work: ([UInt8]) throws -> Void
    ) rethrows {
        let costs = try Self.sizes.map { size in
            let document = document(size)
            return Double(try XMLCost.of { try work(document) }) / Double(document.count)
        }
        let place = place.map { "\($0)" } ?? ""
        #expect(costs[1] <= limit && costs[1] <= costs[0] * Self.growth, "\(place) \(costs) steps a byte")
    }

    @Test(arguments: Shape.all) func `is linear where it is read, and so is the memory`(shape: Shape) throws {
        try expectLinear(atMost: Self.readingSteps, shape.document) { document in
            let footprint = try XMLTree(document, limits: Self.limits).footprint
            #expect(footprint <= Self.memory * document.count + Self.memoryAtLeast, "\(document.count) bytes")
        }
    }

    @Test(arguments: Shape.all) func `is linear where a response is made of it`(shape: Shape) throws {
        for place in Place.allCases {
            try expectLinear(atMost: Self.decodingSteps, in: place, { place.document(shape, $0) }) { document in
                Self.decode(try ServerMessage(document, limits: Self.limits))
            }
        }
    }

    @Test(arguments: Shape.all) func `is linear where a command is made of it`(shape: Shape) {
        expectLinear(atMost: Self.decodingSteps, { Place.command(shape, $0) }) { document in
            guard let message = try? ClientMessage(document, limits: Self.limits) else { return }
            _ = try? message.decodeExtension(SecDNSCreate.self)
            _ = try? message.decodeExtension(FeeCheck.self)
            _ = try? message.decodeExtension(LaunchCreate.self)
        }
    }

    @Test(arguments: Shape.all) func `is linear where it is redacted, whole or cut`(shape: Shape) {
        for cut in [0, 3] {
            expectLinear(atMost: 2 * Self.readingSteps, { Array(shape.document($0).dropLast(cut)) }) { document in
                _ = Redaction.text(of: document)
            }
            expectLinear(atMost: 2 * Self.readingSteps, { Array(shape.document($0).dropFirst(cut)) }) { document in
                _ = Redaction.text(of: document)
            }
        }
    }

    @Test(arguments: Shape.all) func `the XML that is kept of it is no more than seventeen times as long`(
        shape: Shape
    ) throws {
        for place in Place.allCases {
            let document = place.document(shape, Self.sizes[1])
            guard let response = try? ServerMessage(document, limits: Self.limits).response(of: PollData.self) else {
                continue
            }
            var length = response.extensions.reduce(0) { $0 + $1.utf8.count }
            length += response.results.flatMap(\.values).reduce(0) { $0 + $1.utf8.count }
            if case .other(let elements) = response.data { length += elements.reduce(0) { $0 + $1.utf8.count } }
            #expect(length <= 17 * document.count + 64 * 1024, "\(place): \(length) for \(document.count)")
        }
    }

    @Test func `a message whose parts would become gigabytes is refused where they are taken out`() throws {
        // Sixty declarations of 7,600 bytes, and some thousand elements that use one each.
        let declarations = (0..<60).map { "xmlns:p\($0)='urn:\(String(repeating: "x", count: 7600))\($0)'" }
        let elements = (0..<40_000 / 8).map { "<p\($0 % 60):a/>" }
        for place in [Place.extensions, .data, .values] {
            let document = place.document(declarations.joined(separator: " "), elements)
            #expect(throws: ParsingError.self) { try ServerMessage(document).response(of: PollData.self) }
        }
    }

    private static func decode(_ message: ServerMessage) {
        _ = try? message.greeting()
        _ = try? message.response(of: [DomainAvailability].self)
        _ = try? message.response(of: DomainInfo.self)
        _ = try? message.response(of: HostInfo.self)
        _ = try? message.response(of: ContactInfo.self)
        guard let response = try? message.response(of: PollData.self) else { return }
        _ = try? response.decodeExtensions(SecDNSInfo.self)
        _ = try? response.decodeExtensions(GracePeriods.self)
        _ = try? response.decodeExtensions(FeeCheckData.self)
        _ = try? response.decodeExtensions(FeeResult.self)
        _ = try? response.decodeExtensions(LaunchInfo.self)
        _ = try? response.decodeExtensions(ChangePoll.self)
        _ = try? response.decodeExtensions(RawExtension.self)
    }
}
