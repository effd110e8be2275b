import EPP
import Testing

@testable import EPPTool

/// Every scalar that there is.
private var scalars: some Sequence<Unicode.Scalar> {
    (0...0x10FFFF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init)
}

struct `Text of somebody else` {
    @Test(arguments: [
        ("\u{202E}vog.a", #"\u{202E}vog.a"#), ("a\u{200B}b\u{FEFF}", #"a\u{200B}b\u{FEFF}"#),
        ("\u{1B}[2J\u{9B}31m\u{7}", #"\u{1B}[2J\u{9B}31m\u{7}"#), ("a\r\nb", #"a\u{D}\u{A}b"#),
        ("a\u{2028}b\u{2029}\u{85}", #"a\u{2028}b\u{2029}\u{85}"#), ("\u{1B}[31mred", #"\u{1B}[31mred"#),
        ("e\u{FE0F}\u{E0101}", #"e\u{FE0F}\u{E0101}"#),
        ("\u{1F3F4}\u{E0067}\u{E007F}", "\u{1F3F4}" + #"\u{E0067}\u{E007F}"#),
        ("\u{AD}\u{34F}\u{61C}\u{180E}\u{3164}", #"\u{AD}\u{34F}\u{61C}\u{180E}\u{3164}"#),
        ("\u{E000}\u{FFFE}", #"\u{E000}\u{FFFE}"#), ("é\u{301} 中\tü", "é\u{301} 中\tü"), ("", ""),
    ]) func `is shown by numbers where it cannot be seen`(text: String, expected: String) {
        #expect(text.printable == expected)
    }

    @Test func `keeps its lines and the marks of this program, and nothing else, in the last look`() {
        let style = Style(isColored: true)
        let text = style.mark("a", .good) + "\n\t" + style.mark("b", .strong)
        #expect(text.visible == text)
        #expect("a\u{1B}[5mb\u{1B}[31".visible == #"a\u{1B}[5mb\u{1B}[31"#)
        #expect("a\r\nb\u{202E}".visible == #"a\u{D}"# + "\n" + #"b\u{202E}"#)
    }

    @Test func `has none of the characters that Unicode says are invisible or change the direction`() {
        for scalar in scalars {
            let properties = scalar.properties
            let isDangerous =
                properties.isBidiControl || properties.isDefaultIgnorableCodePoint || properties.isVariationSelector
                || properties.isNoncharacterCodePoint || properties.generalCategory == .format
                || (properties.generalCategory == .control && scalar != "\t")
            guard isDangerous else { continue }
            let shown = String(scalar).printable
            let isASCII = shown.utf8.allSatisfy { 0x20..<0x7F ~= $0 }
            if !isASCII { Issue.record("U+\(String(scalar.value, radix: 16))") }
            let json = JSONValue.string(String(scalar)).text
            let isEscaped = json.utf8.allSatisfy { 0x20..<0x7F ~= $0 }
            if !isEscaped { Issue.record("U+\(String(scalar.value, radix: 16)) in JSON") }
        }
    }

    @Test func `is escaped in JSON by JSON's rules`() {
        #expect(JSONValue.string("\u{202E}a\u{E0067}\u{1F600}").text == #""\u202ea\udb40\udc67\#u{1F600}""#)
    }

    @Test func `is safe in every place of a report`() throws {
        let evil = "x\u{202E}\u{200B}\u{2028}\u{9B}y"
        let domain = "xmlns:domain='urn:ietf:params:xml:ns:domain-1.0'"
        let document = """
            <response><result code="1000"><msg>\(evil)</msg></result><resData><domain:infData \(domain)>\
            <domain:name>\(evil)</domain:name><domain:roid>\(evil)</domain:roid><domain:status s="\(evil)">\(evil)\
            </domain:status><domain:contact type="\(evil)">\(evil)</domain:contact><domain:ns><domain:hostObj>\(evil)\
            </domain:hostObj></domain:ns><domain:exDate>\(evil)</domain:exDate></domain:infData></resData>\
            <extension><a xmlns="u">\(evil)</a></extension><trID><svTRID>\(evil)</svTRID></trID></response>
            """
        let report = try reports(["info", "a.gov"], CannedSender(document))[0]
        for text in [report.text(.plain), report.text(Style(isColored: true)), report.json] {
            #expect(text.visible == text, "\(text)")
            #expect(!text.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{2028}" || $0 == "\u{9B}" })
        }
    }
}
