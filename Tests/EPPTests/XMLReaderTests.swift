import EPP
import Testing

@Suite
struct XMLReaderTests {
    private func root(_ text: String) throws -> XMLTree.Element {
        try XMLTree(text.bytes).root
    }

    @Test(arguments: [
        "<a/>", "<a></a>", "<a ></a >", "<a\n\t/>", "\u{FEFF}<a/>", " \n<a/>\n ", "<_/>", "<é/>", "<a-b.c1/>",
        "<?xml version=\"1.0\"?><a/>", "<?xml version='1.1' encoding='utf-8' standalone='yes' ?>\n<a/>",
        "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><a/>", "<!-- c --><a/><!-- - -->", "<?p?><a/><?xmlish x ?>",
        "<a><?p q?><!----><![CDATA[]]></a>", "<a x='\"' y=\"'\"/>", "<a x = '1'/>", "<a>]] &gt; ></a>", "<a x='>'/>",
        "<p:a xmlns:p='u' p:x='1' x='2'/>", "<a xmlns='u'><b xmlns=''/></a>", "<a xml:lang='en'/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "<a>\u{9}\u{A}\u{D}\u{85}\u{FFFD}\u{10FFFF}</a>",
        "<a x='1'><a x='1'/></a>",
    ]) func `what is well-formed is accepted`(text: String) throws {
        _ = try root(text)
    }

    @Test(arguments: [
        "", " ", "a", "<", "<a", "<a>", "</a>", "<a></b>", "<a></aa>", "<aa></a>", "<a/><b/>", "<a/>b", "b<a/>",
        "<a>&</a>",
        "<a", "< a/>", "<1a/>", "<-a/>", "<.a/>", "<a b/>", "<a b=/>", "<a b=c/>", "<a b='c/>", "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>", "<a/ >", "<a></a b='1'>", "<a>]]></a>", "<a><!-- -- --></a>", "<a><!-- ---></a>",
        "<a><!-></a>",
        "<a><![CDATA[</a>", "<a><![cdata[]]></a>", "<![CDATA[]]><a/>", "<a/><![CDATA[]]>", "<a><?xml?></a>",
        "<a><?XmL v?></a>",
        "<?xml?><a/>", " <?xml version='1.0'?><a/>", "<?xml version='2.0'?><a/>", "<?xml version='1.'?><a/>",
        "<?xml encoding='UTF-8'?><a/>", "<?xml encoding='UTF-8' version='1.0'?><a/>", "<?xml version='1.0' x='y'?><a/>",
        "<?xml version='1.0' version='1.0'?><a/>", "<?xml version='1.0' standalone='maybe'?><a/>",
        "<?xml version='1.0'encoding='UTF-8'?><a/>", "<?xml version='1.0' ?",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>", "<a><?p</a>", "<a><?p ?", "<a><?p:q ?></a>", "<a><?1?></a>",
        "<a>\u{1}</a>", "<a>\u{0}</a>", "<a x='\u{1F}'/>", "<a>\u{FFFE}</a>", "<a>\u{FFFF}</a>", "<!-- \u{8} --><a/>",
        "<p:a/>", "<a p:b='1'/>", "<a xmlns:p=''/>", "<a xmlns:p='u'/><p:b/>", "<a xmlns:xmlns='u'/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "<:a/>", "<a:/>", "<a:b:c xmlns:a='u'/>",
        "<a xmlns='u' xmlns='v'/>",
        "<a xmlns:p='u' xmlns:p='u'/>", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "<a :b='1'/>",
        "<a xmlns:='u'/>",
        "<p:a xmlns:p='u'></q:a>", "<p:a xmlns:p='u'></a>", "<a><b></a></b>", "<×/>", "<a×/>",
    ]) func `what is not well-formed is refused`(text: String) {
        #expect(throws: ParsingError.self) { try root(text) }
    }

    @Test(
        arguments: [
            [0x3C, 0x61, 0x3E, 0x80, 0x3C, 0x2F, 0x61, 0x3E], [0x3C, 0x61, 0x3E, 0xC0, 0xAF, 0x3C, 0x2F, 0x61, 0x3E],
            [0x3C, 0x61, 0x3E, 0xC1, 0xBF, 0x3C, 0x2F, 0x61, 0x3E],
            [0x3C, 0x61, 0x3E, 0xE0, 0x80, 0x80, 0x3C, 0x2F, 0x61, 0x3E],
            [0x3C, 0x61, 0x3E, 0xED, 0xA0, 0x80, 0x3C, 0x2F, 0x61, 0x3E],
            [0x3C, 0x61, 0x3E, 0xF0, 0x80, 0x80, 0x80, 0x3C],
            [0x3C, 0x61, 0x3E, 0xF4, 0x90, 0x80, 0x80, 0x3C], [0x3C, 0x61, 0x3E, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x3C],
            [0x3C, 0x61, 0x2F, 0x3E, 0xC3], [0x3C, 0x61, 0x2F, 0x3E, 0xE2, 0x82],
            [0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E],
        ] as [[UInt8]]) func `what is not UTF-8 is refused`(document: [UInt8])
    {
        let error = #expect(throws: ParsingError.self) { try XMLTree(document) }
        #expect(error?.reason == "not UTF-8")
    }

    @Test func `another encoding is named as what it is`() {
        let text = "<?xml version=\"1.0\"?><a/>"
        let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let little = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for document in [big, little, [0xFE, 0xFF] + big, [0xFF, 0xFE] + little] {
            let error = #expect(throws: ParsingError.self) { try XMLTree(document) }
            #expect(error?.reason == "the document is UTF-16, only UTF-8 is accepted")
        }
        let latin = #expect(throws: ParsingError.self) {
            try XMLTree("<?xml version='1.0' encoding='iso-8859-15'?><a/>".bytes)
        }
        #expect(latin?.reason == "the document declares another encoding, only UTF-8 is accepted")
    }

    @Test func `text is what was meant`() throws {
        let text =
            "<a>1&lt;2 &amp;amp; &#65;&#x42;&#x1F600;\r\n\r\u{85}<!-- no --><![CDATA[<&lt;\r\n]]>&apos;&quot;<b>no</b>&gt;</a>"
        #expect(try root(text).text == "1<2 &amp; AB😀\n\n\u{85}<&lt;\n'\">")
    }

    @Test func `a token has no white space to spare`() throws {
        #expect(try root("<a>\n  x  y\t<![CDATA[ z]]>\r\n </a>").token == "x y z")
        #expect(try root("<a> x y </a>").token == "x y")
        #expect(try root("<a> x\ty </a>").token == "x y")
        #expect(try root("<a>&#32;x&#10;&#10;y&#32;</a>").token == "x y")
        #expect(try root("<a> \n </a>").token == "")
        #expect(try root("<a/>").token == "")
    }

    @Test func `an attribute's white space becomes spaces unless it is written as a number`() throws {
        let element = try root("<a x='1\t2\r\n3&#10;4&lt;' p:y='2' xmlns:p='u' xml:lang='en'/>")
        #expect(element.attribute("x") == "1 2 3\n4<")
        #expect(element.attribute("y") == nil)
        #expect(element.attribute("lang") == nil)
        #expect(element.attribute("xmlns") == nil)
    }

    @Test(arguments: [
        "&#0;", "&#x0;", "&#8;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999999;", "&#;", "&#x;", "&#a;",
        "&#X41;",
        "&;", "& ;", "&lt", "&LT;", "&nbsp;", "&foo;", "&#-1;", "&#+1;", "&#x4 1;", "&amp", "&#00000000000000000065;",
    ]) func `a reference to nothing is refused`(reference: String) {
        #expect(throws: ParsingError.self) { try root("<a>\(reference)</a>") }
        #expect(throws: ParsingError.self) { try root("<a x='\(reference)'/>") }
    }

    @Test func `elements are found by namespace, whatever the prefix`() throws {
        let text = """
            <e:epp xmlns:e='urn:ietf:params:xml:ns:epp-1.0' xmlns='urn:ietf:params:xml:ns:domain-1.0' xmlns:o='urn:o'>
              <x/><e:x/><o:x/><x xmlns='' n='4'/><e:x xmlns:e='urn:o' n='5'/>
            </e:epp>
            """
        let element = try root(text)
        #expect(element.isNamed("epp", in: .epp))
        #expect(
            element.children.map(\.namespaceURI) == [
                XMLNamespace.domain.uri, XMLNamespace.epp.uri, "urn:o", "", "urn:o",
            ])
        #expect(element.child("x", in: .epp)?.namespaceURI == XMLNamespace.epp.uri)
        #expect(element.child("x", in: .none)?.attribute("n") == "4")
        #expect(element.children.filter { $0.isNamed("x", in: "urn:o") }.count == 2)
        #expect(element.child("x", in: .host) == nil)
        #expect(element.child("x", in: "urn:other") == nil)
        #expect(element.child("xx", in: .epp) == nil)
        // A namespace is the text that is meant, not the text that is written.
        #expect(try root("<a xmlns='urn:ietf:params:xml:ns:epp&#45;1.0'/>").isNamed("a", in: .epp))
    }

    @Test func `an element taken out of its document still means the same`() throws {
        let text = """
            <epp xmlns='urn:ietf:params:xml:ns:epp-1.0' xmlns:a="urn:a&amp;'" xmlns:b='urn:b' xmlns:c='urn:c'>\
            <extension><a:x t='b:y'><z/><c:w xmlns:c='urn:d'/></a:x><a:y xmlns:a='urn:e'>&lt;</a:y></extension></epp>
            """
        let parts = try #require(root(text).child("extension", in: .epp)).childrenXML
        #expect(parts.count == 2)
        let first = try root(parts[0])
        #expect(first.namespaceURI == "urn:a&'")
        #expect(first.attribute("t") == "b:y")
        #expect(parts[0].contains("xmlns:b='urn:b'"))
        #expect(first.children.map(\.namespaceURI) == [XMLNamespace.epp.uri, "urn:d"])
        #expect(parts[1] == "<a:y xmlns:a='urn:e'>&lt;</a:y>")
    }

    @Test func `an error says where`() {
        let error = #expect(throws: ParsingError.self) { try XMLTree("<a>\n<b>\n  <c x=1/></b></a>".bytes) }
        #expect(error?.line == 3)
        #expect(error?.offset == 15)
        #expect(error?.description == "the value of an attribute is not quoted (line 3, byte 15 of 26)")
    }
}
