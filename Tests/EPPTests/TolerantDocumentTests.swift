import EPP
import Testing

/// Documents that are broken as registries break them: read all the same on demand, each repair counted and told; and
/// what hostile input can do is as little as before.
@Suite
struct `A reply that is read tolerantly` {
    private static let epp = "xmlns=\"urn:ietf:params:xml:ns:epp-1.0\""

    private static func reply(_ content: String = "", declaration: String = "", message: String = "done") -> String {
        "\(declaration)<epp \(epp)><response><result code=\"2303\"><msg>\(message)</msg>\(content)</result>"
            + "<trID><clTRID>abc-1</clTRID><svTRID>sv-1</svTRID></trID></response></epp>"
    }

    private func read(_ bytes: [UInt8]) throws -> CommandResponse<Never> {
        #expect(throws: ParsingError.self, "strictly it is refused") { try ServerMessage(bytes) }
        return try ServerMessage(bytes, reading: .tolerant).response()
    }

    private func expect(
        _ bytes: [UInt8], _ flaws: [ReplyFlaw], message: String = "done",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try read(bytes)
        #expect(reply.code == .objectDoesNotExist && reply.message == message, sourceLocation: sourceLocation)
        #expect(reply.flaws == flaws && reply.clientTransactionID == "abc-1", sourceLocation: sourceLocation)
    }

    @Test func `Verisign: a prefix on a value is not declared`() throws {
        let bytes = Self.reply("<value><poll:msgID>17</poll:msgID></value>").bytes
        try expect(bytes, [ReplyFlaw(.undeclaredPrefix, note: "poll")])
        let reply = try read(bytes)
        // It stands by itself, and in no namespace that anything is in.
        let value = try XMLTree(try #require(reply.results[0].values.first).bytes).root
        #expect(value.name == "msgID" && value.text == "17")
        #expect(value.namespaceURI == "urn:x-undeclared-prefix:poll")
    }

    @Test func `SK-NIC: a form feed in text`() throws {
        try expect(
            Self.reply(message: "one\u{0C}two\u{1}\u{FFFE}").bytes, [ReplyFlaw(.controlCharacter, count: 3)],
            message: "one two \u{FFFD}")
    }

    @Test func `SIDN: white space in front of the XML declaration`() throws {
        try expect(
            Self.reply(declaration: "\r\n \t<?xml version=\"1.0\" encoding=\"UTF-8\"?>").bytes,
            [ReplyFlaw(.spaceBeforeDeclaration)])
    }

    @Test(arguments: [("ISO-8859-1", UInt8(0xFC), "ü"), ("windows-1252", 0x80, "€"), ("ISO-8859-15", 0xA4, "€")])
    func `a registry that declares another encoding of single bytes`(name: String, byte: UInt8, text: String) throws {
        let document = Self.reply(declaration: "<?xml version='1.0' encoding='\(name)'?>", message: "a*z").bytes
        let encoded = document.map { $0 == UInt8(ascii: "*") ? byte : $0 }
        try expect(encoded, [ReplyFlaw(.encoding, note: name.lowercased())], message: "a\(text)z")
    }

    @Test func `a registry that declares ASCII, or nothing, and sends other bytes`() throws {
        for declaration in ["<?xml version='1.0' encoding='US-ASCII'?>", "", "<?xml version='1.0'?>"] {
            let document = Self.reply(declaration: declaration, message: "a*z").bytes
            let reply = try read(document.map { $0 == UInt8(ascii: "*") ? 0xFC : $0 })
            #expect(reply.message == "a\u{FFFD}z")
            #expect(reply.flaws.contains(ReplyFlaw(.invalidText)))
        }
    }

    @Test(arguments: [true, false], [true, false]) func `a registry that sends UTF-16`(isBig: Bool, hasMark: Bool)
        throws
    {
        let text = Self.reply(declaration: "<?xml version=\"1.0\" encoding=\"UTF-16\"?>", message: "é中😀")
        let bytes = ((hasMark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBig ? [high, low] : [low, high]
        }
        try expect(bytes, [ReplyFlaw(.encoding, note: isBig ? "UTF-16BE" : "UTF-16LE")], message: "é中😀")
    }

    @Test func `all at once`() throws {
        let document = Self.reply(
            "<value><x:a b:c='1' d:c='2'/></value>", declaration: " <?xml version='1.0' encoding='latin1'?>",
            message: "a\u{0C}*")
        try expect(
            document.bytes.map { $0 == UInt8(ascii: "*") ? 0xE9 : $0 },
            [
                ReplyFlaw(.spaceBeforeDeclaration), ReplyFlaw(.encoding, note: "latin1"), ReplyFlaw(.controlCharacter),
                ReplyFlaw(.undeclaredPrefix, count: 3, note: "x, b, d"),
            ], message: "a é")
    }

    @Test func `says nothing about one without fault`() throws {
        let message = try ServerMessage(Self.reply().bytes, reading: .tolerant)
        #expect(message.flaws.isEmpty)
        #expect(try message.response(of: Never.self).flaws.isEmpty)
    }

    // MARK: What is refused either way

    private static let xml = "<?xml version='1.0'?>"

    @Test(arguments: [
        "<!DOCTYPE epp><epp/>", " \(xml)<!DOCTYPE epp [<!ENTITY a 'b'>]><epp>&a;</epp>", "<epp>&lol;\u{1}</epp>",
        "<epp>\u{0}</epp>", "<e\u{0C}pp/>", "<epp \u{0C}a='b'/>", "<epp\u{0C}a='b'/>", "<epp>&#0;\u{1}</epp>", "<epp>",
        "\u{1}<epp/>", "<epp/>\u{1}", "<a><xmlns:b/></a>", "<a><b c='1' c='2'/>\u{1}</a>", "<a x:b='1' x:b='2'/>", "",
        " ", "<?xml version='1.0' encoding='EBCDIC'?>", "<a>]]>\u{1}</a>", "<a \u{FFFE}='b'/>",
    ]) func `is refused for what is not known to be harmless`(text: String) {
        #expect(throws: ParsingError.self) { try XMLTree(text.bytes, reading: .tolerant) }
    }

    @Test func `is refused beyond the limits, also those that a conversion goes beyond`() {
        let limits = XMLLimits {
            $0.documentLength = 120
            $0.depth = 3
        }
        let latin =
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>".bytes + Array(repeating: 0xE9, count: 70) + "</a>".bytes
        #expect(latin.count > 120 || latin.count * 2 > 120)
        for bytes in [latin, "<a><b><c><x:d/></c></b></a>".bytes, Array(repeating: 0x20, count: 200) + "<a/>".bytes] {
            #expect(throws: ParsingError.self) { try XMLTree(bytes, limits: limits, reading: .tolerant) }
        }
        let many = "<a>" + (0..<17).map { "<p\($0):b/>" }.joined() + "</a>"
        #expect(throws: ParsingError.self) { try XMLTree(many.bytes, reading: .tolerant) }
    }

    @Test func `takes no undeclared prefix for the namespace that it is customary for`() throws {
        let text = "<epp \(Self.epp)><response><result code='1000'/><resData><domain:creData><domain:name>a.gov"
        let document = text + "</domain:name></domain:creData></resData></response></epp>"
        let reply = try ServerMessage(document.bytes, reading: .tolerant).response(of: DomainCreation.self)
        #expect(reply.data == nil && reply.code == .success && reply.dataXML.count == 1)
        #expect(throws: ParsingError.self) {
            try ServerMessage(
                "<e:epp><e:response><e:result code='1000'/></e:response></e:epp>".bytes, reading: .tolerant)
        }
    }

    @Test(.enabled("a release build counts nothing") { XMLCost.isCounted }, arguments: Shape.all)
    func `costs in proportion to its size`(shape: Shape) throws {
        let limits = XMLLimits {
            $0.documentLength = .max
            $0.depth = .max
            $0.elementCount = .max
            $0.attributeCount = 1_000_000
            $0.namespaceCount = 1_000_000
            $0.nameLength = .max
            $0.attributeLength = .max
            $0.textLength = .max
        }
        let costs = [4_000, 16_000].map { size in
            // Broken at its start and at its end, so that all of it is read again.
            let document = " \n<?xml version='1.0'?>".bytes + shape.document(size) + [0x20]
            let cost = XMLCost.of { _ = try? XMLTree(document, limits: limits, reading: .tolerant) }
            return Double(cost) / Double(document.count)
        }
        #expect(costs[1] <= 40 && costs[1] <= costs[0] * 2.6, "\(costs) steps a byte")
    }
}
