import EPP
import Testing

/// What reading a document costs, counted and not timed: in proportion to its size, whatever stands in it.
@Suite(.enabled("a release build counts nothing") { XMLCost.isCounted })
struct `The cost of a document` {
    private static let sizes = [2_000, 16_000]

    /// So many steps a byte are allowed for reading; a copy of the document's bytes is one step a byte.
    private static let readingSteps = 12
    /// And for taking everything out of a message, once for each type that could be in it.
    private static let decodingSteps = 260
    /// So many times its size a document may take in memory, beside this many bytes.
    private static let memory = 48
    private static let memoryAtLeast = 64 * 1024

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

    @Test(arguments: Shape.all) func `is linear where it is read`(shape: Shape) throws {
        for size in Self.sizes {
            let document = shape.document(size)
            var tree: XMLTree?
            let steps = try XMLCost.of { tree = try XMLTree(document, limits: Self.limits) }
            #expect(steps <= Self.readingSteps * document.count, "\(steps) for \(document.count) bytes")
            let footprint = try #require(tree).footprint
            #expect(footprint <= Self.memory * document.count + Self.memoryAtLeast, "\(footprint) for \(document.count)")
        }
    }

    @Test(arguments: Shape.all) func `is linear where a response is made of it`(shape: Shape) throws {
        for size in Self.sizes {
            for place in Place.allCases {
                let document = place.document(shape, size)
                let message = try ServerMessage(document, limits: Self.limits)
                let steps = XMLCost.of { Self.decode(message) }
                #expect(
                    steps <= Self.decodingSteps * document.count, "\(place): \(steps) for \(document.count) bytes")
            }
        }
    }

    @Test(arguments: Shape.all) func `is linear where a command is made of it`(shape: Shape) throws {
        for size in Self.sizes {
            let document = Place.command(shape, size)
            let steps = XMLCost.of {
                guard let message = try? ClientMessage(document, limits: Self.limits) else { return }
                _ = try? message.decodeExtension(SecDNSCreate.self)
                _ = try? message.decodeExtension(FeeCheck.self)
                _ = try? message.decodeExtension(LaunchCreate.self)
            }
            #expect(steps <= Self.decodingSteps * document.count, "\(steps) for \(document.count) bytes")
        }
    }

    @Test(arguments: Shape.all) func `is linear where it is redacted`(shape: Shape) throws {
        for size in Self.sizes {
            let document = shape.document(size)
            for document in [document, Array(document.dropLast(3)), Array(document.dropFirst(3))] {
                let steps = XMLCost.of { _ = Redaction.text(of: document) }
                #expect(steps <= 2 * Self.readingSteps * document.count, "\(steps) for \(document.count) bytes")
            }
        }
    }

    @Test(arguments: Shape.all) func `the XML that is kept of it is no more than seventeen times as long`(
        shape: Shape
    ) throws {
        for size in Self.sizes {
            for place in Place.allCases {
                let document = place.document(shape, size)
                guard let response = try? ServerMessage(document, limits: Self.limits).response(of: PollData.self) else {
                    continue
                }
                var length = response.extensions.reduce(0) { $0 + $1.utf8.count }
                length += response.results.flatMap(\.values).reduce(0) { $0 + $1.utf8.count }
                if case .other(let elements) = response.data { length += elements.reduce(0) { $0 + $1.utf8.count } }
                #expect(length <= 2 * (17 * document.count + 64 * 1024), "\(place): \(length) for \(document.count)")
            }
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
