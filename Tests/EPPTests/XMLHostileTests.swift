import EPP
import Foundation
import Testing

/// Documents made to hurt: each is refused, quickly, and nothing crashes.
@Suite
struct XMLHostileTests {
    private func reason(_ text: String, limits: XMLLimits = XMLLimits()) -> String? {
        do throws(ParsingError) {
            _ = try XMLTree(text.bytes, limits: limits)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [
        "<!DOCTYPE epp><epp/>", "<!DOCTYPE epp SYSTEM \"file:///etc/passwd\"><epp/>",
        "<!DOCTYPE epp PUBLIC \"x\" \"http://localhost/x\"><epp/>", "<!DOCTYPE epp [<!ENTITY a \"b\">]><epp>&a;</epp>",
        "<?xml version=\"1.0\"?>\n<!-- c --><!DOCTYPE epp [<!ENTITY % p SYSTEM 'x'> %p;]><epp/>",
        "<epp><!DOCTYPE a></epp>",
        "<epp/><!DOCTYPE epp>", "\u{FEFF} <!DOCTYPE epp><epp/>", "<!DOCTYPE",
        "<!DOCTYPE epp [<!ATTLIST a b CDATA 'c'>]><a/>",
    ]) func `every DOCTYPE is refused`(text: String) {
        #expect(reason(text) == "a DOCTYPE is not accepted")
    }

    @Test(arguments: [
        "<!doctype epp><epp/>", "<!ENTITY a 'b'><epp/>", "<epp><!ELEMENT a ANY></epp>", "<epp><![INCLUDE[]]></epp>",
    ])
    func `no other declaration is accepted either`(text: String) {
        #expect(reason(text) != nil)
    }

    @Test func `a billion laughs are refused before the first`() {
        var text = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">"
        for level in 1...9 {
            let references = String(repeating: "&lol\(level - 1);", count: 10)
            text += "<!ENTITY lol\(level) \"\(references)\">"
        }
        text += "]><lolz>&lol9;</lolz>"
        #expect(reason(text) == "a DOCTYPE is not accepted")
    }

    @Test func `deep nesting is refused at the limit`() {
        let depth = XMLLimits().depth
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(reason(nested(depth)) == nil)
        #expect(reason(nested(depth + 1)) == "elements nest deeper than \(depth)")
        #expect(reason(String(repeating: "<a>", count: 200_000)) == "elements nest deeper than \(depth)")
    }

    @Test func `many elements are refused at the limit`() {
        let limits = XMLLimits { $0.elementCount = 10 }
        #expect(reason("<a>" + String(repeating: "<b/>", count: 9) + "</a>", limits: limits) == nil)
        #expect(
            reason("<a>" + String(repeating: "<b/>", count: 10) + "</a>", limits: limits) == "more than 10 elements")
    }

    @Test func `many attributes are refused at the limit`() {
        func attributes(_ count: Int, _ prefix: String = "a") -> String {
            "<a " + (0..<count).map { "\(prefix)\($0)='u'" }.joined(separator: " ") + "/>"
        }
        #expect(reason(attributes(64)) == nil)
        #expect(reason(attributes(65)) == "more than 64 attributes")
        #expect(reason(attributes(65, "xmlns:a")) == "more than 64 attributes")
    }

    @Test func `many namespaces are refused at the limit`() {
        let open = (0..<64).map { "<a xmlns:a\($0)='u' xmlns:b\($0)='u' xmlns:c\($0)='u'>" }.joined()
        #expect(reason(open) == "more than 128 namespace declarations")
        let each = (0..<200).map { "<b xmlns='u\($0)'/>" }.joined()
        #expect(reason("<a>\(each)</a>") == "more than 128 namespaces")
        let same = (0..<200).map { _ in "<b xmlns='u'/>" }.joined()
        #expect(reason("<a>\(same)</a>") == nil)
    }

    @Test func `long names, attributes, texts and documents are refused at the limit`() {
        let limits = XMLLimits {
            $0.nameLength = 10
            $0.attributeLength = 10
            $0.textLength = 10
            $0.documentLength = 60
        }
        let ten = String(repeating: "x", count: 10)
        for text in ["<\(ten)/>", "<a \(ten)='1'/>", "<a x='\(ten)'/>", "<a>\(ten)</a>", "<a><![CDATA[\(ten)]]></a>"] {
            #expect(reason(text, limits: limits) == nil)
            let longer = text.replacing(ten, with: ten + "x")
            #expect(reason(longer, limits: limits)?.contains("of 11 bytes, but no more than 10 are allowed") == true)
        }
        #expect(
            reason("<a>" + String(repeating: " <b/>", count: 20) + "</a>", limits: limits)
                == "document of 107 bytes, but no more than 60 are allowed")
    }

    @Test func `a document at the limits is read in no time`() {
        // The dearest that the limits allow: each element looks through all declarations for its prefix.
        let declarations = (0..<60).map { "xmlns:prefix\($0)='u'" }.joined(separator: " ")
        let text =
            "<prefix0:a \(declarations)>" + String(repeating: "<prefix0:b prefix1:c=''/>", count: 40_000)
            + "</prefix0:a>"
        let time = ContinuousClock().measure { #expect(reason(text) == nil) }
        #expect(time < .seconds(20))
    }

    @Test func `taking elements out of a document at the limits is done in no time`() throws {
        let declarations = (0..<60).map { "xmlns:p\($0)='u'" }.joined(separator: " ")
        let nested = "<p0:b a='" + String(repeating: "a:p", count: 1000) + "'/>"
        let text = "<p0:a \(declarations)>" + String(repeating: nested, count: 20) + "</p0:a>"
        let root = try XMLTree(text.bytes).root
        let time = ContinuousClock().measure {
            #expect(root.childrenXML.allSatisfy { $0.hasPrefix("<p0:b xmlns:p0='u' a=") })
        }
        #expect(time < .seconds(20))
    }

    @Test func `a document cut anywhere is refused`() throws {
        for document in try Hostile.documents() {
            for cut in 0..<document.count {
                if (try? XMLTree(Array(document[..<cut]))) != nil { Issue.record("accepted, cut at \(cut)") }
            }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func `a document with flipped bits never crashes`(seed: UInt64)
        throws
    {
        var samples = Samples(seed: seed)
        for document in try Hostile.documents() {
            for _ in 0..<60 * Hostile.effort {
                var damaged = document
                for _ in 0..<samples.number(1...4) {
                    damaged[samples.number(0...(damaged.count - 1))] ^= 1 << UInt8(samples.number(0...7))
                }
                Hostile.read(damaged)
            }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func `documents of spliced pieces never crash`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        let documents = try Hostile.documents()
        let pieces = [
            "<", ">", "/", "&", ";", "'", "\"", "=", "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "?>", "xmlns", ":",
            "&#x",
            "<!DOCTYPE", "</epp>", "\u{FEFF}", "é", "\r",
        ].map(\.bytes)
        for _ in 0..<250 * Hostile.effort {
            var document = samples.pick(documents)
            for _ in 0..<samples.number(1...5) {
                let place = samples.number(0...document.count)
                let end = min(document.count, place + samples.number(0...8))
                let piece =
                    samples.chance() ? samples.pick(pieces) : Array(samples.pick(documents).prefix(60).suffix(20))
                document.replaceSubrange(place..<end, with: piece)
            }
            Hostile.read(document)
        }
    }
}

private enum Hostile {
    /// How many times as much is tried as in a usual run: `EPP_FUZZ_EFFORT`, 1 where it is unset.
    static let effort = ProcessInfo.processInfo.environment["EPP_FUZZ_EFFORT"].flatMap(Int.init) ?? 1

    static func documents() throws -> [[UInt8]] {
        var samples = Samples(seed: 42)
        return [
            try samples.login().document(transactionID: "ABC-12345"),
            try samples.createDomain().document(transactionID: "ABC-12345"),
            try samples.response(samples.domainInfo()).document(),
            try samples.response([DomainAvailability(name: "é&<", isAvailable: false, reason: "]]>")]).document(),
            try samples.greeting().document(),
            "<?xml version='1.0'?>\r\n<!-- c --><e:a xmlns:e='u' x='&#65;'><![CDATA[<é>]]><?p i?>é&amp;</e:a>".bytes,
        ]
    }

    /// Reads a document in all ways, and all that it gives. What it throws is of no interest, that it comes back is.
    static func read(_ document: [UInt8]) {
        if let tree = try? XMLTree(document) { touch(tree.root) }
        if let message = try? ServerMessage(document) {
            _ = try? message.greeting()
            _ = try? message.response(of: DomainInfo.self).extensions
            _ = try? message.response(of: [DomainAvailability].self).results
            _ = try? message.response(of: DomainCreation.self).messageQueue
        }
        _ = try? ClientMessage(document)
        _ = Redaction.text(of: document)
    }

    private static func touch(_ element: XMLTree.Element) {
        _ = (element.name, element.text, element.token, element.xml, element.innerXML, element.attribute("x"))
        for child in element.children { touch(child) }
    }
}
